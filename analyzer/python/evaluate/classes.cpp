// Makes classes: their bases, metaclass and MRO (the C3 linearisation), their bodies, and who is told of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "python/evaluate/impl.h"
#include "python/evaluate/sets.h"
#include "python/syntax/identifiers.h"

namespace ckptlint::python {
namespace {

// C3 linearisation of a class whose bases are set.  Raises TypeError where there is none.
void linearise(Interpreter& in, Class* type) {
  std::vector<std::vector<Class*>> sequences;
  for (Class* base : type->bases) sequences.emplace_back(base->mro.begin(), base->mro.end());
  sequences.emplace_back(type->bases.begin(), type->bases.end());
  std::vector<std::size_t> heads(sequences.size(), 0);
  type->mro.push(in.arena, type);
  while (true) {
    Class* next = nullptr;
    bool left = false;
    for (std::size_t i = 0; i < sequences.size() && next == nullptr; ++i) {
      if (heads[i] == sequences[i].size()) continue;
      left = true;
      Class* candidate = sequences[i][heads[i]];
      bool in_tail = false;
      for (std::size_t k = 0; k < sequences.size() && !in_tail; ++k) {
        for (std::size_t n = heads[k] + 1; n < sequences[k].size(); ++n) in_tail |= sequences[k][n] == candidate;
      }
      if (!in_tail) next = candidate;
    }
    if (!left) return;
    if (next == nullptr) {
      // Of those that are left at the head of a sequence.
      std::vector<std::string_view> names;
      for (std::size_t i = 0; i < sequences.size(); ++i) {
        if (heads[i] == sequences[i].size()) continue;
        const std::string_view name = sequences[i][heads[i]]->name->view();
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
      in.raise_type_error(fmt::format("Cannot create a consistent method resolution\norder (MRO) for bases {}",
                                      fmt::join(names, ", ")));
    }
    in.step(sequences.size());
    type->mro.push(in.arena, next);
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (heads[i] < sequences[i].size() && sequences[i][heads[i]] == next) ++heads[i];
    }
  }
}

void inherit(Class* type) {
  for (Class* base : type->mro) {
    if (base == type) continue;
    if (type->layout == Layout::kPlain) type->layout = base->layout;
    if (type->construct == nullptr) type->construct = base->construct;
    if (type->finish == nullptr) type->finish = base->finish;
    type->has_unknown_base |= base->has_unknown_base;
    type->is_enum |= base->is_enum;
  }
}

bool is_abstract(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kFunction: {
      Dict* attributes = value.as<Function>()->attributes;
      const Value* mark = attributes == nullptr ? nullptr : dict_find(attributes, in.sym.__isabstractmethod__);
      return mark != nullptr && in.truth(*mark) == Truth::kTrue;
    }
    case Kind::kClassMethod:
      return is_abstract(in, value.as<ClassMethod>()->function);
    case Kind::kStaticMethod:
      return is_abstract(in, value.as<StaticMethod>()->function);
    case Kind::kProperty: {
      const auto* property = value.as<Property>();
      return is_abstract(in, property->getter) || is_abstract(in, property->setter) ||
             is_abstract(in, property->deleter);
    }
    default:
      return false;
  }
}

// Of a class whose metaclass is ABCMeta: __abstractmethods__, those of its own and those of its bases that are left.
void find_abstract_methods(Interpreter& in, Class* type) {
  Str* const key = in.intern("__abstractmethods__");
  Set* names = in.set(true);
  for (const Dict::Entry& entry : type->attributes->entries) {
    if (!entry.key.missing() && is_abstract(in, entry.value)) set_add(in, names, entry.key);
  }
  for (const Class* base : type->bases) {
    const Value* inherited = dict_find(base->attributes, key);
    if (inherited == nullptr || !inherited->is(Kind::kSet)) continue;
    for (const Value& name : in.collect(*inherited)->items) {
      const Value* found = name.is(Kind::kStr) ? in.class_lookup(type, in.intern(name.as<Str>()->view())) : nullptr;
      if (found != nullptr && is_abstract(in, *found)) set_add(in, names, name);
    }
  }
  type->is_abstract = names->items->live != 0;
  dict_set(in.arena, type->attributes, key, Value::of(names));
}

}  // namespace

bool has_slot(const Class* type, const Str* name) {
  return std::any_of(type->mro.begin(), type->mro.end(), [name](const Class* each) {
    return std::any_of(each->slot_names.begin(), each->slot_names.end(),
                       [name](const Str* slot) { return slot->view() == name->view(); });
  });
}

