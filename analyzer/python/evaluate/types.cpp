// Types of values, and what a class has along its MRO.
#include "python/evaluate/impl.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {

Class* Interpreter::type_of(const Value& value) {
  if (value.is(Kind::kInstance)) return value.as<Instance>()->type;
  const TypeSlots& slots = slots_of(*this, value);
  return slots.type_of != nullptr ? slots.type_of(*this, value) : classes.*slots.type;
}

namespace {

Value* find_along_mro(const Class* type, const Str* name) {
  for (const Class* each : type->mro) {
    if (Value* found = dict_find(each->attributes, name)) return found;
  }
  return nullptr;
}

// Along the classes that follow `after`; `behind`: whether it was met.
Value* find_behind(const Class* type, const Class* after, const Str* name, bool& behind) {
  for (const Class* each : type->mro) {
    if (behind) {
      if (Value* found = dict_find(each->attributes, name)) return found;
    }
    behind |= each == after;
  }
  return nullptr;
}

}  // namespace

Value* Interpreter::class_lookup(Class* type, Str* name) {
  return impl->kept_lookup(type, nullptr, name, [&] { return find_along_mro(type, name); });
}

Value Interpreter::class_lookup_after(Class* type, Class* after, Str* name) {
  const Value* found = impl->kept_lookup(type, after, name, [&]() -> Value* {
    bool behind = false;
    if (Value* own = find_behind(type, after, name, behind)) return own;
    const bool in_metaclass = !behind && type->metaclass != nullptr;  // super() in one
    return in_metaclass ? find_behind(type->metaclass, after, name, behind) : nullptr;
  });
  return found == nullptr ? Value{} : *found;
}

bool Interpreter::is_subclass(const Class* type, const Class* base) const {
  for (const Class* each : type->mro) {
    if (each == base) return true;
  }
  return false;
}

bool Interpreter::is_instance(const Value& value, const Value& type) {
  if (type.is(Kind::kTuple)) {
    for (const Value& each : *type.as<Tuple>()) {
      if (is_instance(value, each)) return true;
    }
    return false;
  }
  if (type.is_none()) return value.is_none();
  if (type.is(Kind::kInstance)) {  // a union of types, or an alias
    if (Value* custom = class_lookup(type.as<Instance>()->type, sym.__instancecheck__)) {
      return truth(call(*custom, {type, value})) == Truth::kTrue;
    }
    Value members;
    if (find_attribute(type, sym.__args__, members) && members.is(Kind::kTuple)) return is_instance(value, members);
    return false;
  }
  if (!type.is(Kind::kClass) || value.unknown()) return false;
  Class* wanted = type.as<Class>();
  if (wanted->metaclass != nullptr) {
    Value* custom = class_lookup(wanted->metaclass, sym.__instancecheck__);
    if (custom != nullptr && (custom->is(Kind::kFunction) || custom->is(Kind::kNative)))
      return truth(call(*custom, {type, value})) == Truth::kTrue;
  }
  if (is_subclass(type_of(value), wanted)) return true;
  if (!value.is(Kind::kInstance)) return false;
  const Value* own = class_lookup(type_of(value), sym.__class__);  // of what stands for another object
  if (own == nullptr || !own->is(Kind::kProperty)) return false;
  const Value told = bind_to(*own, value, type_of(value));
  return told.is(Kind::kClass) && is_subclass(told.as<Class>(), wanted);
}

}  // namespace ckptlint::python
