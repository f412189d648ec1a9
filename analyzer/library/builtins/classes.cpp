// The builtin classes, and what every object and class can do.
#include <fmt/format.h>

#include "library/builtins/attribute_name.h"
#include "library/builtins/builtins.h"
#include "library/builtins/install.h"
#include "library/builtins/methods.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// ---- object

Value object_new(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!arguments[0].is(Kind::kClass)) {
    if (arguments[0].unknown()) return arguments[0];
    in.raise_type_error("object.__new__(X): X is not a type object");
  }
  return Value::of(in.instance(arguments[0].as<Class>()));
}
Value nothing(Interpreter&, const Arguments&, const Value&) { return Value::none(); }

// A subclass that overrides nothing has nothing to take arguments.
Value object_init(Interpreter& in, const Arguments& arguments, const Value&) {
  if (arguments.count > 1 || arguments.keyword_count != 0) {
    const Value& self = arguments.positional[0];
    const bool excess = self.is(Kind::kInstance) && self.as<Instance>()->type->layout != Layout::kException &&
                        !self.as<Instance>()->type->has_unknown_base;
    if (excess) {
      in.raise_type_error("object.__init__() takes exactly one argument (the instance to initialize)");
    }
  }
  return Value::none();
}

Value object_getattribute(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name] = method_arguments<"self, name">(in, "__getattribute__", arguments);
  Str* name = attribute_name(in, given_name);
  Value out;
  if (in.generic_find(self, name, out)) return out;
  in.raise(in.exception("AttributeError"),
           fmt::format("'{}' object has no attribute '{}'", in.type_name(self), name->view()));
}
Value object_setattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name, value] = method_arguments<"self, name, value">(in, "__setattr__", arguments);
  Str* name = attribute_name(in, given_name);
  if (self.is(Kind::kInstance)) {
    in.generic_set(self, name, value);
  } else {
    in.set_attribute(self, name, value);
  }
  return Value::none();
}
Value object_delattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name] = method_arguments<"self, name">(in, "__delattr__", arguments);
  Str* name = attribute_name(in, given_name);
  if (self.is(Kind::kInstance)) {
    in.generic_delete(self, name);
  } else {
    in.delete_attribute(self, name);
  }
  return Value::none();
}

Value object_eq(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = method_arguments<"self, other">(in, "__eq__", arguments);
  return self.same(other) ? Value::of(true) : Value{Kind::kNotImplemented, {}};
}
Value object_ne(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = method_arguments<"self, other">(in, "__ne__", arguments);
  const Truth equal = in.equality(self, other);
  return equal == Truth::kUnknown ? in.unknown("a comparison of values that are not known")
                                  : Value::of(equal == Truth::kFalse);
}
// The identity's number: whatever __hash__ the class may have defined is what called this.
Value object_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  return arguments[0].is(Kind::kInstance) ? Value::of(arguments[0].integer >> 4) : hash_of(in, arguments[0]);
}
Value object_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value& self = arguments.positional[0];
  if (!self.is(Kind::kInstance)) return in.repr_value(self);
  const Class* type = self.as<Instance>()->type;
  std::string module;
  if (type->module != nullptr) module = std::string(type->module->name->view()) + ".";
  return in.string(fmt::format("<{}{} object at 0x0>", module,
                               (type->qualified_name != nullptr ? type->qualified_name : type->name)->view()));
}
Value object_str(Interpreter& in, const Arguments& arguments, const Value&) { return in.repr_value(arguments[0]); }
Value object_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, format_spec] = method_arguments<"self, format_spec">(in, "__format__", arguments);
  const std::string_view spec = text_argument(in, format_spec, "__format__() argument");
  if (spec.empty()) return in.str_value(self);
  in.raise_type_error(fmt::format("unsupported format string passed to {}.__format__", in.type_name(self)));
}
Value object_dir(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(*dict_find(in.builtins->attributes, in.intern("dir")), {arguments[0]});
}
Value object_reduce(Interpreter& in, const Arguments&, const Value&) {
  return in.unknown("the pickled form of an object");
}
Value not_implemented(Interpreter&, const Arguments&, const Value&) { return {Kind::kNotImplemented, {}}; }

