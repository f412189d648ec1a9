// Calls of everything that can be called: arguments bound to parameters, bodies run, instances made, super().
#include <fmt/format.h>

#include <algorithm>

#include "python/evaluate/generators.h"
#include "python/evaluate/impl.h"

namespace ckptlint::python {

std::string qualified_name_of(const Code* code) {
  const Code* around = code->enclosing;
  // What is read in pieces, at the top of a module or of a class there, knows the class by its name alone.
  if (around == nullptr || around->name == nullptr || around->name->view() == "<module>") {
    const Str* type = around == nullptr ? code->private_to : around->private_to;
    return type == nullptr ? std::string(code->name->view()) : fmt::format("{}.{}", type->view(), code->name->view());
  }
  return fmt::format("{}.{}{}", qualified_name_of(around), around->kind == CodeKind::kClass ? "" : "<locals>.",
                     code->name->view());
}

std::string qualified_name_of(const Function* function) {
  return function->qualified_name != nullptr ? std::string(function->qualified_name->view())
                                             : qualified_name_of(function->code);
}

namespace {

[[noreturn]] void raise_missing(Interpreter& in, const Function* function, const Value* slots) {
  std::vector<std::string_view> positional, keyword_only;
  for (std::size_t i = 0; i < function->code->parameters.size(); ++i) {
    const Parameter& parameter = function->code->parameters[i];
    const bool defaulted = function->defaults != nullptr && !function->defaults[i].missing();
    if (parameter.stars != 0 || !slots[i].missing() || defaulted) continue;
    (parameter.keyword_only ? keyword_only : positional).push_back(parameter.name->view());
  }
  const auto& names = positional.empty() ? keyword_only : positional;
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 < names.size() ? ", " : names.size() > 2 ? ", and " : " and ";
    list += fmt::format("'{}'", names[i]);
  }
  in.raise_type_error(fmt::format("{}() missing {} required {} argument{}: {}", qualified_name_of(function),
                                  names.size(), positional.empty() ? "keyword-only" : "positional",
                                  names.size() == 1 ? "" : "s", list));
}

[[noreturn]] void raise_too_many(Interpreter& in, const Function* function, std::size_t positional,
                                 const Arguments& arguments) {
  std::size_t keyword_only = 0, optional = 0;
  for (std::size_t i = 0; i < function->code->parameters.size(); ++i) {
    const Parameter& parameter = function->code->parameters[i];
    if (parameter.stars == 0 && !parameter.keyword_only && parameter.default_value != nullptr) ++optional;
    for (std::size_t k = 0; k < arguments.keyword_count && parameter.keyword_only; ++k)
      keyword_only += arguments.keywords[k].name == parameter.name;
  }
  std::string takes =
      optional == 0 ? fmt::format("{}", positional) : fmt::format("from {} to {}", positional - optional, positional);
  auto plural = [](std::size_t count) { return count == 1 ? "" : "s"; };
  std::string given = fmt::format("{} {}", arguments.count, arguments.count == 1 && keyword_only == 0 ? "was" : "were");
  if (keyword_only != 0) {
    given = fmt::format("{} positional argument{} (and {} keyword-only argument{}) were", arguments.count,
                        plural(arguments.count), keyword_only, plural(keyword_only));
  }
  in.raise_type_error(fmt::format("{}() takes {} positional argument{} but {} given", qualified_name_of(function),
                                  takes, optional != 0 ? "s" : plural(positional), given));
}

// Where parameters that are positional-only are given by keyword.
void refuse_by_keyword(Interpreter& in, const Function* function, const Arguments& arguments) {
  std::string names;
  for (const Parameter& parameter : function->code->parameters) {
    for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
      if (parameter.positional_only && arguments.keywords[k].name == parameter.name)
        names += (names.empty() ? "" : ", ") + std::string(parameter.name->view());
    }
  }
  if (names.empty()) return;
  in.raise_type_error(fmt::format("{}() got some positional-only arguments passed as keyword arguments: '{}'",
                                  qualified_name_of(function), names));
}