void read_slots(Interpreter& in, Class* type) {
  type->slotted = false;
  const Value* slots = dict_find(type->attributes, in.sym.__slots__);
  if (slots == nullptr || slots->unknown()) return;
  bool has_dict = false;
  const auto add = [&](const Value& slot) {
    if (!slot.is(Kind::kStr)) return;
    const std::string_view name = slot.as<Str>()->view();
    const std::string mangled = mangled_name(name, type->name->view());
    type->slot_names.push(in.arena, mangled.empty() ? in.intern(name) : in.intern(mangled));
    has_dict = has_dict || name == in.sym.__dict__->view();
  };
  if (slots->is(Kind::kStr)) {
    add(*slots);
  } else {
    for (const Value& slot : in.collect(*slots)->items) add(slot);
  }
  if (has_dict || type->layout != Layout::kPlain || type->has_unknown_base) return;
  type->slotted = std::all_of(type->mro.begin(), type->mro.end(), [&](const Class* each) {
    return each == type || each == in.classes.object || each->slotted;
  });
}

namespace {

// __set_name__ of the attributes, then __init_subclass__ of the parent.
void announce(Interpreter& in, Class* type, const Keyword* keywords, std::size_t keyword_count) {
  for (std::size_t i = 0; i < type->attributes->entries.size(); ++i) {
    Dict::Entry entry = type->attributes->entries[i];
    if (entry.key.missing()) continue;
    if (entry.value.is(Kind::kProperty) && entry.value.as<Property>()->name == nullptr)
      entry.value.as<Property>()->name = entry.key.as<Str>();
    if (!entry.value.is(Kind::kInstance)) continue;
    if (in.class_lookup(entry.value.as<Instance>()->type, in.sym.__set_name__) != nullptr) {
      in.call_method(entry.value, in.sym.__set_name__, {Value::of(type), entry.key});
    }
  }
  Value init_subclass = in.class_lookup_after(type, type, in.sym.__init_subclass__);
  if (init_subclass.missing() || init_subclass.is(Kind::kNative)) return;
  if (init_subclass.is(Kind::kClassMethod)) init_subclass = init_subclass.as<ClassMethod>()->function;
  if (init_subclass.is(Kind::kNative)) return;
  Value receiver = Value::of(type);
  in.call(init_subclass, Arguments{&receiver, 1, const_cast<Keyword*>(keywords), keyword_count});
}

struct Heading {
  ArenaVector<Value> bases;
  ArenaVector<Keyword> keywords;
  Class* metaclass = nullptr;
};

Heading evaluate_heading(Interpreter& in, Frame& frame, const ClassDef* definition) {
  Heading heading;
  for (const CallArgument& argument : definition->bases) {
    Value value = evaluate(in, frame, argument.value);
    if (argument.stars == 1) {
      for (const Value& each : in.collect(value)->items) heading.bases.push(in.arena, each);
    } else if (argument.stars == 2) {
      if (!value.is(Kind::kDict)) continue;
      for (const Dict::Entry& entry : value.as<Dict>()->entries) {
        if (entry.key.is(Kind::kStr))
          heading.keywords.push(in.arena, Keyword{in.intern(entry.key.as<Str>()->view()), entry.value});
      }
    } else if (argument.keyword == in.sym.metaclass) {
      if (value.is(Kind::kClass)) heading.metaclass = value.as<Class>();
    } else if (argument.keyword != nullptr) {
      heading.keywords.push(in.arena, Keyword{argument.keyword, value});
    } else {
      heading.bases.push(in.arena, value);
    }
  }
  return heading;
}

// The namespace that a class body fills: what __prepare__ of its metaclass gives, or an empty one.
Dict* prepared_body(Interpreter& in, const ClassDef* definition, const Heading& heading) {
  Class* metaclass = heading.metaclass;
  for (const Value& base : heading.bases) {
    Class* other = base.is(Kind::kClass) ? base.as<Class>()->metaclass : nullptr;
    if (other != nullptr && (metaclass == nullptr || in.is_subclass(other, metaclass))) metaclass = other;
  }
  const Value* prepare = metaclass == nullptr ? nullptr : in.class_lookup(metaclass, in.intern("__prepare__"));
  if (prepare == nullptr || prepare->is(Kind::kNative)) return in.dict();
  const Value bound = prepare->is(Kind::kFunction) ? *prepare : in.bind_to(*prepare, Value::of(metaclass), metaclass);
  Value positional[] = {Value::of(definition->name), in.tuple(heading.bases.items, heading.bases.count)};
  const Value made = in.call(bound, Arguments{positional, 2, heading.keywords.items, heading.keywords.count});
  if (made.is(Kind::kDict)) return made.as<Dict>();
  in.note_partial("a class body that fills what __prepare__ gives, which is no plain dict");
  return in.dict();
}

Value finish_class(Interpreter& in, Frame& frame, const ClassDef* definition, const Heading& heading, Frame& body) {
  Dict* attributes = body.class_body;
  if (dict_find(attributes, in.sym.__module__) == nullptr) {
    dict_set(in.arena, attributes, in.sym.__module__, Value::of(frame.module->name));
  }
  if (definition->code->doc_end != 0) {
    Str* doc =
        in.impl->parser.literal(definition->code->unit, {definition->code->doc_begin, definition->code->doc_end});
    dict_set(in.arena, attributes, in.sym.__doc__, Value::of(doc));
  }
  if (definition->code->doc != nullptr)
    dict_set(in.arena, attributes, in.sym.__doc__, Value::of(definition->code->doc));
  Value made =
      in.make_class_from_parts(heading.metaclass, definition->name, in.tuple(heading.bases.items, heading.bases.count),
                               attributes, heading.keywords.items, heading.keywords.count);
  if (!made.is(Kind::kClass)) return made;
  Class* type = made.as<Class>();
  type->module = frame.module;
  type->qualified_name = in.intern(qualified_name_of(definition->code));
  type->span = in.span_of(definition->code->unit, definition->at);
  for (Function* method : body.methods) {
    if (method->owner == nullptr) method->owner = type;
  }
  return made;
}

}  // namespace