void fill_object(Interpreter& in) {
  Class* object = in.classes.object;
  in.static_method(object, "__new__", object_new);
  in.class_method(object, "__init_subclass__", nothing);
  in.class_method(object, "__subclasshook__", not_implemented);
  add_methods(in, object,
              {{"__init__", object_init},
               {"__getattribute__", known_receiver<object_getattribute>},
               {"__setattr__", known_receiver<object_setattr>},
               {"__delattr__", known_receiver<object_delattr>},
               {"__eq__", known_receiver<object_eq>},
               {"__ne__", known_receiver<object_ne>},
               {"__hash__", known_receiver<object_hash>},
               {"__repr__", known_receiver<object_repr>},
               {"__str__", known_receiver<object_str>},
               {"__format__", spread<object_format>},
               {"__dir__", known_receiver<object_dir>},
               {"__reduce__", object_reduce},
               {"__reduce_ex__", object_reduce},
               {"__getstate__", object_reduce},
               {"__sizeof__", object_reduce}});
}

// ---- type

Value type_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, name, bases, attributes] = by_position<"cls, name, bases=, dict=">(arguments);
  if (const Value unknown = unknown_among({arguments.positional, arguments.count}); !unknown.missing()) return unknown;
  if (arguments.count == 2) return Value::of(in.type_of(name));
  if (arguments.count != 4) in.raise_type_error("type() takes 1 or 3 arguments");
  if (as_text(name) == nullptr) {
    in.raise_type_error(fmt::format("type.__new__() argument 1 must be str, not {}", in.type_name(name)));
  }
  const Value& body = unwrap(attributes);
  if (!body.is(Kind::kDict)) {
    in.raise_type_error(fmt::format("type.__new__() argument 3 must be dict, not {}", in.type_name(attributes)));
  }
  Class* meta = cls.is(Kind::kClass) ? cls.as<Class>() : in.classes.type;
  return in.make_class_from_parts(meta, in.intern(as_text(name)->view()), bases, dict_copy(in.arena, body.as<Dict>()),
                                  arguments.keywords, arguments.keyword_count);
}

// type.__call__: what calling a class does, past the metaclass's own __call__.
Value type_call(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!arguments[0].is(Kind::kClass)) in.raise_type_error("descriptor '__call__' requires a 'type' object");
  Class* type = arguments[0].as<Class>();
  const Arguments rest{arguments.positional + 1, arguments.count - 1, arguments.keywords, arguments.keyword_count};
  return in.make_instance(type, rest);
}

Class* class_receiver(Interpreter& in, const Arguments& arguments) {
  if (!arguments[0].is(Kind::kClass)) in.raise_type_error("descriptor requires a 'type' object");
  return arguments[0].as<Class>();
}

Value type_mro(Interpreter& in, const Arguments& arguments, const Value&) {
  const Class* type = class_receiver(in, arguments);
  List* made = in.list();
  for (Class* each : type->mro) made->items.push(in.arena, Value::of(each));
  return Value::of(made);
}
Value type_instancecheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, instance] = method_arguments<"cls, instance">(in, "__instancecheck__", arguments);
  if (instance.unknown()) return instance;
  return Value::of(in.is_subclass(in.type_of(instance), class_receiver(in, arguments)));
}
Value type_subclasscheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, subclass] = method_arguments<"cls, subclass">(in, "__subclasscheck__", arguments);
  if (subclass.unknown()) return subclass;
  return Value::of(subclass.is(Kind::kClass) && in.is_subclass(subclass.as<Class>(), class_receiver(in, arguments)));
}
Value type_prepare(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.dict()); }
Value type_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Class* type = class_receiver(in, arguments);
  std::string module;
  if (type->module != nullptr && type->module->name->view() != "builtins")
    module = std::string(type->module->name->view()) + ".";
  return in.string(fmt::format("<class '{}{}'>", module,
                               (type->qualified_name != nullptr ? type->qualified_name : type->name)->view()));
}

