// What is found on a class and answers for itself: property, classmethod, staticmethod; and super().
#include <fmt/format.h>

#include "python/evaluate/impl.h"
#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

bool find_on_property(Interpreter& in, const Value& object, Str* name, Value& out) {
  const auto* property = object.as<Property>();
  if (name == in.sym.fget) return out = property->getter, true;
  if (name == in.sym.fset) return out = property->setter.missing() ? Value::none() : property->setter, true;
  if (name == in.sym.__doc__) {
    const auto& docs = in.impl->property_docs;
    if (const auto own = docs.find(property); own != docs.end()) return out = own->second, true;
    if (!property->getter.is(Kind::kFunction)) return out = Value::none(), true;
    return in.find_attribute(property->getter, name, out);
  }
  return find_by_class(in, object, name, out);
}

template <typename Wrapper>
bool find_on_wrapper(Interpreter& in, const Value& object, Str* name, Value& out) {
  if (name->view() == "__func__" || name == in.sym.__wrapped__) return out = object.as<Wrapper>()->function, true;
  return find_by_class(in, object, name, out);
}

void set_nothing(Interpreter&, const Value&, Str*, const Value&) {}

void set_on_property(Interpreter& in, const Value& object, Str* name, const Value& value) {
  if (name == in.sym.__doc__) in.impl->property_docs.insert_or_assign(object.object, value);
}

bool find_on_super(Interpreter& in, const Value& object, Str* name, Value& out) {
  Super* super = object.as<Super>();
  Value receiver = super->receiver;
  bool of_class = receiver.is(Kind::kClass);
  Class* type = of_class ? receiver.as<Class>() : in.type_of(receiver);
  if (name == in.sym.__class__) return out = Value::of(in.classes.super), true;
  Value found = in.class_lookup_after(type, super->after, name);
  if (found.missing()) {
    if (type->layout == Layout::kModule && receiver.is(Kind::kInstance) && in.hooks.module_find != nullptr &&
        in.hooks.module_find(in, receiver.as<ModuleInstance>(), name, out)) {
      return true;
    }
    if (type->has_unknown_base) {
      out = in.unknown(
          fmt::format("super().{} of {}, which has a base class that is not known", name->view(), type->name->view()));
      return true;
    }
    return false;
  }
  if (!of_class) return out = in.bind_to(found, receiver, type), true;
  // On a class: functions stay as they are, as in super().__new__(cls); class methods bind to it.  A method of the
  // metaclass is reached through an instance of it, which a class is.
  bool meta = false;
  for (Class* each : type->mro) meta |= each == super->after;
  if (!meta && type->metaclass != nullptr) return out = in.bind_to(found, receiver, type->metaclass), true;
  if (found.is(Kind::kClassMethod) || found.is(Kind::kStaticMethod))
    return out = in.bind_to(found, Value::none(), type), true;
  out = found;
  return true;
}

void repr_property(Printer& printer, const Value&) { printer.out += "<property object at 0x0>"; }
void repr_class_method(Printer& printer, const Value&) { printer.out += "<classmethod object at 0x0>"; }
void repr_static_method(Printer& printer, const Value&) { printer.out += "<staticmethod object at 0x0>"; }
void repr_super(Printer& printer, const Value&) { printer.out += "<super object>"; }

template <Value Property::*part>
Value property_part(Interpreter&, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  const Value& value = unwrap(self).as<Property>()->*part;
  return value.missing() ? Value::none() : value;
}

Value property_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, fget, fset, fdel, doc] = bind<"cls, fget=, fset=, fdel=, doc=">(in, "property", arguments);
  auto* made = in.arena.make<Property>();
  made->kind = Kind::kProperty;
  made->getter = fget.is_none() ? Value{} : fget;
  made->setter = fset.is_none() ? Value{} : fset;
  made->deleter = fdel.is_none() ? Value{} : fdel;
  if (!doc.missing() && !doc.is_none()) in.impl->property_docs.emplace(made, doc);
  return as_instance_of(in, cls, in.classes.property, Value::of(made));
}

// @x.setter and its like: a copy with one part replaced.
Value property_with(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, function] = method_arguments<"self, function">(in, "property", arguments);
  const auto* self = receiver<Property>(in, arguments, Kind::kProperty, "property");
  auto* made = in.arena.make<Property>(*self);
  if (const auto told = in.impl->property_docs.find(self); told != in.impl->property_docs.end())
    in.impl->property_docs.emplace(made, told->second);
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

}  // namespace

constinit const TypeSlots kPropertySlots = {.type = &Interpreter::Classes::property,
                                            .find_attribute = find_on_property,
                                            .set_attribute = set_on_property,
                                            .repr = repr_property};
constinit const TypeSlots kClassMethodSlots = {.type = &Interpreter::Classes::classmethod,
                                               .find_attribute = find_on_wrapper<ClassMethod>,
                                               .set_attribute = set_nothing,
                                               .repr = repr_class_method};
constinit const TypeSlots kStaticMethodSlots = {.type = &Interpreter::Classes::staticmethod,
                                                .find_attribute = find_on_wrapper<StaticMethod>,
                                                .set_attribute = set_nothing,
                                                .repr = repr_static_method};
constinit const TypeSlots kSuperSlots = {
    .type = &Interpreter::Classes::super, .find_attribute = find_on_super, .repr = repr_super};

void fill_descriptors(Interpreter& in) {
  auto& c = in.classes;
  in.static_method(c.property, "__new__", property_new);
  in.property(c.property, "fget", property_part<&Property::getter>);
  in.property(c.property, "fset", property_part<&Property::setter>);
  in.property(c.property, "fdel", property_part<&Property::deleter>);
  in.method(c.property, "__init__", give_none);
  in.method(c.property, "getter", property_with, Value::of(0));
  in.method(c.property, "setter", property_with, Value::of(1));
  in.method(c.property, "deleter", property_with, Value::of(2));
  add_methods(in, c.property, {{"__get__", property_get}, {"__set__", property_set}});
  in.static_method(c.classmethod, "__new__", wrapper_new<ClassMethod, Kind::kClassMethod>);
  in.static_method(c.staticmethod, "__new__", wrapper_new<StaticMethod, Kind::kStaticMethod>);
  for (Class* type : {c.classmethod, c.staticmethod}) {
    in.method(type, "__init__", give_none);
    in.method(type, "__get__", function_get);
  }
}

}  // namespace ckptlint::python
