// Functions of source, functions of the host, and both bound to a receiver.
#include <fmt/format.h>

#include "python/evaluate/impl.h"
#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// ---- attributes

Value doc_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  Code* code = function->code;
  if (code->doc == nullptr && code->doc_end != 0)
    code->doc = in.impl->parser.literal(code->unit, {code->doc_begin, code->doc_end});
  return code->doc == nullptr ? Value::none() : Value::of(code->doc);
}

// What a code object tells of a function's parameters and place.
Value code_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  const Code* code = function->code;
  Instance* made = in.instance(in.classes.code);
  made->attributes = in.dict();
  const auto add = [&](const char* name, const Value& value) {
    dict_set(in.arena, made->attributes, in.intern(name), value);
  };
  std::int64_t positional = 0, positional_only = 0, keyword_only = 0, flags = 3;  // optimised, new locals
  List* names = in.list();
  List* collecting = in.list();  // *args and **kwargs stand behind the others
  for (const Parameter& each : code->parameters) {
    (each.stars != 0 ? collecting : names)->items.push(in.arena, Value::of(each.name));
    if (each.stars != 0) flags |= each.stars == 1 ? 4 : 8;
    if (each.stars == 0) ++(each.keyword_only ? keyword_only : positional);
    positional_only += each.positional_only;
  }
  for (const Value& each : collecting->items) names->items.push(in.arena, each);
  for (std::size_t i = code->parameters.size(); i < code->slots.size(); ++i)
    names->items.push(in.arena, Value::of(code->slots.items[i]));
  if (code->is_generator) flags |= 32;
  add("co_argcount", Value::of(positional));
  add("co_posonlyargcount", Value::of(positional_only));
  add("co_kwonlyargcount", Value::of(keyword_only));
  add("co_varnames", in.tuple(names->items.items, names->items.count));
  add("co_nlocals", Value::of(static_cast<std::int64_t>(names->items.count)));
  add("co_flags", Value::of(flags));
  add("co_name", Value::of(code->name));
  add("co_qualname", in.string(qualified_name_of(function)));
  add("co_firstlineno", Value::of(static_cast<std::int64_t>(code->at.line)));
  add("co_filename", in.string(code->unit->path));
  return Value::of(made);
}

bool find_on_function(Interpreter& in, const Value& object, Str* name, Value& out) {
  Function* function = object.as<Function>();
  if (function->attributes != nullptr) {
    if (Value* found = dict_find(function->attributes, name)) return out = *found, true;
  }
  if (name == in.sym.__name__) return out = Value::of(function->name), true;
  if (name == in.sym.__qualname__) return out = in.string(qualified_name_of(function)), true;
  if (name == in.sym.__module__) return out = Value::of(function->module->name), true;
  if (name == in.sym.__doc__) return out = doc_of(in, function), true;
  if (name == in.sym.__dict__) {
    if (function->attributes == nullptr) function->attributes = in.dict();
    return out = Value::of(function->attributes), true;
  }
  if (name == in.sym.__annotations__) {
    prepare_function(in, function);
    Dict* annotations = in.dict();
    for (const Parameter& parameter : function->code->parameters) {
      if (parameter.annotation != nullptr)
        dict_set(in.arena, annotations, parameter.name, Value::of(parameter.annotation));
    }
    return out = Value::of(annotations), true;
  }
  if (name == in.sym.__defaults__) {
    prepare_function(in, function);
    List* values = in.list();
    for (std::size_t i = 0; function->defaults != nullptr && i < function->code->parameters.size(); ++i) {
      if (!function->defaults[i].missing() && !function->code->parameters[i].keyword_only)
        values->items.push(in.arena, function->defaults[i]);
    }
    out = values->items.empty() ? Value::none() : in.tuple(values->items.items, values->items.count);
    return true;
  }
  if (name->view() == "__globals__") return out = Value::of(function->module->attributes), true;
  if (name->view() == "__kwdefaults__") {
    prepare_function(in, function);
    Dict* values = in.dict();
    for (std::size_t i = 0; function->defaults != nullptr && i < function->code->parameters.size(); ++i) {
      const Parameter& parameter = function->code->parameters[i];
      if (!function->defaults[i].missing() && parameter.keyword_only)
        dict_set(in.arena, values, parameter.name, function->defaults[i]);
    }
    return out = values->live == 0 ? Value::none() : Value::of(values), true;
  }
  // Which of the names around it a function uses is not kept.
  if (name->view() == "__closure__")
    return out = function->closure == nullptr ? Value::none() : in.unknown("the closure of a function"), true;
  if (name == in.sym.__code__) return out = code_of(in, function), true;
  if (function->attributes != nullptr && name->view().substr(0, 2) != "__") {
    if (const Value* decorator = dict_find(function->attributes, in.intern(kUnknownDecorator)))
      return out = *decorator, true;
  }
  return find_by_class(in, object, name, out);
}