Value Interpreter::make_class_from_parts(Class* metaclass, Str* name, const Value& bases, Dict* body,
                                         const Keyword* keywords, std::size_t keyword_count) {
  ArenaVector<Class*> base_classes;
  bool unknown_base = false;
  for (const Value& base : collect(bases)->items) {
    Value resolved = base;
    // A typing construct or an alias as a base stands for the class behind it, or for nothing.
    if (base.is(Kind::kInstance)) {
      Value entries;
      if (find_attribute(base, intern("__mro_entries__"), entries)) {
        for (const Value& each : collect(call(entries, {bases}))->items) {
          if (each.is(Kind::kClass)) base_classes.push(arena, each.as<Class>());
        }
        Str* original = intern("__orig_bases__");
        if (dict_find(body, original) == nullptr) dict_set(arena, body, original, bases);
        continue;
      }
      if (!find_attribute(base, sym.__origin__, resolved)) resolved = base;
    }
    if (resolved.is(Kind::kClass)) {
      const Class* const type = resolved.as<Class>();
      const bool repeated = std::find(base_classes.begin(), base_classes.end(), type) != base_classes.end();
      if (repeated && base.is(Kind::kClass) && !type->native)
        raise_type_error(fmt::format("duplicate base class {}", type->name->view()));
      if (!repeated) base_classes.push(arena, resolved.as<Class>());
    } else if (resolved.unknown()) {
      unknown_base = true;
    } else if (!base.is(Kind::kInstance)) {
      raise_type_error(
          "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of "
          "all its bases");
    }
  }
  for (Class* base : base_classes) {
    if (base->metaclass != nullptr && (metaclass == nullptr || is_subclass(base->metaclass, metaclass)))
      metaclass = base->metaclass;
  }
  if (metaclass == classes.type) metaclass = nullptr;
  if (metaclass != nullptr) {
    Value* create = class_lookup(metaclass, sym.__new__);
    Value* ordinary = class_lookup(classes.type, sym.__new__);
    bool custom = create != nullptr && (ordinary == nullptr || !create->same(*ordinary)) && !metaclass->native;
    if (custom && impl->handling.size() < 100000 && !metaclass->has_unknown_base) {
      // The metaclass's own __new__ ends in type.__new__, which comes back here with the same body.
      if (dict_find(body, intern("__ckptlint_in_metaclass__")) == nullptr) {
        dict_set(arena, body, intern("__ckptlint_in_metaclass__"), Value::none());
        Value function = create->is(Kind::kStaticMethod) ? create->as<StaticMethod>()->function : *create;
        Value positional[] = {Value::of(metaclass), Value::of(name), bases, Value::of(body)};
        Value made = call(function, Arguments{positional, 4, const_cast<Keyword*>(keywords), keyword_count});
        dict_erase(body, Value::of(intern("__ckptlint_in_metaclass__")));
        if (made.is(Kind::kClass)) {
          dict_erase(made.as<Class>()->attributes, Value::of(intern("__ckptlint_in_metaclass__")));
          Value* init = class_lookup(metaclass, sym.__init__);
          if (init != nullptr && init->is(Kind::kFunction)) {
            Value with_class[] = {made, Value::of(name), bases, Value::of(body)};
            call(*init, Arguments{with_class, 4, const_cast<Keyword*>(keywords), keyword_count});
          }
        }
        return made;
      }
    }
  }
  if (base_classes.empty()) base_classes.push(arena, classes.object);
  Class* made = arena.make<Class>();
  made->kind = Kind::kClass;
  made->name = made->qualified_name = name;
  made->bases = base_classes;
  made->attributes = body;
  made->metaclass = metaclass;
  made->has_unknown_base = unknown_base;
  linearise(*this, made);
  inherit(made);
  for (Class* base : base_classes) impl->subclasses[base].push_back(made);
  if (frame != nullptr) made->module = frame->module;
  // Methods must know their class before anything below calls one of them.
  if (frame != nullptr && frame->class_body == body) {
    for (Function* method : frame->methods) {
      if (method->owner == nullptr) method->owner = made;
    }
  }
  for (const Dict::Entry& entry : body->entries) {
    if (entry.key.missing()) continue;
    Value function = entry.value;
    if (function.is(Kind::kClassMethod)) function = function.as<ClassMethod>()->function;
    if (function.is(Kind::kStaticMethod)) function = function.as<StaticMethod>()->function;
    if (function.is(Kind::kFunction) && function.as<Function>()->owner == nullptr &&
        function.as<Function>()->module == made->module && function.as<Function>()->code->enclosing == nullptr) {
      function.as<Function>()->owner = made;
    }
  }
  if (dict_find(body, sym.__eq__) != nullptr && dict_find(body, sym.__hash__) == nullptr)
    dict_set(arena, body, sym.__hash__, Value::none());  // what is compared by value has no identity to hash
  if (metaclass != nullptr && classes.abc_meta != nullptr && is_subclass(metaclass, classes.abc_meta) &&
      !made->has_unknown_base)
    find_abstract_methods(*this, made);
  read_slots(*this, made);
  if (made->finish != nullptr) {
    Value self = Value::of(made);
    made->finish(*this, Arguments{&self, 1, const_cast<Keyword*>(keywords), keyword_count}, Value{});
  }
  announce(*this, made, keywords, keyword_count);
  return Value::of(made);
}

