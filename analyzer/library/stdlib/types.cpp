// types: names for the classes of functions, methods and modules, and a few small classes.
#include <string>

#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// The methods of a class of the host that makes values of its own are called with the class in front.
Value method_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, rest] = bind<"cls, *args">(in, "method", arguments);
  const auto [function, instance] = by_position<"function, instance">(rest);
  if (rest.count != 2) in.raise_type_error("method expected 2 arguments, got " + std::to_string(rest.count));
  if (function.unknown()) return function;
  if (instance.is_none()) in.raise_type_error("instance must not be None");
  auto* made = in.arena.make<BoundMethod>();
  made->kind = Kind::kBoundMethod;
  made->function = function;
  made->receiver = instance;
  if (is_function(function) && !function.is(Kind::kBoundMethod)) return Value::of(made);
  // Any callable can be bound: through a native that puts the receiver in front.
  return in.native_static(
      "method",
      [](Interpreter& i, const Arguments& a, const Value& data) {
        auto* pair = data.as<Tuple>();
        PrependedArguments all(pair->items[1], a);
        return i.call(pair->items[0], all.arguments);
      },
      in.tuple({function, instance}));
}

// FunctionType(code, globals, name, defaults, closure): how code copies functions.  The code object of a function is
// not modelled, so neither is the copy.
Value function_new(Interpreter& in, const Arguments& arguments, const Value&) {
  for (std::size_t i = 1; i < arguments.count; ++i) {
    if (arguments[i].unknown()) return arguments[i];
  }
  return in.unknown("a function made from a code object");
}

Value module_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, rest] = bind<"cls, *args, **kwargs">(in, "module", arguments);
  if (cls.is(Kind::kClass) && cls.as<Class>() != in.classes.module) {  // __init__ may be the class's own
    Instance* made = in.instance(cls.as<Class>());
    made->attributes = in.dict();
    dict_set(in.arena, made->attributes, in.sym.__doc__, Value::none());
    return Value::of(made);
  }
  const auto [self, given_name, doc] = bind<"cls, name, doc=">(in, "module", arguments);
  Str* name = as_str(given_name);
  if (name == nullptr) in.raise_type_error("module() argument 'name' must be str");
  auto* made = in.arena.make<Module>();
  made->kind = Kind::kModule;
  made->name = in.intern(name->view());
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.sym.__name__, given_name);
  dict_set(in.arena, made->attributes, in.sym.__doc__, doc.missing() ? Value::none() : doc);
  for (const char* name : {"__loader__", "__package__", "__spec__"})
    dict_set(in.arena, made->attributes, in.intern(name), Value::none());
  return Value::of(made);
}

// Of an instance of a class of one's own.
Value module_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, name, doc] = bind<"self, name, doc=">(in, "module", arguments);
  if (!self.is(Kind::kInstance)) return Value::none();
  auto* made = self.as<Instance>();
  set_own(in, made, in.sym.__name__, name);
  set_own(in, made, in.sym.__doc__, doc.missing() ? Value::none() : doc);
  for (const char* each : {"__loader__", "__package__", "__spec__"}) set_own(in, made, each, Value::none());
  return Value::none();
}

Value namespace_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, rest] = bind<"self, *args, **kwargs">(in, "SimpleNamespace", arguments);
  if (rest.count != 0) in.raise_type_error("no positional arguments expected");
  auto* self = self_as<Instance>(in, given_self);
  for (std::size_t i = 0; i < rest.keyword_count; ++i) set_own(in, self, rest.keywords[i].name, rest.keywords[i].value);
  return Value::none();
}

Value namespace_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = self_as<Instance>(in, arguments);
  std::string text = "namespace(";
  bool first = true;
  if (self->attributes != nullptr) {
    for (std::uint32_t i = 0; i < self->attributes->entries.count; ++i) {
      Dict::Entry entry = self->attributes->entries[i];
      if (entry.key.missing()) continue;
      text += (first ? "" : ", ") + in.str(entry.key) + "=" + in.repr(entry.value);
      first = false;
    }
  }
  return in.string(text + ")");
}

Value namespace_equal(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_other] = by_position<"self, other">(arguments);
  auto* self = self_as<Instance>(in, instance);
  Instance* other = instance_of(in, given_other, self->type);
  if (other == nullptr) return {Kind::kNotImplemented, {}};
  Value left = Value::of(self->attributes == nullptr ? in.dict() : self->attributes);
  Value right = Value::of(other->attributes == nullptr ? in.dict() : other->attributes);
  return in.compare(Operator::kEqual, left, right);
}

Value alias_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, origin, parameters] = bind<"cls, origin, parameters">(in, "GenericAlias", arguments);
  return in.hooks.generic_alias(in, origin, parameters);
}

Value original_bases(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls] = bind<"cls">(in, "get_original_bases", arguments);
  return in.attribute(cls, in.sym.__bases__);
}

// new_class(name, bases=(), kwds=None, exec_body=None)
Value new_class(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, bases, kwds, exec_body] = bind<"name, bases=, kwds=, exec_body=">(in, "new_class", arguments);
  if (as_str(name) == nullptr) in.raise_type_error("class name must be a string");
  Dict* body = in.dict();
  if (!exec_body.missing() && !exec_body.is_none()) in.call(exec_body, {Value::of(body)});
  return in.make_class_from_parts(nullptr, in.intern(as_str(name)->view()), bases.missing() ? in.tuple({}) : bases,
                                  body, nullptr, 0);
}

}  // namespace

void install_types(Interpreter& in) {
  Module* module = in.native_module("types", false);
  auto alias = [&](const char* name, Class* type) { in.define(module, name, Value::of(type)); };
  alias("FunctionType", in.classes.function);
  alias("LambdaType", in.classes.function);
  alias("MethodType", in.classes.method);
  alias("ModuleType", in.classes.module);
  for (const char* name : {"BuiltinFunctionType", "BuiltinMethodType", "WrapperDescriptorType", "MethodWrapperType",
                           "MethodDescriptorType", "ClassMethodDescriptorType"}) {
    alias(name, in.classes.native);
  }
  alias("GeneratorType", in.classes.generator);
  alias("NoneType", in.classes.none);
  alias("EllipsisType", in.classes.ellipsis);
  alias("NotImplementedType", in.classes.not_implemented);
  alias("DynamicClassAttribute", in.classes.property);
  alias("GenericAlias", in.classes.generic_alias);
  alias("UnionType", in.classes.union_type);
  for (const char* name : {"CoroutineType", "AsyncGeneratorType", "FrameType", "TracebackType", "GetSetDescriptorType",
                           "MemberDescriptorType"}) {
    alias(name, in.make_class(name, {in.classes.object}));
  }
  alias("CodeType", in.classes.code);
  in.static_method(in.classes.method, "__new__", method_new);
  in.static_method(in.classes.function, "__new__", function_new);
  in.static_method(in.classes.module, "__new__", module_new);
  in.method(in.classes.module, "__init__", module_init);
  in.static_method(in.classes.generic_alias, "__new__", alias_new);
  Class* simple = in.make_class("SimpleNamespace", {in.classes.object});
  in.method(simple, "__init__", namespace_init);
  in.method(simple, "__repr__", namespace_repr);
  in.method(simple, "__eq__", namespace_equal);
  alias("SimpleNamespace", simple);
  define_lazy(in, module, "MappingProxyType", "_collections", "mappingproxy");
  in.define(module, "new_class", new_class);
  in.define(module, "coroutine", return_first);
  in.define(module, "resolve_bases", return_first);
  in.define(module, "get_original_bases", original_bases);
}

}  // namespace ckptlint::python
