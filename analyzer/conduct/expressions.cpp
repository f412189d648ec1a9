// Expressions: names followed to what they were bound to, texts put together as far as they are known.
#include <fmt/format.h>

#include <algorithm>

#include "conduct/code_walk.h"
#include "python/syntax/nodes.h"
#include "python/values/dict.h"

namespace ckptlint {

using python::Expr;
using python::ExprKind;

namespace {

constexpr int kDeepest = 2000;
constexpr std::size_t kMostElements = 12;
constexpr std::size_t kLongestStart = 300;

Meaning known(python::Value value) {
  Meaning meaning;
  meaning.kind = Means::kKnown;
  meaning.value = value;
  return meaning;
}

Meaning of_kind(Means kind) {
  Meaning meaning;
  meaning.kind = kind;
  return meaning;
}

// `range(1000000)`: more than names are hidden in.
bool is_long_range(const Expr* iterable) {
  const auto* call = python::as<python::Call>(iterable);
  if (call == nullptr) return false;
  return std::any_of(call->arguments.begin(), call->arguments.end(), [](const python::CallArgument& each) {
    const auto* number = python::as<python::Constant>(each.value);
    return number != nullptr && number->value.is(python::Kind::kInt) && number->value.integer > 10000;
  });
}

// What is made of several parts, and not known as a whole.
Meaning mixture(const std::vector<const Meaning*>& parts) {
  Meaning made = of_kind(Means::kCounted);
  for (const Meaning* part : parts) {
    if (part->is(Means::kKnown) || part->is(Means::kCounted)) continue;
    made.kind = part->is(Means::kGiven) && made.kind != Means::kUnknown ? Means::kGiven : Means::kUnknown;
  }
  if (parts.empty()) return made;
  const Meaning& first = *parts.front();
  made.place = first.place;
  made.starts = first.is_text() ? std::string(text_of(first).substr(0, kLongestStart)) : first.starts;
  return made;
}

}  // namespace

Meanings CodeWalk::value_of(const Expr* expr) {
  if (expr == nullptr) return {};
  program_.step();
  if (depth_ >= kDeepest) {
    program_.leave_out("an expression is nested deeper than is read");
    return {Meaning{}};
  }
  struct Deeper {
    int& depth;
    explicit Deeper(int& depth) : depth(++depth) {}
    ~Deeper() { --depth; }
  } deeper(depth_);
  switch (expr->kind) {
    case ExprKind::kConstant:
      return {known(static_cast<const python::Constant*>(expr)->value)};
    case ExprKind::kName:
      return name(*static_cast<const python::Name*>(expr));
    case ExprKind::kAttribute: {
      const auto* each = static_cast<const python::Attribute*>(expr);
      return attributes(value_of(each->object), each->symbol, expr);
    }
    case ExprKind::kCall:
      return call(*static_cast<const python::Call*>(expr));
    case ExprKind::kBinary: {
      const auto* each = static_cast<const python::Binary*>(expr);
      const Meanings left = value_of(each->left);
      return binary(each->op, left, value_of(each->right));
    }
    case ExprKind::kUnary: {
      const auto* each = static_cast<const python::Unary*>(expr);
      const Meanings operand = value_of(each->operand);
      if (all_known(operand)) {
        if (std::optional<Meaning> found = evaluated(expr)) return {std::move(*found)};
      }
      return {of_kind(Means::kCounted)};
    }
    case ExprKind::kBool: {
      const auto* each = static_cast<const python::BoolOp*>(expr);
      Meanings both = value_of(each->left);
      add_meanings(both, value_of(each->right));
      return both;
    }
    case ExprKind::kCompare: {
      const auto* each = static_cast<const python::Compare*>(expr);
      (void)value_of(each->first);
      for (const Expr* other : each->rest) (void)value_of(other);
      return {of_kind(Means::kCounted)};
    }
    case ExprKind::kConditional: {
      const auto* each = static_cast<const python::Conditional*>(expr);
      (void)value_of(each->condition);
      Meanings both = value_of(each->yes);
      add_meanings(both, value_of(each->no));
      return both;
    }
    case ExprKind::kTuple:
    case ExprKind::kList:
    case ExprKind::kSet:
      return sequence(*static_cast<const python::Sequence*>(expr));
    case ExprKind::kDict:
      return dict(*static_cast<const python::DictDisplay*>(expr));
    case ExprKind::kSubscript:
      return subscript(*static_cast<const python::Subscript*>(expr));
    case ExprKind::kSlice: {
      const auto* each = static_cast<const python::SliceExpr*>(expr);
      for (const Expr* part : {each->start, each->stop, each->step}) (void)value_of(part);
      return {Meaning{}};
    }
    case ExprKind::kLambda: {
      const auto* each = static_cast<const python::Lambda*>(expr);
      Routine* routine = program_.routine_of(each->code, &file_);
      routine->around = &routine_;
      routine->stands_at = instead_;
      routine->owner = owners_.empty() ? nullptr : owners_.back();
      routine->name = routine_.name.empty() ? "<lambda>" : routine_.name + ".<lambda>";
      if (program_.queued.insert(routine).second) program_.waiting.push_back(routine);
      Meaning made = of_kind(Means::kRoutine);
      made.routine = routine;
      return {made};
    }
    case ExprKind::kComprehension:
      return comprehension(*static_cast<const python::Comprehension*>(expr));
    case ExprKind::kFormat:
      return format(*static_cast<const python::Format*>(expr));
    case ExprKind::kNamed: {
      const auto* each = static_cast<const python::Named*>(expr);
      Meanings value = value_of(each->value);
      bind(each->target->symbol, value);
      return value;
    }
    case ExprKind::kStarred:
      return elements_of(value_of(static_cast<const python::Starred*>(expr)->value));
    case ExprKind::kYield: {
      const auto* each = static_cast<const python::Yield*>(expr);
      add_meanings(routine_.returns, value_of(each->value));
      return {Meaning{}};
    }
    case ExprKind::kAwait:
      return value_of(static_cast<const python::Await*>(expr)->value);
    case ExprKind::kImaginary:
      return {of_kind(Means::kCounted)};
  }
  return {Meaning{}};
}

Meanings CodeWalk::name(const python::Name& name) {
  const std::string_view text = name.symbol->view();
  if (!scopes_.empty()) {
    const auto found = scopes_.back()->find(name.symbol);
    if (found != scopes_.back()->end()) return found->second;
  }
  for (const Routine* at = &routine_; at != nullptr && at->code->kind != python::CodeKind::kModule; at = at->around) {
    const auto found = at->names.find(name.symbol);
    if (found != at->names.end()) return found->second;
  }
  if (Meanings found = program_.global(file_, name.symbol); !found.empty()) return found;
  if (text == "__builtins__") return {external("builtins")};
  const python::Module* builtins = program_.calculator.in().builtins;
  if (python::dict_find(builtins->attributes, name.symbol) != nullptr || danger_of(fmt::format("builtins.{}", text)))
    return {external(fmt::format("builtins.{}", text))};
  return {Meaning{}};
}

Meanings CodeWalk::attributes(const Meanings& objects, python::Str* name, const Expr* at) {
  Meanings found;
  for (const Meaning& object : objects) add_meanings(found, attribute(object, name, at));
  return found;
}

Meanings CodeWalk::attribute(const Meaning& object, python::Str* name, const Expr* at) {
  const std::string_view text = name->view();
  if (text == "__globals__" && !object.is(Means::kInstance))
    return {external("builtins.globals()", "reached by `__globals__`")};
  switch (object.kind) {
    case Means::kExternal: {
      if (text == "__call__" || text == "__func__" || text == "__wrapped__") return {object};
      Meaning made = external(fmt::format("{}.{}", object.name, text), object.hidden);
      if (object.name == "pathlib.Path()") {
        made.value = object.value;
        made.place = object.place;
        made.starts = object.starts;
        if (text == "parent" || text == "parents") made.name = object.name, made.value = {};
      }
      if (object.name == "pathlib.Path" && text == "home") made.place = Place::kOutside;
      return {made};
    }
    case Means::kFile: {
      Meanings found = program_.global(*object.file, name);
      if (!found.empty()) return found;
      std::string folder = object.file->path;
      if (folder.ends_with("/__init__.py")) {
        folder.resize(folder.size() - 12);
        if (CodeFile* below = program_.file_at(fmt::format("{}/{}", folder, text))) {
          Meaning part = of_kind(Means::kFile);
          part.file = below;
          return {part};
        }
      }
      return {Meaning{}};
    }
    case Means::kClass:
    case Means::kInstance:
    case Means::kSuper: {
      Meanings found;
      if (!object.is(Means::kSuper)) {
        const auto own = object.type->attributes.find(name);
        if (own != object.type->attributes.end()) found = own->second;
        if (object.is(Means::kInstance)) {
          for (const CodeClass* base : object.type->bases) {
            const auto inherited = base->attributes.find(name);
            if (inherited != base->attributes.end()) add_meanings(found, inherited->second);
          }
        }
      }
      const Meanings* member = program_.member(*object.type, name, object.is(Means::kSuper));
      if (member != nullptr) {
        for (Meaning each : *member) {
          if (each.is(Means::kRoutine) && each.routine->is_property && !object.is(Means::kClass)) {
            add_meanings(found, call_routine(at, *each.routine, {}, true, false));
            continue;
          }
          if (each.is(Means::kRoutine) && !object.is(Means::kClass)) each.type = object.type;  // bound
          add_meaning(found, std::move(each));
        }
      } else if (object.is(Means::kClass) && text == "apply") {
        for (const char* method : {"forward", "backward"}) {
          const Meanings* parts = program_.member(*object.type, program_.intern(method));
          if (parts != nullptr) add_meanings(found, *parts);
        }
      } else if (object.is(Means::kClass) && (text == "from_pretrained" || text == "_from_config" ||
                                              text == "from_config" || text == "from_dict")) {
        found.push_back(object);
      }
      if (found.empty() && text == "config") {
        found.push_back(of_kind(Means::kGiven));
        found.back().name = text;
      }
      if (found.empty()) found.push_back(Meaning{});
      return found;
    }
    case Means::kKnown:
    case Means::kContainer: {
      Meaning method = object;
      method.kind = Means::kMethod;
      method.name = text;
      return {method};
    }
    case Means::kRoutine: {
      if (text == "__call__" || text == "__func__" || text == "__wrapped__") return {object};
      if (text == "__builtins__") return {external("builtins")};
      return {Meaning{}};
    }
    case Means::kMethod:
      return {Meaning{}};
    case Means::kGiven:
      if (object.name.ends_with("config")) {
        // By these it is written to as a whole.
        if (text == "__dict__" || text == "update") program_.write_config("*");
        return program_.config_value(text);
      }
      [[fallthrough]];
    case Means::kCounted:
    case Means::kUnknown: {
      Meaning same = object;
      same.starts.clear();
      return {same};
    }
  }
  return {Meaning{}};
}

Meanings CodeWalk::binary(python::Operator op, const Meanings& left, const Meanings& right) {
  Meanings made;
  for (const Meaning& one : left) {
    for (const Meaning& other : right) {
      if (one.is(Means::kExternal) && one.name == "pathlib.Path()" && op == python::Operator::kDiv) {
        Meaning path = one;
        path.value = {};
        if (!text_of(one).empty()) path.starts = std::string(text_of(one)) + "/";
        if (!text_of(one).empty() && other.is_text())
          path.value = program_.calculator.in().string(fmt::format("{}/{}", text_of(one), text_of(other)));
        add_meaning(made, path);
        continue;
      }
      if (one.is(Means::kKnown) && other.is(Means::kKnown)) {
        if (std::optional<Meaning> found = program_.calculator.binary(op, one, other)) {
          add_meaning(made, std::move(*found));
          continue;
        }
      }
      if (one.is(Means::kContainer) || other.is(Means::kContainer)) {
        add_meaning(made, one.is(Means::kContainer) ? one : other);
        continue;
      }
      add_meaning(made, mixture({&one, &other}));
    }
  }
  return made;
}

Meanings CodeWalk::item(const Meaning& object, const Meaning& key, const Expr* at) {
  if (object.is(Means::kKnown) && key.is(Means::kKnown)) {
    if (std::optional<Meaning> found = program_.calculator.item(object, key)) return {std::move(*found)};
    return {Meaning{}};
  }
  if (object.is(Means::kContainer)) {
    if (key.is(Means::kKnown) && key.value.is(python::Kind::kInt)) {
      std::int64_t index = key.value.integer;
      const auto size = static_cast<std::int64_t>(object.parts->size());
      if (index < 0) index += size;
      if (index >= 0 && index < size && object.name == "sequence")
        return {(*object.parts)[static_cast<std::size_t>(index)]};
    }
    return *object.parts;
  }
  if (object.is(Means::kExternal)) {
    // `os.__dict__["system"]`, `vars(os)["system"]`, `globals()["__builtins__"]["eval"]`, `sys.modules["os"]`.
    for (const std::string_view end : {".__dict__", "vars()"}) {
      if (object.name.ends_with(end) && object.name.size() > end.size() && end == ".__dict__") {
        Meaning module = external(object.name.substr(0, object.name.size() - end.size()), object.hidden);
        return found_by_name(module, {key}, at, "looked up in `__dict__`");
      }
    }
    if (object.name == "builtins") return found_by_name(object, {key}, at, "looked up in `__builtins__`");
    if (object.name == "builtins.globals()" || object.name == "builtins.locals()") {
      if (text_of(key) == "__builtins__") return {external("builtins", object.hidden)};
      if (!key.is_text()) return {Meaning{}};
      const std::string word(text_of(key));
      Meanings found = program_.global(file_, program_.intern(word));
      if (!found.empty()) return found;
      // Of a function of another module's, which has imported what its name says.
      if (is_dangerous_module(word)) return {external(word, object.hidden)};
      if (danger_of("os." + word) != nullptr) return {external("os." + word, object.hidden)};
      return {Meaning{}};
    }
    if (object.name == "sys.modules") return module_named({key}, at, "taken from `sys.modules`");
    if (object.name.ends_with("environ") || object.name.ends_with("environb")) {
      const Meaning reader = external(object.name + ".__getitem__");
      if (const Danger* danger = danger_of(reader.name); danger != nullptr) {
        const std::string detail(text_of(key));
        if (key.is_text()) {
          python::Call call{};
          call.at = at->at;
          Given given;
          given.positional.push_back({key});
          judge(call, *danger, reader, given);
        }
      }
      Meaning value = of_kind(Means::kUnknown);
      if (text_of(key) == "HOME" || text_of(key) == "USERPROFILE" || text_of(key) == "APPDATA")
        value.place = Place::kOutside;
      return {value};
    }
    if (object.parts) return elements_of(*object.parts);
    return {external(object.name + "[]")};
  }
  if (object.is(Means::kInstance) && object.type != nullptr) {
    call_member(at, *object.type, "__getitem__", false);
    Meanings found = elements_of({object});
    return found.empty() ? Meanings{Meaning{}} : found;
  }
  Meaning same = object;
  same.starts.clear();
  if (same.kind > Means::kCounted) same = Meaning{};
  return {same};
}

Meanings CodeWalk::subscript(const python::Subscript& subscript) {
  const Meanings objects = value_of(subscript.object);
  if (subscript.key->kind == ExprKind::kSlice) {
    (void)value_of(subscript.key);
    if (all_known(objects)) {
      if (std::optional<Meaning> found = evaluated(&subscript)) return {std::move(*found)};
    }
    Meanings same;
    for (Meaning each : objects) {
      each.starts.clear();
      if (each.is(Means::kKnown)) each = of_kind(Means::kCounted);
      add_meaning(same, std::move(each));
    }
    return same;
  }
  const Meanings keys = value_of(subscript.key);
  Meanings found;
  for (const Meaning& object : objects) {
    for (const Meaning& key : keys) add_meanings(found, item(object, key, &subscript));
  }
  return found;
}

Meanings CodeWalk::sequence(const python::Sequence& sequence) {
  Meanings parts;
  std::vector<python::Value> values;
  bool plain = sequence.kind != ExprKind::kSet;
  for (const Expr* each : sequence.items) {
    const Meanings meanings = value_of(each);
    plain = plain && each->kind != ExprKind::kStarred && meanings.size() == 1 && all_known(meanings);
    if (plain) values.push_back(meanings.front().value);
    if (parts.size() < 64) parts.push_back(meanings.size() == 1 ? meanings.front() : Meaning{});
    if (meanings.size() > 1) parts.insert(parts.end(), meanings.begin(), meanings.end());
  }
  python::Interpreter& in = program_.calculator.in();
  if (plain) {
    if (sequence.kind == ExprKind::kTuple) return {known(in.tuple(values.data(), values.size()))};
    python::List* list = in.list(values.size());
    for (const python::Value& value : values) list->items.push(in.arena, value);
    return {known(python::Value::of(list))};
  }
  const bool each_alone = parts.size() == sequence.items.size();
  Meaning container = container_of(std::move(parts));
  if (each_alone) container.name = "sequence";
  return {container};
}

Meanings CodeWalk::dict(const python::DictDisplay& dict) {
  Meanings parts;
  bool plain = true;
  for (std::size_t i = 0; i < dict.values.size(); ++i) {
    const Meanings keys = value_of(dict.keys[i]);
    for (const Meaning& key : keys) {
      if (is_config(routine_.owner)) program_.write_config(key.is_text() ? text_of(key) : "*");
    }
    const Meanings values = value_of(dict.values[i]);
    plain = plain && dict.keys[i] != nullptr && all_known(keys) && all_known(values);
    for (const Meaning& each : values) {
      if (parts.size() < 64) parts.push_back(each);
    }
  }
  if (plain && dict.values.size() <= 64) {
    // By its keys, where what is looked up is known.
    if (std::optional<Meaning> found = evaluated(&dict)) return {std::move(*found)};
  }
  return {container_of(std::move(parts))};
}

Meanings CodeWalk::format(const python::Format& format) {
  Meanings alternatives = {known(program_.calculator.in().string(""))};
  for (const python::FormatPart& part : format.parts) {
    Meanings values;
    if (part.text != nullptr) {
      values = {known(python::Value::of(part.text))};
    } else {
      values = value_of(part.value);
      if (part.spec != nullptr) (void)value_of(part.spec);
      for (Meaning& each : values) {
        if (!each.is(Means::kKnown)) continue;
        std::optional<Meaning> text;
        if (part.conversion == 0 && part.spec == nullptr) text = program_.calculator.formatted(each, "");
        each = text ? std::move(*text) : of_kind(Means::kCounted);
      }
    }
    alternatives = binary(python::Operator::kAdd, alternatives, values);
  }
  return alternatives;
}

Meanings CodeWalk::elements_of(const Meanings& iterable) {
  Meanings found;
  for (const Meaning& each : iterable) {
    if (each.is(Means::kContainer)) {
      add_meanings(found, *each.parts);
    } else if (each.is(Means::kKnown)) {
      const auto values = program_.calculator.elements(each.value, kMostElements + 1);
      if (!values || values->size() > kMostElements) {
        add_meaning(found, of_kind(Means::kCounted));
      } else {
        for (const python::Value& value : *values) add_meaning(found, known(value));
      }
    } else if (each.is(Means::kCounted)) {
      add_meaning(found, each);
    } else if (each.is(Means::kExternal) && (each.name == "builtins.range()" || each.name == "builtins.enumerate()")) {
      add_meaning(found, of_kind(Means::kCounted));
      if (each.parts) add_meanings(found, elements_of(*each.parts));
    } else if (each.is(Means::kGiven)) {
      add_meaning(found, each);
    } else if (each.is(Means::kExternal) && each.parts) {
      add_meanings(found, elements_of(*each.parts));
    } else {
      Meaning part;
      part.place = each.place;
      add_meaning(found, part);
    }
  }
  return found;
}

Meanings CodeWalk::comprehension(const python::Comprehension& comprehension) {
  const int before = branch_;
  branch_ = ++branches_;
  for (const python::ComprehensionClause& clause : comprehension.clauses) {
    const Meanings iterable = value_of(clause.iterable);
    if (clause.target != nullptr) assign(clause.target, elements_of(iterable));
  }
  (void)value_of(comprehension.key);
  Meanings elements = value_of(comprehension.value != nullptr ? comprehension.value : comprehension.key);
  branch_ = before;
  const bool is_long =
      std::any_of(comprehension.clauses.begin(), comprehension.clauses.end(),
                  [](const python::ComprehensionClause& clause) { return is_long_range(clause.iterable); });
  if (comprehension.result == python::ComprehensionKind::kList && !is_long) {
    if (std::optional<Meaning> found = evaluated(&comprehension)) return {std::move(*found)};
  }
  return {container_of(std::move(elements))};
}

std::optional<Meaning> CodeWalk::evaluated(const Expr* expr) {
  if (instead_ != nullptr) return std::nullopt;  // its positions are those of another text
  std::vector<std::pair<python::Str*, python::Value>> locals;
  bool closed = true;
  std::unordered_set<const python::Str*> own;
  python::walk(python::Node(expr), [&](const python::Node& node) {
    const auto* inside = python::as<python::Comprehension>(node);
    if (inside != nullptr) {
      for (const python::ComprehensionClause& clause : inside->clauses) {
        if (clause.target == nullptr) continue;
        python::walk(python::Node(clause.target), [&](const python::Node& part) {
          if (const auto* name = python::as<python::Name>(part)) own.insert(name->symbol);
          return true;
        });
      }
    }
    if (const auto* lambda = python::as<python::Lambda>(node)) {
      for (const python::Parameter& parameter : lambda->code->parameters) own.insert(parameter.name);
    }
    return closed;
  });
  python::walk(python::Node(expr), [&](const python::Node& node) {
    program_.step();
    const auto* name = python::as<python::Name>(node);
    if (name == nullptr || !closed || own.contains(name->symbol)) return closed;
    for (const Routine* at = &routine_; at != nullptr && at->code->kind != python::CodeKind::kModule; at = at->around) {
      const auto found = at->names.find(name->symbol);
      if (found == at->names.end()) continue;
      if (found->second.size() == 1 && found->second.front().is(Means::kKnown))
        locals.emplace_back(name->symbol, found->second.front().value);
      else if (!(found->second.size() == 1 && found->second.front().is(Means::kExternal)))
        closed = false;
      return closed;
    }
    return closed;
  });
  if (!closed) return std::nullopt;
  return program_.calculator.evaluate(file_, fmt::format("({})", file_.lines.text_of(expr->at)), locals);
}

}  // namespace ckptlint