void fill_type(Interpreter& in) {
  Class* type = in.classes.type;
  in.static_method(type, "__new__", type_new);
  in.class_method(type, "__prepare__", type_prepare);
  add_methods(in, type,
              {{"__init__", nothing},
               {"__call__", known_receiver<type_call>},
               {"mro", known_receiver<type_mro>},
               {"__instancecheck__", known_receiver<type_instancecheck>},
               {"__subclasscheck__", known_receiver<type_subclasscheck>},
               {"__repr__", known_receiver<type_repr>}});
}

// ---- property, classmethod, staticmethod

template <Value Property::*part>
Value property_part(Interpreter&, const Arguments& arguments, const Value&) {
  const Value& value = unwrap(arguments[0]).as<Property>()->*part;
  return value.missing() ? Value::none() : value;
}

Value property_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, fget, fset, fdel, doc] = bind<"cls, fget=, fset=, fdel=, doc=">(in, "property", arguments);
  auto* made = in.arena.make<Property>();
  made->kind = Kind::kProperty;
  made->getter = fget.is_none() ? Value{} : fget;
  made->setter = fset.is_none() ? Value{} : fset;
  made->deleter = fdel.is_none() ? Value{} : fdel;
  return as_instance_of(in, cls, in.classes.property, Value::of(made));
}

// @x.setter and its like: a copy with one part replaced.
Value property_with(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, function] = method_arguments<"self, function">(in, "property", arguments);
  const auto* self = receiver<Property>(in, arguments, Kind::kProperty, "property");
  auto* made = in.arena.make<Property>(*self);
  (data.integer == 0 ? made->getter : data.integer == 1 ? made->setter : made->deleter) = function;
  return Value::of(made);
}

Value property_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, instance] = by_position<"self, instance=">(arguments);
  const Value& self = receiver_of(in, arguments, Kind::kProperty, "property");
  if (instance.missing() || instance.is_none()) return self;
  return in.bind_to(self, instance, in.type_of(instance));
}
Value property_set(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, instance, value] = method_arguments<"self, instance, value">(in, "__set__", arguments);
  const auto* self = receiver<Property>(in, arguments, Kind::kProperty, "property");
  if (self->setter.missing()) in.raise(in.exception("AttributeError"), "property has no setter");
  in.call(self->setter, {instance, value});
  return Value::none();
}

template <typename Wrapper, Kind kind>
Value wrapper_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, function] =
      method_arguments<"cls, function">(in, kind == Kind::kClassMethod ? "classmethod" : "staticmethod", arguments);
  if (function.unknown()) return function;
  auto* made = in.arena.make<Wrapper>();
  made->kind = kind;
  made->function = function;
  return Value::of(made);
}

// f.__get__(instance, owner): binding by hand.
Value function_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, instance, owner] = method_arguments<"self, instance, owner=">(in, "__get__", arguments);
  const bool on_class = instance.is_none();
  if (on_class && !self.is(Kind::kClassMethod) && !self.is(Kind::kStaticMethod)) return self;
  Class* type = owner.is(Kind::kClass) ? owner.as<Class>() : in.type_of(instance);
  return in.bind_to(self, instance, type);
}
Value function_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const Arguments rest{arguments.positional + 1, arguments.count - 1, arguments.keywords, arguments.keyword_count};
  return in.call(arguments[0], rest);
}

void fill_descriptors(Interpreter& in) {
  auto& c = in.classes;
  in.static_method(c.property, "__new__", property_new);
  in.property(c.property, "fget", property_part<&Property::getter>);
  in.property(c.property, "fset", property_part<&Property::setter>);
  in.property(c.property, "fdel", property_part<&Property::deleter>);
  in.method(c.property, "__init__", nothing);
  in.method(c.property, "getter", property_with, Value::of(0));
  in.method(c.property, "setter", property_with, Value::of(1));
  in.method(c.property, "deleter", property_with, Value::of(2));
  add_methods(in, c.property, {{"__get__", property_get}, {"__set__", property_set}});
  in.static_method(c.classmethod, "__new__", wrapper_new<ClassMethod, Kind::kClassMethod>);
  in.static_method(c.staticmethod, "__new__", wrapper_new<StaticMethod, Kind::kStaticMethod>);
  for (Class* type : {c.classmethod, c.staticmethod}) {
    in.method(type, "__init__", nothing);
    in.method(type, "__get__", function_get);
  }
  for (Class* type : {c.function, c.native, c.method}) {
    in.method(type, "__get__", function_get);
    in.method(type, "__call__", function_call);
  }
}