// Python's binding of arguments to parameters.
void bind_parameters(Interpreter& in, const Function* function, const Arguments& arguments, Value* slots) {
  const Items<Parameter>& parameters = function->code->parameters;
  std::size_t next = 0, star = parameters.size(), star_star = parameters.size();
  std::size_t positional = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].stars == 1)
      star = i;
    else if (parameters[i].stars == 2)
      star_star = i;
    else if (!parameters[i].keyword_only)
      ++positional;
  }
  next = std::min(positional, arguments.count);
  for (std::size_t i = 0; i < next; ++i) slots[i] = arguments.positional[i];
  if (star != parameters.size()) {
    std::size_t extra = arguments.count - next;
    slots[star] = in.tuple(arguments.positional + next, extra);
  }
  Dict* rest = nullptr;
  if (star_star != parameters.size()) {
    rest = in.dict();
    slots[star_star] = Value::of(rest);
  }
  for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
    const Keyword& keyword = arguments.keywords[k];
    std::size_t i = 0;
    while (i < parameters.size() &&
           (parameters[i].name != keyword.name || parameters[i].stars != 0 || parameters[i].positional_only))
      ++i;
    if (i == parameters.size()) {
      if (rest == nullptr) {
        refuse_by_keyword(in, function, arguments);
        in.raise_type_error(fmt::format("{}() got an unexpected keyword argument '{}'", qualified_name_of(function),
                                        keyword.name->view()));
      }
      dict_set(in.arena, rest, keyword.name, keyword.value);
      continue;
    }
    if (!slots[i].missing()) {
      in.raise_type_error(
          fmt::format("{}() got multiple values for argument '{}'", qualified_name_of(function), keyword.name->view()));
    }
    slots[i] = keyword.value;
  }
  if (arguments.count > positional && star == parameters.size()) raise_too_many(in, function, positional, arguments);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!slots[i].missing() || parameters[i].stars != 0) continue;
    if (function->defaults != nullptr) slots[i] = function->defaults[i];
    if (slots[i].missing()) raise_missing(in, function, slots);
  }
}

Value run_body(Interpreter& in, Function* function, Frame& frame) {
  FrameScope scope(in, frame);
  Code* code = function->code;
  if (code->expression != nullptr) {
    frame.at = &code->at;
    return evaluate(in, frame, code->expression);
  }
  frame.result = Value::none();
  run_block(in, frame, code->body);
  return frame.result;
}

// What a call of super() without arguments stands for: the lexical class and the first argument of the method around
// it.
Value implicit_super(Interpreter& in) {
  for (Frame* at = in.frame; at != nullptr; at = at->enclosing) {
    if (at->owner == nullptr || at->function == nullptr) continue;
    if (at->code->parameters.empty()) break;
    Super* made = in.arena.make<Super>();
    made->kind = Kind::kSuper;
    made->after = at->owner;
    Value receiver = at->slots[0];
    if (at->code->parameters[0].stars == 1 && receiver.is(Kind::kTuple) && receiver.as<Tuple>()->count > 0)
      receiver = receiver.as<Tuple>()->items[0];
    made->receiver = receiver;
    return Value::of(made);
  }
  in.raise(in.exception("RuntimeError"), "super(): no arguments");
}

Value make_super(Interpreter& in, const Arguments& arguments) {
  if (arguments.count == 0) return implicit_super(in);
  if (!arguments[0].is(Kind::kClass)) {
    if (arguments[0].unknown()) return arguments[0];
    in.raise_type_error(fmt::format("super() argument 1 must be a type, not {}", in.type_name(arguments[0])));
  }
  Super* made = in.arena.make<Super>();
  made->kind = Kind::kSuper;
  made->after = arguments[0].as<Class>();
  made->receiver = arguments[1].missing() ? Value::none() : arguments[1];
  return Value::of(made);
}

bool is_from_object(Interpreter& in, const Value& found, Str* name) {
  Value* ordinary = in.class_lookup(in.classes.object, name);
  return ordinary != nullptr && ordinary->same(found);
}

}  // namespace

Function* make_function(Interpreter& in, Frame& frame, Code* code) {
  Function* made = in.arena.make<Function>();
  made->kind = Kind::kFunction;
  made->code = code;
  made->name = code->name;
  made->module = frame.module;
  // A class body's own frame is invisible to its functions.
  Frame* closure = frame.class_body != nullptr ? frame.enclosing : &frame;
  if (closure != nullptr && closure->code != nullptr && closure->code->captured) made->closure = closure;
  if (frame.class_body != nullptr) frame.methods.push(in.arena, made);
  bool has_default = false;
  for (const Parameter& parameter : code->parameters) has_default |= parameter.default_value != nullptr;
  if (has_default) {
    made->defaults = in.arena.array<Value>(code->parameters.size());
    for (std::size_t i = 0; i < code->parameters.size(); ++i) {
      if (code->parameters[i].default_value != nullptr)
        made->defaults[i] = evaluate(in, frame, code->parameters[i].default_value);
    }
  }
  if (const FunctionNotes* notes = notes_of(*code)) {
    const Items<Expr*> annotations = notes->annotations;  // what runs may add to the notes
    run_annotations(in, frame, frame, made, annotations);
  }
  return made;
}

