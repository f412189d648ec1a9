// Calls: of the repo's own functions and classes, and of others, which the table of dangers judges.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conduct/code_walk.h"
#include "python/syntax/nodes.h"

namespace ckptlint {

using python::Expr;

namespace {

// Functions that call what they are handed, while they are called or soon after.
bool calls_what_it_gets(std::string_view name) {
  constexpr std::array<std::string_view, 14> kModules = {
      "threading.",    "multiprocessing.", "concurrent.", "asyncio.",         "atexit.", "_thread.",
      "signal.",       "sched.",           "itertools.",  "weakref.finalize", "timeit.", "torch.multiprocessing.",
      "faulthandler.", "functools.reduce"};
  constexpr std::array<std::string_view, 9> kNames = {"builtins.map",       "builtins.filter", "builtins.sorted",
                                                      "builtins.min",       "builtins.max",    "builtins.iter",
                                                      "builtins.list.sort", "sys.settrace",    "sys.setprofile"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kModules.begin(), kModules.end(),
                     [&](std::string_view module) { return name.starts_with(module); });
}

// Functions of Python's own that ask about what they are handed, or keep it.
bool only_looks_at_it(std::string_view name) {
  constexpr std::array<std::string_view, 22> kNames = {"builtins.print",      "builtins.isinstance",
                                                       "builtins.issubclass", "builtins.hasattr",
                                                       "builtins.getattr",    "builtins.setattr",
                                                       "builtins.callable",   "builtins.id",
                                                       "builtins.repr",       "builtins.str",
                                                       "builtins.type",       "builtins.property",
                                                       "builtins.super",      "inspect.signature",
                                                       "functools.wraps",     "builtins.vars",
                                                       "builtins.dir",        "builtins.len",
                                                       "builtins.hash",       "inspect.getsource",
                                                       "builtins.delattr",    "functools.update_wrapper"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::vector<python::Value> values_of(const std::vector<Meanings>& given, bool& known) {
  std::vector<python::Value> values;
  for (const Meanings& each : given) {
    known = known && each.size() == 1 && each.front().is(Means::kKnown);
    if (!known) return {};
    values.push_back(each.front().value);
  }
  return values;
}

// Methods that put something into a container.
bool changes(std::string_view method) {
  constexpr std::array<std::string_view, 9> kMethods = {"append", "appendleft", "add",     "insert", "extend",
                                                        "update", "setdefault", "reverse", "sort"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

// Methods of texts and numbers, and those that only look into a container: the evaluator's own objects stay as they
// are.
bool is_pure_method(const Meaning& method) {
  constexpr std::array<std::string_view, 7> kMethods = {"get", "keys", "values", "items", "index", "count", "copy"};
  return method.is_text_or_number() || std::find(kMethods.begin(), kMethods.end(), method.name) != kMethods.end();
}

// Functions without an effect, whose values are asked for.
bool is_pure(std::string_view name) {
  constexpr std::array<std::string_view, 30> kBuiltins = {
      "chr",   "ord",      "bytes",  "bytearray", "str",           "int",          "len",       "list",
      "tuple", "reversed", "sorted", "dict",      "hex",           "oct",          "bin",       "repr",
      "abs",   "min",      "max",    "sum",       "zip",           "range",        "enumerate", "map",
      "bool",  "format",   "ascii",  "str.join",  "bytes.fromhex", "str.maketrans"};
  if (name.starts_with("builtins."))
    return std::find(kBuiltins.begin(), kBuiltins.end(), name.substr(9)) != kBuiltins.end();
  for (const char* module :
       {"base64.", "binascii.", "codecs.", "zlib.", "gzip.decompress", "string.", "os.path.join", "os.path.basename",
        "os.path.dirname", "os.path.normpath", "os.path.splitext", "textwrap.dedent", "operator.", "functools.reduce",
        "html.unescape", "urllib.parse.unquote", "json.loads", "itertools.chain", "ast.literal_eval"}) {
    if (name.starts_with(module)) return true;
  }
  return false;
}

bool has_own_code(const Expr* expr) {
  bool found = false;
  python::walk(python::Node(expr), [&](const python::Node& node) {
    found = found || (node.expr() != nullptr && (node.expr()->kind == python::ExprKind::kComprehension ||
                                                 node.expr()->kind == python::ExprKind::kLambda));
    return !found;
  });
  return found;
}

}  // namespace

const Meanings* Given::at(std::size_t position, std::string_view name) const {
  for (const auto& [keyword, meanings] : named) {
    if (keyword->view() == name) return &meanings;
  }
  return position < positional.size() ? &positional[position] : nullptr;
}

Act& CodeWalk::add(Act::Kind kind, const python::Position& at) {
  Act& act = routine_.acts.emplace_back();
  act.kind = kind;
  act.at = instead_ != nullptr ? *instead_ : at;
  act.off = off_ > 0;
  if (!conditions_.empty() && instead_ == nullptr) act.condition = file_.lines.text_of(conditions_.back()->at);
  return act;
}

void CodeWalk::add_deed(const Danger& danger, const Meaning& callee, const Expr* at, std::string detail) {
  const python::Position& where = instead_ != nullptr ? *instead_ : at->at;
  for (const Act& each : routine_.acts) {
    if (each.kind == Act::Kind::kDeed && each.danger == &danger && each.at.line == where.line &&
        each.at.column == where.column)
      return;
  }
  Act& act = add(Act::Kind::kDeed, at->at);
  act.danger = &danger;
  act.deed = danger.kind;
  act.name = danger.name;
  act.detail = std::move(detail);
  act.hidden = instead_ != nullptr && callee.hidden.empty() ? "in text that is run as code" : callee.hidden;
}

void CodeWalk::add_hidden(const Expr* at, std::string name, std::string why, std::string hidden) {
  for (const Act& each : routine_.acts) {
    const python::Position& where = instead_ != nullptr ? *instead_ : at->at;
    if (each.kind == Act::Kind::kHidden && each.at.line == where.line && each.at.column == where.column) return;
  }
  Act& act = add(Act::Kind::kHidden, at->at);
  act.deed = DeedKind::kHidden;
  act.name = std::move(name);
  act.detail = std::move(why);
  act.hidden = std::move(hidden);
}

void CodeWalk::call_member(const Expr* at, CodeClass& type, std::string_view name, bool constructs) {
  const Meanings* found = program_.member(type, program_.intern(name));
  if (found == nullptr) return;
  for (const Meaning& each : *found) {
    if (!each.is(Means::kRoutine)) continue;
    Act& act = add(Act::Kind::kCall, at->at);
    act.callee = each.routine;
    if (constructs) act.made = &type;
    act.name = each.routine->name;
  }
}

Meanings CodeWalk::call_routine(const Expr* at, Routine& routine, const Given& given, bool bound, bool perhaps) {
  Act& act = add(Act::Kind::kCall, at->at);
  act.callee = &routine;
  act.perhaps = perhaps;
  act.name = routine.name;
  // What it is handed that can be called.
  std::size_t position = 0;
  bool first = bound && routine.is_method && !routine.is_static;
  for (const python::Parameter& parameter : routine.code->parameters) {
    if (parameter.name == nullptr) continue;
    if (first) {
      first = false;
      continue;
    }
    const Meanings* meanings = nullptr;
    Meanings rest;
    if (parameter.stars == 1) {
      for (; position < given.positional.size(); ++position) add_meanings(rest, given.positional[position]);
      meanings = &rest;
    } else if (parameter.stars == 0) {
      meanings = given.at(parameter.keyword_only ? given.positional.size() : position++, parameter.name->view());
    }
    if (meanings == nullptr) continue;
    for (const Meaning& each : *meanings) {
      const bool tells = each.is(Means::kExternal) || each.is(Means::kRoutine) || each.is(Means::kClass) ||
                         each.is(Means::kInstance) || each.is(Means::kFile);
      if (!tells) continue;
      Meaning part = each;
      if (parameter.stars == 1) {
        part = container_of({each});
      }
      add_meaning(routine.given[parameter.name], std::move(part));
    }
  }
  bool known = !routine.is_method && routine.around != nullptr && routine.around->name.empty() && given.named.empty() &&
               !given.starred && given.positional.size() <= 16;
  const std::vector<python::Value> values = values_of(given.positional, known);
  if (known && !values.empty()) {
    if (std::optional<Meaning> found = program_.calculator.call_own(*routine.file, routine.name, values))
      return {std::move(*found)};
  }
  const bool of_text = std::any_of(given.positional.begin(), given.positional.end(),
                                   [](const Meanings& each) { return each.size() == 1 && each.front().is_text(); });
  if (of_text && at->kind == python::ExprKind::kCall) {
    if (std::optional<Meaning> found = evaluated(at)) return {std::move(*found)};
  }
  return routine.returns.empty() ? Meanings{Meaning{}} : routine.returns;
}

Meanings CodeWalk::construct(const Expr* at, CodeClass& type, const Given& given) {
  Meaning made;
  made.kind = Means::kInstance;
  made.type = &type;
  Act& act = add(Act::Kind::kCall, at->at);
  act.made = &type;
  act.name = type.name;
  for (const char* method : {"__init__", "__new__", "__post_init__", kFactories}) {
    const Meanings* found = program_.member(type, program_.intern(method));
    if (found == nullptr) continue;
    for (const Meaning& each : *found) {
      if (!each.is(Means::kRoutine)) continue;
      const std::size_t index = routine_.acts.size();
      (void)call_routine(at, *each.routine, given, true, false);
      routine_.acts[index].made = &type;
    }
  }
  return {made};
}

Meanings CodeWalk::call(const python::Call& call) {
  const Meanings callees = value_of(call.callee);
  Given given;
  for (const python::CallArgument& argument : call.arguments) {
    Meanings meanings = value_of(argument.value);
    given.starred |= argument.stars > 0;
    if (argument.stars == 2) {
      for (const Meaning& each : meanings) {
        if (each.is(Means::kContainer)) given.positional.push_back(*each.parts);
      }
    } else if (argument.keyword != nullptr) {
      given.named.emplace_back(argument.keyword, std::move(meanings));
    } else {
      given.positional.push_back(argument.stars == 1 ? elements_of(meanings) : std::move(meanings));
    }
  }
  note_config(call);
  Meanings results;
  for (const Meaning& callee : callees) {
    switch (callee.kind) {
      case Means::kExternal:
        add_meanings(results, call_external(call, callee, given));
        break;
      case Means::kRoutine:
        add_meanings(results, call_routine(&call, *callee.routine, given, callee.type != nullptr, false));
        break;
      case Means::kClass:
        add_meanings(results, construct(&call, *callee.type, given));
        break;
      case Means::kInstance:
        if (callee.type != nullptr) {
          for (const char* method : {"__call__", "forward"}) call_member(&call, *callee.type, method, false);
        }
        add_meaning(results, {});
        break;
      case Means::kMethod: {
        if (callee.parts) {
          add_meanings(results, *callee.parts);
          break;
        }
        const bool pure = is_pure_method(callee);
        bool known = pure && given.named.empty() && !given.starred;
        const std::vector<python::Value> values = values_of(given.positional, known);
        std::optional<Meaning> found;
        if (known) found = program_.calculator.call_method(callee.value, callee.name, values);
        if (!found && pure && (callee.name == "join" || has_own_code(&call))) found = evaluated(&call);
        if (!found) {
          Meaning made;
          made.kind = Means::kCounted;
          for (const Meanings& each : given.positional) {
            for (const Meaning& part : each) {
              if (part.is(Means::kKnown) || part.is(Means::kCounted)) continue;
              const Meanings inside = part.is(Means::kContainer) ? *part.parts : Meanings{Meaning{}};
              if (std::any_of(inside.begin(), inside.end(),
                              [](const Meaning& one) { return !one.is(Means::kKnown) && !one.is(Means::kCounted); }))
                made.kind = Means::kUnknown;
            }
          }
          if (!given.named.empty()) made.kind = Means::kUnknown;
          found = made;
        }
        add_meaning(results, std::move(*found));
        break;
      }
      default: {
        Meaning made;
        made.kind = callee.is(Means::kGiven) ? Means::kGiven : Means::kUnknown;
        add_meaning(results, made);
      }
    }
  }
  const auto* method = python::as<python::Attribute>(call.callee);
  if (method == nullptr || !changes(method->symbol->view())) {
    hand_over(call, callees, given);
  } else {
    Meanings added;
    for (const Meanings& each : given.positional) add_meanings(added, each);
    add_to(method->object, added);
  }
  return results;
}

// Functions that are handed to others.
void CodeWalk::hand_over(const python::Call& call, const Meanings& callees, const Given& given) {
  const auto each_argument = [&](const auto& visit) {
    for (const Meanings& meanings : given.positional) {
      for (const Meaning& each : meanings) visit(each);
    }
    for (const auto& [name, meanings] : given.named) {
      for (const Meaning& each : meanings) visit(each);
    }
  };
  for (const Meaning& callee : callees) {
    if (callee.is(Means::kRoutine) || callee.is(Means::kClass)) continue;  // they have it by their parameters
    const bool at_once = callee.is(Means::kExternal) && calls_what_it_gets(callee.name);
    if (callee.is(Means::kExternal) && only_looks_at_it(callee.name)) continue;
    each_argument([&](const Meaning& each) {
      if (each.is(Means::kRoutine)) {
        Act& act = add(Act::Kind::kCall, call.at);
        act.callee = each.routine;
        act.perhaps = !at_once;
        act.name = each.routine->name;
      } else if (each.is(Means::kExternal) && each.name != "os.environ.get") {
        const Danger* danger = danger_of(each.name);
        const bool sure = danger != nullptr && (danger->check == Check::kAlways || danger->check == Check::kCommand ||
                                                (danger->check == Check::kText && at_once));
        if (sure)
          add_deed(*danger, each, &call,
                   callee.name.empty() ? "handed on" : fmt::format("handed to `{}`", callee.name));
      }
    });
  }
}

Meanings CodeWalk::call_external(const python::Call& call, const Meaning& callee, const Given& given) {
  if (const Danger* danger = danger_of(callee.name); danger != nullptr) judge(call, *danger, callee, given);
  if (std::optional<Meanings> found = special(call, callee, given)) return std::move(*found);
  if (is_pure(callee.name)) {
    bool known = given.named.empty() && !given.starred;
    const std::vector<python::Value> values = values_of(given.positional, known);
    std::optional<Meaning> found;
    if (known) found = program_.calculator.call(callee.name, values);
    const bool of_others = std::any_of(given.positional.begin(), given.positional.end(), [](const Meanings& each) {
      return each.size() == 1 && each.front().is(Means::kExternal);
    });
    if (!found && (of_others || !given.named.empty() || has_own_code(&call))) found = evaluated(&call);
    if (found) return {std::move(*found)};
  }
  Meaning result = external(callee.name + "()", callee.hidden);
  if (!result.is(Means::kExternal)) return {result};
  // What is made of them may be, or call, any of these.
  Meanings parts;
  for (const Meanings& each : given.positional) {
    for (const Meaning& part : each) {
      if (part.kind >= Means::kFile && !part.is(Means::kMethod)) add_meaning(parts, part);
    }
  }
  if (!parts.empty()) set_parts(result, std::move(parts));
  return {result};
}

}  // namespace ckptlint
