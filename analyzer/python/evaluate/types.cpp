// Types of values, and what a class has along its MRO.
#include "python/evaluate/impl.h"

namespace ckptlint::python {

Class* Interpreter::type_of(const Value& value) {
  switch (value.kind) {
    case Kind::kMissing:
    case Kind::kNone:
      return classes.none;
    case Kind::kBool:
      return classes.boolean;
    case Kind::kInt:
    case Kind::kBigInt:
      return classes.integer;
    case Kind::kFloat:
      return classes.real;
    case Kind::kEllipsis:
      return classes.ellipsis;
    case Kind::kNotImplemented:
      return classes.not_implemented;
    case Kind::kStr:
      return classes.str;
    case Kind::kBytes:
      return classes.bytes;
    case Kind::kTuple:
      return value.as<Tuple>()->is_size && classes.size != nullptr ? classes.size : classes.tuple;
    case Kind::kList:
      return classes.list;
    case Kind::kDict: {
      Dict* dict = value.as<Dict>();
      if (dict->ordered) return classes.ordered_dict;
      return dict->counter ? classes.counter : dict->default_factory != nullptr ? classes.default_dict : classes.dict;
    }
    case Kind::kSet:
      return value.as<Set>()->frozen ? classes.frozenset : classes.set;
    case Kind::kDictView:
      return classes.dict_view;
    case Kind::kRange:
      return classes.range;
    case Kind::kSlice:
      return classes.slice;
    case Kind::kIterator:
      return classes.iterator;
    case Kind::kFunction:
      return classes.function;
    case Kind::kNative:
      return classes.native;
    case Kind::kBoundMethod:
      return classes.method;
    case Kind::kClass:
      return value.as<Class>()->metaclass != nullptr ? value.as<Class>()->metaclass : classes.type;
    case Kind::kInstance:
      return value.as<Instance>()->type;
    case Kind::kSuper:
      return classes.super;
    case Kind::kProperty:
      return classes.property;
    case Kind::kClassMethod:
      return classes.classmethod;
    case Kind::kStaticMethod:
      return classes.staticmethod;
    case Kind::kModule:
    case Kind::kLazyImport:
      return classes.module;
    case Kind::kTensor:
      return value.as<Tensor>()->type != nullptr ? value.as<Tensor>()->type : classes.tensor;
    case Kind::kDtype:
      return classes.dtype;
    case Kind::kDevice:
      return classes.device;
    case Kind::kUnknown:
      return classes.unknown;
  }
  return classes.object;
}

namespace {

Value* find_along_mro(const Class* type, const Str* name) {
  for (const Class* each : type->mro) {
    if (Value* found = dict_find(each->attributes, name)) return found;
  }
  return nullptr;
}

}  // namespace

Value* Interpreter::class_lookup(Class* type, Str* name) {
  Impl::Lookup& last = impl->lookup_of(type, name);
  if (last.type != type || last.name != name || last.epoch != impl->class_epoch)
    last = {type, name, find_along_mro(type, name), impl->class_epoch};
  return last.found;
}

Value Interpreter::class_lookup_after(Class* type, Class* after, Str* name) {
  bool behind = false;
  for (Class* each : type->mro) {
    if (behind) {
      if (Value* found = dict_find(each->attributes, name)) return *found;
    }
    behind |= each == after;
  }
  if (behind || type->metaclass == nullptr) return {};
  for (Class* each : type->metaclass->mro) {  // super() in a metaclass
    if (behind) {
      if (Value* found = dict_find(each->attributes, name)) return *found;
    }
    behind |= each == after;
  }
  return {};
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
  return is_subclass(type_of(value), wanted);
}

}  // namespace ckptlint::python