void prepare_function(Interpreter& in, Function* function) {
  Code* code = function->code;
  if (code->parsed && (function->defaults != nullptr || code->end == 0)) return;
  if (!code->parsed) {
    try {
      in.impl->parser.function(code);
    } catch (const SyntaxError& error) {
      raise_syntax_error(in, code->unit, error);
    }
  }
  function->defaults = in.arena.array<Value>(code->parameters.size() + 1);
  // Defaults belong to where the function stands: its class body, or its module.
  Frame& frame = *in.arena.make<Frame>();  // a default may be a generator, which stays
  frame.code = code;
  frame.slots = in.arena.array<Value>(code->slots.size());  // of comprehensions
  frame.module = function->module;
  frame.class_body = function->owner != nullptr ? function->owner->attributes : nullptr;
  frame.at = &code->at;
  FrameScope scope(in, frame);
  for (std::size_t i = 0; i < code->parameters.size(); ++i) {
    const Expr* value = code->parameters[i].default_value;
    if (value == nullptr) continue;
    if (value->kind == ExprKind::kName && frame.class_body != nullptr) {
      Value* found = dict_find(frame.class_body, static_cast<const Name*>(value)->symbol);
      if (found != nullptr) {
        function->defaults[i] = *found;
        continue;
      }
    }
    function->defaults[i] = evaluate(in, frame, value);
  }
}

Frame* start_frame(Interpreter& in, Function* function, const Arguments& arguments) {
  if (function->code->end != 0) prepare_function(in, function);
  Code* code = function->code;
  Frame* frame = in.arena.make<Frame>();
  frame->code = code;
  frame->function = function;
  frame->module = function->module;
  frame->enclosing = function->closure;
  frame->owner = function->owner;
  frame->slots = in.arena.array<Value>(code->slots.size());
  frame->at = &code->at;
  frame->result = Value::none();
  bind_parameters(in, function, arguments, frame->slots);
  return frame;
}

Value call_function(Interpreter& in, Function* function, const Arguments& arguments, Delegation* delegation) {
  if (function->code->end != 0) prepare_function(in, function);
  Code* code = function->code;
  if (code->is_async) return in.unknown("a coroutine");
  if (code->is_generator) return make_generator(in, function, arguments);
  if (code->captured) {
    Frame* frame = in.arena.make<Frame>();
    frame->code = code;
    frame->function = function;
    frame->module = function->module;
    frame->enclosing = function->closure;
    frame->owner = function->owner;
    frame->slots = in.arena.array<Value>(code->slots.size());
    frame->at = &code->at;
    frame->delegation = delegation;
    bind_parameters(in, function, arguments, frame->slots);
    return run_body(in, function, *frame);
  }
  StackMark mark(*in.impl);
  Frame frame;
  frame.code = code;
  frame.function = function;
  frame.module = function->module;
  frame.enclosing = function->closure;
  frame.owner = function->owner;
  frame.slots = mark.take(code->slots.size());
  frame.at = &code->at;
  frame.delegation = delegation;
  bind_parameters(in, function, arguments, frame.slots);
  return run_body(in, function, frame);
}

void refuse_abstract(Interpreter& in, const Class* type) {
  if (!type->is_abstract) return;
  const Value* methods = dict_find(type->attributes, in.intern("__abstractmethods__"));
  if (methods == nullptr) return;  // deleted
  std::vector<std::string> names;
  for (const Value& name : in.collect(*methods)->items) names.push_back(in.str(name));
  std::sort(names.begin(), names.end());
  in.raise_type_error(fmt::format("Can't instantiate abstract class {} with abstract method{} {}", type->name->view(),
                                  names.size() == 1 ? "" : "s", fmt::join(names, ", ")));
}

Value instantiate(Interpreter& in, Class* type, const Arguments& arguments) {
  if (type == in.classes.super) return make_super(in, arguments);
  if (type == in.classes.type && arguments.count == 1 && arguments.keyword_count == 0)
    return Value::of(in.type_of(arguments[0]));
  if (type->metaclass != nullptr) {
    Value* custom = in.class_lookup(type->metaclass, in.sym.__call__);
    Value* ordinary = in.class_lookup(in.classes.type, in.sym.__call__);
    if (custom != nullptr && (ordinary == nullptr || !custom->same(*ordinary))) {
      BoundMethod method;
      method.kind = Kind::kBoundMethod;
      method.receiver = Value::of(type);
      method.function = *custom;
      return in.call(Value::of(&method), arguments);
    }
  }
  return in.make_instance(type, arguments);
}