void set_on_function(Interpreter& in, const Value& object, Str* name, const Value& value) {
  auto* function = object.as<Function>();
  if (name == in.sym.__name__ && value.is(Kind::kStr)) function->name = value.as<Str>();
  if (name == in.sym.__qualname__ && value.is(Kind::kStr)) function->qualified_name = value.as<Str>();
  if (function->attributes == nullptr) function->attributes = in.dict();
  dict_set(in.arena, function->attributes, name, value);
}

void delete_on_function(Interpreter& in, const Value& object, Str* name) {
  Dict* attributes = object.as<Function>()->attributes;
  if (attributes != nullptr && dict_erase(attributes, Value::of(name))) return;
  in.raise(in.exception("AttributeError"), fmt::format("'function' object has no attribute '{}'", name->view()));
}

bool find_on_native(Interpreter& in, const Value& object, Str* name, Value& out) {
  const auto* native = object.as<Native>();
  if (native->attributes != nullptr) {
    if (const Value* found = dict_find(native->attributes, name)) return out = *found, true;
  }
  if (name == in.sym.__name__ || name == in.sym.__qualname__) return out = Value::of(in.intern(native->name)), true;
  return find_by_class(in, object, name, out);
}

void set_on_native(Interpreter& in, const Value& object, Str* name, const Value& value) {
  auto* native = object.as<Native>();
  // Others stand for functions of Python, which have attributes.
  const Value* builtin = dict_find(in.builtins->attributes, in.intern(native->name));
  if (builtin != nullptr && builtin->same(object)) {
    in.raise(in.exception("AttributeError"),
             fmt::format("'builtin_function_or_method' object has no attribute '{}'", name->view()));
  }
  if (native->attributes == nullptr) native->attributes = in.dict();
  dict_set(in.arena, native->attributes, name, value);
}

bool find_on_bound_method(Interpreter& in, const Value& object, Str* name, Value& out) {
  const auto* method = object.as<BoundMethod>();
  if (name == in.sym.__self__) return out = method->receiver, true;
  if (name->view() == "__func__") return out = method->function, true;
  return in.find_attribute(method->function, name, out) || find_by_class(in, object, name, out);
}

// ---- other slots

void repr_function(Printer& printer, const Value& value) {
  printer.out += fmt::format("<function {} at 0x0>", qualified_name_of(value.as<Function>()));
}

void repr_native(Printer& printer, const Value& value) {
  printer.out += fmt::format("<built-in function {}>", value.as<Native>()->name);
}

void repr_bound_method(Printer& printer, const Value& value) {
  const auto* method = value.as<BoundMethod>();
  const Nesting nesting(printer.in);
  printer.out += "<bound method ";
  slots_of(printer.in, method->function).repr(printer, method->function);
  printer.out += " of ";
  printer.repr(method->receiver);
  printer.out += '>';
}

// Optional[int], Callable[..., int]: the parameters change nothing here.
Value native_item(Interpreter&, const Value& object, const Value&) { return object; }

Value function_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  const Arguments rest{arguments.positional + 1, arguments.count - 1, arguments.keywords, arguments.keyword_count};
  return in.call(self, rest);
}

}  // namespace

constinit const TypeSlots kFunctionSlots = {.type = &Interpreter::Classes::function,
                                            .find_attribute = find_on_function,
                                            .set_attribute = set_on_function,
                                            .delete_attribute = delete_on_function,
                                            .repr = repr_function};
constinit const TypeSlots kNativeSlots = {.type = &Interpreter::Classes::native,
                                          .find_attribute = find_on_native,
                                          .set_attribute = set_on_native,
                                          .repr = repr_native,
                                          .item = native_item};
constinit const TypeSlots kBoundMethodSlots = {
    .type = &Interpreter::Classes::method, .find_attribute = find_on_bound_method, .repr = repr_bound_method};

Value function_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, instance, owner] = method_arguments<"self, instance, owner=">(in, "__get__", arguments);
  const bool on_class = instance.is_none();
  if (on_class && !self.is(Kind::kClassMethod) && !self.is(Kind::kStaticMethod)) return self;
  Class* type = owner.is(Kind::kClass) ? owner.as<Class>() : in.type_of(instance);
  return in.bind_to(self, instance, type);
}

void fill_functions_and_methods(Interpreter& in) {
  auto& c = in.classes;
  for (Class* type : {c.function, c.native, c.method}) {
    in.method(type, "__get__", function_get);
    in.method(type, "__call__", function_call);
  }
}

}  // namespace ckptlint::python