std::vector<Value> decorators_of(Interpreter& in, Frame& frame, const Items<Expr*>& decorators) {
  std::vector<Value> functions;
  for (const Expr* each : decorators) functions.push_back(evaluate(in, frame, each));
  return functions;
}

Value decorated(Interpreter& in, const std::vector<Value>& decorators, Value value) {
  for (auto function = decorators.rbegin(); function != decorators.rend(); ++function) {
    // What an unknown decorator makes of a definition is taken to be the definition, with more attributes than it had.
    if (!function->unknown()) {
      value = in.call(*function, {value});
    } else if (value.is(Kind::kFunction)) {
      auto* definition = value.as<Function>();
      if (definition->attributes == nullptr) definition->attributes = in.dict();
      dict_set(in.arena, definition->attributes, in.intern(kUnknownDecorator), *function);
    }
  }
  return value;
}

void run_class(Interpreter& in, Frame& frame, const ClassDef* definition) {
  const std::vector<Value> decorators = decorators_of(in, frame, definition->decorators);
  Heading heading = evaluate_heading(in, frame, definition);
  Frame* body = in.arena.make<Frame>();
  body->code = definition->code;
  body->slots = in.arena.array<Value>(definition->code->slots.size());
  body->module = frame.module;
  body->enclosing = frame.class_body != nullptr ? frame.enclosing : &frame;
  body->class_body = prepared_body(in, definition, heading);
  body->at = &definition->at;
  Value made;
  {
    FrameScope scope(in, *body);
    run_block(in, *body, definition->code->body);
    body->at = &definition->at;
    made = finish_class(in, frame, definition, heading, *body);
  }
  store_name(in, frame, definition->target, decorated(in, decorators, made));
}