Value Interpreter::make_instance(Class* type, const Arguments& arguments) {
  Interpreter& in = *this;
  StackMark mark(*in.impl);
  Value* positional = mark.take(arguments.count + 1);
  for (std::size_t i = 0; i < arguments.count; ++i) positional[i + 1] = arguments.positional[i];
  Arguments with_receiver{positional, arguments.count + 1, arguments.keywords, arguments.keyword_count};
  positional[0] = Value::of(type);

  Value made;
  Value* create = in.class_lookup(type, in.sym.__new__);
  bool custom_new = create != nullptr && !is_from_object(in, *create, in.sym.__new__);
  if (custom_new && !(create->is(Kind::kNative) && type->construct != nullptr)) {
    Value function = create->is(Kind::kStaticMethod) ? create->as<StaticMethod>()->function : *create;
    made = in.call(function, with_receiver);
  } else if (type->construct != nullptr) {
    made = type->construct(in, with_receiver, Value{});
    if (type->native && made.kind != Kind::kInstance) return made;
  } else {
    refuse_abstract(in, type);
    made = Value::of(in.instance(type));
  }
  if (!made.is(Kind::kInstance) || !in.is_subclass(made.as<Instance>()->type, type)) return made;
  Instance* instance = made.as<Instance>();
  if (instance->type->layout == Layout::kException) {
    if (instance->attributes == nullptr) instance->attributes = in.dict();
    if (dict_find(instance->attributes, in.sym.args) == nullptr) {
      dict_set(in.arena, instance->attributes, in.sym.args, in.tuple(arguments.positional, arguments.count));
    }
  }
  Value* init = in.class_lookup(instance->type, in.sym.__init__);
  bool default_init = init == nullptr || is_from_object(in, *init, in.sym.__init__);
  if (default_init) {
    bool too_many = arguments.count + arguments.keyword_count > 0 && !custom_new && type->construct == nullptr &&
                    instance->type->layout != Layout::kException && !type->has_unknown_base;
    if (too_many) in.raise_type_error(fmt::format("{}() takes no arguments", type->name->view()));
    return made;
  }
  positional[0] = made;
  in.call(*init, with_receiver);
  return made;
}

// A call of what is not modelled: its result may be a module, and so may what it does to the modules that it is given.
Value result_of_unknown(Interpreter& in, const Value& callee, const Arguments& arguments) {
  const auto* unknown = callee.as<Unknown>();
  for (std::size_t i = 0; i < arguments.count; ++i) {
    const Value& given = arguments.positional[i];
    if (given.is(Kind::kInstance) && given.as<Instance>()->type->layout == Layout::kModule) {
      in.note_partial(
          fmt::format("a {} is given to {}, which is not known", in.type_name(given), unknown->origin->view()));
    }
  }
  if (unknown->returned) return callee;
  const Value made = in.unknown(unknown->origin->view());
  made.as<Unknown>()->returned = true;
  return made;
}

Value Interpreter::call(const Value& callee, const Arguments& arguments) {
  switch (callee.kind) {
    case Kind::kFunction:
      return call_function(*this, callee.as<Function>(), arguments);
    case Kind::kNative: {
      Native* native = callee.as<Native>();
      return native->function(*this, arguments, native->data);
    }
    case Kind::kBoundMethod: {
      BoundMethod* method = callee.as<BoundMethod>();
      StackMark mark(*impl);
      Value* positional = mark.take(arguments.count + 1);
      positional[0] = method->receiver;
      for (std::size_t i = 0; i < arguments.count; ++i) positional[i + 1] = arguments.positional[i];
      return call(method->function,
                  Arguments{positional, arguments.count + 1, arguments.keywords, arguments.keyword_count});
    }
    case Kind::kClass:
      return instantiate(*this, callee.as<Class>(), arguments);
    case Kind::kStaticMethod:
      return call(callee.as<StaticMethod>()->function, arguments);
    case Kind::kUnknown:
      return result_of_unknown(*this, callee, arguments);
    case Kind::kInstance: {
      Class* type = callee.as<Instance>()->type;
      Value* found = class_lookup(type, sym.__call__);
      if (found != nullptr) return call(bind_to(*found, callee, type), arguments);
      if (type->has_unknown_base)
        return unknown(fmt::format("a call of {}, which has a base class that is not known", type->name->view()));
      break;
    }
    default:
      break;
  }
  raise_type_error(fmt::format("'{}' object is not callable", type_name(callee)));
}

Value Interpreter::call(const Value& callee, std::initializer_list<Value> positional,
                        std::initializer_list<Keyword> keywords) {
  return call(callee, Arguments{const_cast<Value*>(positional.begin()), positional.size(),
                                const_cast<Keyword*>(keywords.begin()), keywords.size()});
}

Value Interpreter::call_method(const Value& receiver, Str* method, std::initializer_list<Value> positional) {
  return call(attribute(receiver, method), positional);
}

}  // namespace ckptlint::python
