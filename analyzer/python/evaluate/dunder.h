// Special methods: those that operators and protocols look up on the class of a value.
#pragma once

#include <initializer_list>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Evaluated code may have its own say for this value: an instance, or a class whose metaclass has methods.
inline bool has_protocol(const Value& value) {
  return value.kind == Kind::kInstance || (value.kind == Kind::kClass && value.as<Class>()->metaclass != nullptr);
}

// The special method as it is found on the class, or null.
inline const Value* find_dunder(Interpreter& in, const Value& object, Str* name) {
  if (!has_protocol(object)) return nullptr;
  Class* type = object.is(Kind::kInstance) ? object.as<Instance>()->type : object.as<Class>()->metaclass;
  return in.class_lookup(type, name);
}

// The class of this instance has a base that is not known, which may define any special method.
inline bool may_have_dunder(const Value& object) {
  return object.is(Kind::kInstance) && object.as<Instance>()->type->has_unknown_base;
}

// Calls what find_dunder found.
Value call_dunder(Interpreter& in, const Value& found, const Value& object, std::initializer_list<Value> arguments);

// object.name(arguments); kMissing where the class has no such method (or None in its place).
Value try_dunder(Interpreter& in, const Value& object, Str* name, std::initializer_list<Value> arguments = {});

}  // namespace ckptlint::python
