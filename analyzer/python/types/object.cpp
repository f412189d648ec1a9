// object: what every class inherits.
#include <fmt/format.h>

#include <algorithm>

#include "python/evaluate/hashing.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/type_slots.h"
#include "python/types/attribute_name.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// Whether instances of a class are more than an object with attributes, which the __new__ of a builtin makes.
bool has_builtin_part(const Interpreter& in, const Class* type) {
  return std::any_of(type->mro.begin(), type->mro.end(), [&](const Class* each) {
    return each->native && each->layout != Layout::kPlain && each->layout != Layout::kModule &&
           dict_find(each->attributes, in.sym.__new__) != nullptr;
  });
}

Value object_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls] = by_position<"cls">(arguments);
  if (cls.unknown()) return cls;
  if (!cls.is(Kind::kClass))
    in.raise_type_error(fmt::format("object.__new__(X): X is not a type object ({})", in.type_name(cls)));
  auto* type = cls.as<Class>();
  refuse_abstract(in, type);
  if (has_builtin_part(in, type))
    in.raise_type_error(fmt::format("object.__new__({0}) is not safe, use {0}.__new__()", type->name->view()));
  return Value::of(in.instance(type));
}

// A subclass that overrides nothing has nothing to take arguments.
Value object_init(Interpreter& in, const Arguments& arguments, const Value&) {
  if (arguments.count > 1 || arguments.keyword_count != 0) {
    const auto [self] = by_position<"self">(arguments);
    const bool excess = self.is(Kind::kInstance) && self.as<Instance>()->type->layout != Layout::kException &&
                        !self.as<Instance>()->type->has_unknown_base;
    if (excess) {
      in.raise_type_error("object.__init__() takes exactly one argument (the instance to initialize)");
    }
  }
  return Value::none();
}

[[noreturn]] void raise_no_attribute(Interpreter& in, const Value& object, const Str* name) {
  in.raise(in.exception("AttributeError"),
           fmt::format("'{}' object has no attribute '{}'", in.type_name(object), name->view()));
}

Value object_getattribute(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name] = method_arguments<"self, name">(in, "__getattribute__", arguments);
  Str* name = attribute_name(in, given_name);
  Value out;
  if (in.generic_find(self, name, out)) return out;
  raise_no_attribute(in, self, name);
}
Value object_setattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name, value] = method_arguments<"self, name, value">(in, "__setattr__", arguments);
  Str* name = attribute_name(in, given_name);
  if (self.is(Kind::kInstance)) {
    in.plain_set(self, name, value);
  } else {
    const auto set = slots_of(in, self).set_attribute;
    if (set == nullptr) in.set_attribute(self, name, value);  // raises
    set(in, self, name, value);
  }
  return Value::none();
}
Value object_delattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name] = method_arguments<"self, name">(in, "__delattr__", arguments);
  Str* name = attribute_name(in, given_name);
  if (self.is(Kind::kInstance)) {
    in.generic_delete(self, name);
  } else if (const auto remove = slots_of(in, self).delete_attribute) {
    remove(in, self, name);
  } else {
    raise_no_attribute(in, self, name);
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
  const auto [self] = by_position<"self">(arguments);
  return self.is(Kind::kInstance) ? Value::of(self.integer >> 4) : hash_of(in, self);
}
Value object_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  if (!self.is(Kind::kInstance)) return in.repr_value(self);
  const Class* type = self.as<Instance>()->type;
  std::string module;
  if (type->module != nullptr) module = std::string(type->module->name->view()) + ".";
  return in.string(fmt::format("<{}{} object at 0x0>", module,
                               (type->qualified_name != nullptr ? type->qualified_name : type->name)->view()));
}
Value object_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  return in.repr_value(self);
}
Value object_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, format_spec] = method_arguments<"self, format_spec">(in, "__format__", arguments);
  const std::string_view spec = text_argument(in, format_spec, "__format__() argument");
  if (spec.empty()) return in.str_value(self);
  in.raise_type_error(fmt::format("unsupported format string passed to {}.__format__", in.type_name(self)));
}
Value object_dir(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  return in.call(*dict_find(in.builtins->attributes, in.intern("dir")), {self});
}
Value object_reduce(Interpreter& in, const Arguments&, const Value&) {
  return in.unknown("the pickled form of an object");
}
// Of plain values nothing, of a plain instance what is in its __dict__; of others the pickled form, too.
Value object_getstate(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self] = by_position<"self">(arguments);
  switch (self.kind) {
    case Kind::kNone:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
    case Kind::kStr:
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict:
    case Kind::kSet:
      return Value::none();
    default:
      break;
  }
  const Class* type = self.is(Kind::kInstance) ? self.as<Instance>()->type : nullptr;
  if (type == nullptr || type->layout != Layout::kPlain || type->slotted) return object_reduce(in, arguments, data);
  const Dict* attributes = self.as<Instance>()->attributes;
  if (attributes == nullptr || attributes->live == 0) return Value::none();
  Dict* copy = in.dict();
  for (const Dict::Entry& each : attributes->entries) {
    if (!each.key.missing()) in.set_item(Value::of(copy), each.key, each.value);
  }
  return Value::of(copy);
}
Value no_answer(Interpreter&, const Arguments&, const Value&) { return not_implemented(); }

}  // namespace

void fill_object(Interpreter& in) {
  Class* object = in.classes.object;
  object->slotted = true;
  in.static_method(object, "__new__", object_new);
  in.class_method(object, "__init_subclass__", give_none);
  in.class_method(object, "__subclasshook__", no_answer);
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
               {"__getstate__", known_receiver<object_getstate>},
               {"__sizeof__", object_reduce}});
}

}  // namespace ckptlint::python