// ---- singletons

Value only_one(Interpreter&, const Arguments&, const Value& data) { return data; }
Value always_false(Interpreter&, const Arguments&, const Value&) { return Value::of(false); }

void make_classes(Interpreter& in) {
  auto& c = in.classes;
  c.object = in.make_class("object", {});
  c.type = in.make_class("type", {c.object});
  c.none = in.make_class("NoneType", {c.object});
  c.integer = in.make_class("int", {c.object}, Layout::kInt);
  c.boolean = in.make_class("bool", {c.integer});
  c.real = in.make_class("float", {c.object}, Layout::kFloat);
  c.complex = in.make_class("complex", {c.object});
  c.ellipsis = in.make_class("ellipsis", {c.object});
  c.not_implemented = in.make_class("NotImplementedType", {c.object});
  c.str = in.make_class("str", {c.object}, Layout::kStr);
  c.bytes = in.make_class("bytes", {c.object}, Layout::kStr);
  c.tuple = in.make_class("tuple", {c.object}, Layout::kTuple);
  c.list = in.make_class("list", {c.object}, Layout::kList);
  c.dict = in.make_class("dict", {c.object}, Layout::kDict);
  c.set = in.make_class("set", {c.object}, Layout::kSet);
  c.frozenset = in.make_class("frozenset", {c.object}, Layout::kSet);
  c.range = in.make_class("range", {c.object});
  c.slice = in.make_class("slice", {c.object});
  c.iterator = in.make_class("iterator", {c.object});
  c.function = in.make_class("function", {c.object});
  c.native = in.make_class("builtin_function_or_method", {c.object});
  c.method = in.make_class("method", {c.object});
  c.super = in.make_class("super", {c.object});
  c.property = in.make_class("property", {c.object});
  c.classmethod = in.make_class("classmethod", {c.object});
  c.staticmethod = in.make_class("staticmethod", {c.object});
  c.module = in.make_class("module", {c.object});
  c.unknown = in.make_class("unknown", {c.object});
  c.dict_view = in.make_class("dict_view", {c.object});
  // collections refines these; a dict of that kind needs its class before.
  c.ordered_dict = in.make_class("OrderedDict", {c.dict});
  c.default_dict = in.make_class("defaultdict", {c.dict});
  c.counter = in.make_class("Counter", {c.dict});
}

void fill_singletons(Interpreter& in) {
  auto& c = in.classes;
  in.static_method(c.none, "__new__", only_one, Value::none());
  in.method(c.none, "__bool__", always_false);
  in.static_method(c.ellipsis, "__new__", only_one, Value{Kind::kEllipsis, {}});
  in.static_method(c.not_implemented, "__new__", only_one, Value{Kind::kNotImplemented, {}});
}

}  // namespace

void install_builtins(Interpreter& in) {
  make_classes(in);
  Module* builtins = in.builtins = in.native_module("builtins", false);
  fill_object(in);
  fill_type(in);
  fill_descriptors(in);
  fill_singletons(in);
  auto& c = in.classes;
  for (Class* type :
       {c.object, c.type, c.integer, c.boolean, c.real, c.complex, c.str, c.bytes, c.tuple, c.list, c.dict, c.set,
        c.frozenset, c.range, c.slice, c.super, c.property, c.classmethod, c.staticmethod}) {
    in.define(builtins, type->name->view(), Value::of(type));
  }
  in.define(builtins, "None", Value::none());
  in.define(builtins, "True", Value::of(true));
  in.define(builtins, "False", Value::of(false));
  in.define(builtins, "Ellipsis", Value{Kind::kEllipsis, {}});
  in.define(builtins, "NotImplemented", Value{Kind::kNotImplemented, {}});
  in.define(builtins, "__debug__", Value::of(true));
  fill_exceptions(in);
  fill_functions(in);
  fill_reflection(in);
  fill_iterators(in);
  fill_numbers(in);
  fill_text(in);
  fill_bytes(in);
  fill_sequences(in);
  fill_dicts(in);
  fill_sets(in);
}

}  // namespace ckptlint::python