namespace {

Code* module_level_code(Interpreter& in, SourceUnit* unit, CodeKind kind) {
  Code* code = in.arena.make<Code>();
  code->kind = kind;
  code->unit = unit;
  return code;
}

// What is parsed apart from the code around it has slots of its own, for its comprehensions.
Frame* frame_of_piece(Interpreter& in, const Frame& frame, Code* code) {
  Frame* own = in.arena.make<Frame>(frame);
  own->slots = in.arena.array<Value>(code->slots.size());
  own->code = code;
  return own;
}

// The decorators of a piece, evaluated where it stands.
class Decoration {
 public:
  Decoration(Interpreter& in, const Frame& frame, SourceUnit* unit, const Piece& piece, CodeKind kind) : in_(in) {
    if (!piece.decorated) return;
    Code* around = module_level_code(in, unit, kind);
    const Items<Expr*> decorators = in.impl->parser.decorators(unit, piece, around);
    own_ = frame_of_piece(in, frame, around);
    FrameScope scope(in, *own_);
    if (!decorators.empty()) own_->at = &decorators[0]->at;
    functions_ = decorators_of(in, *own_, decorators);
  }
  Value of(const Value& value) const {
    if (functions_.empty()) return value;
    FrameScope scope(in_, *own_);
    return decorated(in_, functions_, value);
  }

 private:
  Interpreter& in_;
  Frame* own_ = nullptr;
  std::vector<Value> functions_;
};

}  // namespace

namespace {

void run_annotations_of_piece(Interpreter& in, const Frame& frame, SourceUnit* unit, const Piece& piece,
                              Function* function) {
  if (!unit->runs_annotations) return;
  Code* around = module_level_code(in, unit, frame.class_body != nullptr ? CodeKind::kClass : CodeKind::kModule);
  around->private_to = function->code->private_to;
  const Items<Expr*> annotations = in.impl->parser.annotations(unit, piece, around);
  if (annotations.empty()) return;
  Frame* own = frame_of_piece(in, frame, around);
  FrameScope scope(in, *own);
  run_annotations(in, *own, frame, function, annotations);
}

}  // namespace

Value function_from_piece(Interpreter& in, Frame& frame, SourceUnit* unit, const Piece& piece, Str* in_class) {
  const Decoration decoration(in, frame, unit, piece,
                              frame.class_body != nullptr ? CodeKind::kClass : CodeKind::kModule);
  Code* code = in.impl->parser.deferred_function(unit, piece);
  code->private_to = in_class;
  Function* made = in.arena.make<Function>();
  made->kind = Kind::kFunction;
  made->code = code;
  made->name = code->name;
  made->module = frame.module;
  run_annotations_of_piece(in, frame, unit, piece, made);
  if (frame.class_body != nullptr) frame.methods.push(in.arena, made);
  return decoration.of(Value::of(made));
}

Value class_from_piece(Interpreter& in, Frame& frame, SourceUnit* unit, const Piece& piece) {
  const Decoration decoration(in, frame, unit, piece, CodeKind::kModule);
  Code* around = module_level_code(in, unit, CodeKind::kModule);
  ClassDef* definition = in.impl->parser.class_header(unit, piece, around);
  Heading heading;
  {
    Frame* own = frame_of_piece(in, frame, around);
    FrameScope scope(in, *own);
    heading = evaluate_heading(in, *own, definition);
  }
  Frame* body = in.arena.make<Frame>();
  body->code = definition->code;
  body->slots = in.arena.array<Value>(definition->code->slots.size());
  body->module = frame.module;
  body->class_body = prepared_body(in, definition, heading);
  body->at = &definition->at;
  Value made;
  {
    FrameScope scope(in, *body);
    const FileOutline::Body& lines = unit->body->outline.body_of(piece);
    if (lines.in_header) {
      run_block(in, *body, definition->code->body);
    } else {
      const std::vector<Piece>& pieces = lines.pieces;
      std::size_t first = 0;
      if (!lines.docstring.empty()) {
        definition->code->doc_begin = lines.docstring.begin;
        definition->code->doc_end = lines.docstring.end;
        first = 1;
      }
      for (std::size_t i = first; i < pieces.size(); ++i) {
        in.step();
        if (pieces[i].kind == PieceKind::kDef) {
          Value function = function_from_piece(in, *body, unit, pieces[i], definition->name);
          const std::string mangled = mangled_name(pieces[i].name, definition->name->view());
          dict_set(in.arena, body->class_body, in.intern(mangled.empty() ? pieces[i].name : mangled), function);
          continue;
        }
        // Statements that follow each other are parsed in one go.
        Piece run = pieces[i];
        while (run.kind == PieceKind::kOther && i + 1 < pieces.size() && pieces[i + 1].kind == PieceKind::kOther)
          run.end = pieces[++i].end;
        Code* code = in.impl->parser.statement(unit, run, definition->name);
        body->code = code;
        body->slots = in.arena.array<Value>(code->slots.size());
        run_block(in, *body, code->body);
      }
      body->code = definition->code;
    }
    body->at = &definition->at;
    made = finish_class(in, frame, definition, heading, *body);
  }
  return decoration.of(made);
}

}  // namespace ckptlint::python
