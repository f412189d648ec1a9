// Reading, setting and deleting attributes: descriptors, __getattr__ and what instances have.
#include <fmt/format.h>

#include <algorithm>

#include "python/evaluate/impl.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {
namespace {

Dict* attributes_of(Interpreter& in, Instance* instance) {
  if (instance->attributes == nullptr) instance->attributes = in.dict();
  return instance->attributes;
}

// __setattr__ or __delattr__ of evaluated code, for the attributes of a class; null where there is none.
const Value* method_of_metaclass(Interpreter& in, const Value& object, Str* name) {
  Class* metaclass = object.is(Kind::kClass) ? object.as<Class>()->metaclass : nullptr;
  const Value* found = metaclass == nullptr ? nullptr : in.class_lookup(metaclass, name);
  return found != nullptr && found->is(Kind::kFunction) ? found : nullptr;
}

bool is_own_of_object(Interpreter& in, const Value& found, Str* name) {
  Value* ordinary = in.class_lookup(in.classes.object, name);
  return ordinary != nullptr && ordinary->same(found);
}

// What a class has as __setattr__ or __delattr__ (null: nothing) is called: a function, or a method of another type as
// in `__setattr__ = dict.__setitem__`.
bool is_custom(Interpreter& in, const Value& object, const Value* found, Str* name) {
  if (found == nullptr) return false;
  if (found->is(Kind::kFunction)) return true;
  return found->is(Kind::kNative) && object.as<Instance>()->type->layout != Layout::kModule &&
         !is_own_of_object(in, *found, name);
}

Value call_native_or_function(Interpreter& in, const Value& function, const Value& receiver, Str* name) {
  return in.call(function, {receiver, Value::of(name)});
}

// An attribute by an evaluated __getattribute__; false where it raises AttributeError.
bool find_by_function(Interpreter& in, Function* function, const Value& object, Str* name, Value& out) {
  try {
    while (true) {
      Delegation next;
      Value arguments[] = {object, Value::of(name)};
      out = call_function(in, function, {arguments, 2, nullptr, 0}, &next);
      if (next.name == nullptr) return true;
      name = next.name;
      if (!next.method.is(Kind::kFunction)) return in.generic_find(object, name, out);
      function = next.method.as<Function>();
    }
  } catch (const PyRaise& raised) {
    if (!matches_handler(in, raised.exception, Value::of(in.exception("AttributeError")))) throw;
    return false;
  }
}

std::string no_attribute(Interpreter& in, const Value& object, Str* name) {
  return fmt::format("'{}' object has no attribute '{}'", in.type_name(object), name->view());
}

// What a class has under a name, bound to the instance.  False where a property raises AttributeError, which is
// `hidden` then, and the class has a __getattr__, which is asked then.
bool bind_or_fall_back(Interpreter& in, const Value& found, const Value& object, Class* type, bool generic_only,
                       Value& out, std::optional<PyRaise>& hidden) {
  if (!found.is(Kind::kProperty) || generic_only || in.class_lookup(type, in.sym.__getattr__) == nullptr)
    return out = in.bind_to(found, object, type), true;
  try {
    return out = in.bind_to(found, object, type), true;
  } catch (const PyRaise& raised) {
    if (!matches_handler(in, raised.exception, Value::of(in.exception("AttributeError")))) throw;
    hidden = raised;
    return false;
  }
}

// The last ones are kept: what is asked for is the cause of the exception that ends the evaluation.
constexpr std::size_t kMostHidden = 1024;

// What `find` finds; an exception that it ends in hides the other.
template <typename Find>
bool find_hiding(Interpreter& in, const PyRaise& hidden, const Find& find) {
  try {
    return find();
  } catch (const PyRaise& raised) {
    if (in.hidden_by.size() >= kMostHidden) in.hidden_by.clear();
    if (raised.exception.object != hidden.exception.object) in.hidden_by.emplace(raised.exception.object, hidden);
    throw;
  }
}

// What is asked of an instance that has no such attribute, nor its class.
bool find_otherwise(Interpreter& in, const Value& object, Str* name, Value& out, bool generic_only) {
  Instance* instance = object.as<Instance>();
  Class* type = instance->type;
  if (type->layout == Layout::kModule && in.hooks.module_find != nullptr &&
      in.hooks.module_find(in, static_cast<ModuleInstance*>(instance), name, out)) {
    return true;
  }
  if (name == in.sym.__doc__) return out = Value::none(), true;
  if (name == in.sym.__module__)
    return out = Value::of(type->module != nullptr ? type->module->name : in.intern("builtins")), true;
  if (!generic_only) {
    Value* custom = in.class_lookup(type, in.sym.__getattr__);
    if (custom != nullptr && custom->is(Kind::kFunction))
      return out = call_native_or_function(in, *custom, object, name), true;
    if (custom != nullptr && type->layout != Layout::kModule)
      return out = call_native_or_function(in, *custom, object, name), true;
  }
  if (instance->payload.is(Kind::kProperty)) return in.find_attribute(instance->payload, name, out);
  if (type->has_unknown_base) {
    out = in.unknown(fmt::format("{}.{}, whose class has a base that is not known", type->name->view(), name->view()));
    return true;
  }
  return false;
}

bool find_on_instance(Interpreter& in, const Value& object, Str* name, Value& out, bool generic_only) {
  Instance* instance = object.as<Instance>();
  Class* type = instance->type;
  if (!generic_only) {
    Value* custom = in.class_lookup(type, in.sym.__getattribute__);
    if (custom != nullptr && custom->is(Kind::kFunction)) {
      if (find_by_function(in, custom->as<Function>(), object, name, out)) return true;
      Value* fallback = in.class_lookup(type, in.sym.__getattr__);
      if (fallback == nullptr || fallback->is(Kind::kNative)) return false;
      out = call_native_or_function(in, *fallback, object, name);
      return true;
    }
  }
  if (name == in.sym.__class__) {
    const Value* own = in.class_lookup(type, name);
    return out = own != nullptr && own->is(Kind::kProperty) ? in.bind_to(*own, object, type) : Value::of(type), true;
  }
  if (name == in.sym.__dict__ && !type->slotted) {
    if (type->layout == Layout::kModule && in.hooks.module_dict != nullptr)
      return out = in.hooks.module_dict(in, static_cast<ModuleInstance*>(instance)), true;
    // `self.__dict__ = self` of a dict.
    if (instance->payload.is(Kind::kDict) && instance->payload.as<Dict>() == instance->attributes)
      return out = object, true;
    return out = Value::of(attributes_of(in, instance)), true;
  }
  Value* found = in.class_lookup(type, name);
  const bool data = found != nullptr && is_data_descriptor(in, *found);
  if (!data && instance->attributes != nullptr) {
    if (Value* own = dict_find(instance->attributes, name)) return out = *own, true;
  }
  std::optional<PyRaise> hidden;
  if (found != nullptr && bind_or_fall_back(in, *found, object, type, generic_only, out, hidden)) return true;
  if (!hidden) return find_otherwise(in, object, name, out, generic_only);
  return find_hiding(in, *hidden, [&] {
    if (find_otherwise(in, object, name, out, generic_only)) return true;
    in.raise(in.exception("AttributeError"), no_attribute(in, object, name));
  });
}

}  // namespace

bool is_data_descriptor(Interpreter& in, const Value& found) {
  if (found.is(Kind::kProperty)) return !found.as<Property>()->cached;
  if (found.is(Kind::kInstance)) return in.class_lookup(found.as<Instance>()->type, in.sym.__set__) != nullptr;
  return false;
}

Value Interpreter::bind_to(const Value& found, const Value& receiver, Class* type) {
  switch (found.kind) {
    case Kind::kNative:
      if (!found.as<Native>()->binds) return found;
      [[fallthrough]];
    case Kind::kFunction: {
      BoundMethod* method = arena.make<BoundMethod>();
      method->kind = Kind::kBoundMethod;
      method->receiver = receiver;
      method->function = found;
      return Value::of(method);
    }
    case Kind::kClassMethod: {
      const Value& function = found.as<ClassMethod>()->function;
      if (!function.is(Kind::kFunction) && !function.is(Kind::kNative)) return bind_to(function, Value::of(type), type);
      BoundMethod* method = arena.make<BoundMethod>();
      method->kind = Kind::kBoundMethod;
      method->receiver = Value::of(type);
      method->function = function;
      return Value::of(method);
    }
    case Kind::kStaticMethod:
      return found.as<StaticMethod>()->function;
    case Kind::kProperty: {
      Property* property = found.as<Property>();
      if (property->getter.missing() || property->getter.is_none())
        raise(exception("AttributeError"), "unreadable attribute");
      Value value = call(property->getter, {receiver});
      if (property->cached && receiver.is(Kind::kInstance) && property->name != nullptr) {
        dict_set(arena, attributes_of(*this, receiver.as<Instance>()), property->name, value);
      }
      return value;
    }
    case Kind::kInstance: {
      Value* get = class_lookup(found.as<Instance>()->type, sym.__get__);
      return get != nullptr ? call(*get, {found, receiver, Value::of(type)}) : found;
    }
    default:
      return found;
  }
}

bool find_by_class(Interpreter& in, const Value& object, Str* name, Value& out) {
  Class* type = in.type_of(object);
  if (name == in.sym.__class__) return out = Value::of(type), true;
  if (Value* found = in.class_lookup(type, name)) return out = in.bind_to(*found, object, type), true;
  if (name == in.sym.__doc__) return out = Value::none(), true;
  return false;
}

bool Interpreter::find_attribute(const Value& object, Str* name, Value& out) {
  if (object.is(Kind::kInstance)) {
    try {
      return find_on_instance(*this, object, name, out, false);
    } catch (const PyRaise& raised) {
      if (matches_handler(*this, raised.exception, Value::of(exception("AttributeError")))) return false;
      throw;
    }
  }
  const auto find = slots_of(*this, object).find_attribute;
  if (object.is(Kind::kModule)) {
    try {
      return find(*this, object, name, out);
    } catch (const PyRaise& raised) {  // by the __getattr__ of the module
      if (matches_handler(*this, raised.exception, Value::of(exception("AttributeError")))) return false;
      throw;
    }
  }
  return find == nullptr ? find_by_class(*this, object, name, out) : find(*this, object, name, out);
}

Value Interpreter::attribute(const Value& object, Str* name) {
  Value out;
  // The error of a property or of a __getattr__ is the error of the access; find_attribute would hide it.
  if (object.is(Kind::kInstance)) {
    if (find_on_instance(*this, object, name, out, false)) return out;
  } else if (object.is(Kind::kModule)) {
    if (slots_of(*this, object).find_attribute(*this, object, name, out)) return out;
  } else if (find_attribute(object, name, out)) {
    return out;
  }
  if (object.is(Kind::kModule)) {
    raise(exception("AttributeError"),
          fmt::format("module '{}' has no attribute '{}'", object.as<Module>()->name->view(), name->view()));
  }
  if (object.is(Kind::kClass) && object.as<Class>()->is_enum) raise(exception("AttributeError"), name->view());
  if (object.is(Kind::kClass)) {
    raise(exception("AttributeError"),
          fmt::format("type object '{}' has no attribute '{}'", object.as<Class>()->name->view(), name->view()));
  }
  if (object.is(Kind::kSuper))
    raise(exception("AttributeError"), fmt::format("'super' object has no attribute '{}'", name->view()));
  // A method passes what it is asked on to its function.
  const Value& asked = object.is(Kind::kBoundMethod) ? object.as<BoundMethod>()->function : object;
  raise(exception("AttributeError"), no_attribute(*this, asked, name));
}

bool Interpreter::generic_find(const Value& object, Str* name, Value& out) {
  if (object.is(Kind::kInstance)) return find_on_instance(*this, object, name, out, true);
  return find_attribute(object, name, out);
}

void Interpreter::generic_set(const Value& object, Str* name, const Value& value) {
  Instance* instance = object.as<Instance>();
  bool module = instance->type->layout == Layout::kModule;
  if (module && hooks.module_set != nullptr &&
      hooks.module_set(*this, static_cast<ModuleInstance*>(instance), name, value))
    return;
  plain_set(object, name, value);
}

void Interpreter::plain_set(const Value& object, Str* name, const Value& value) {
  Instance* instance = object.as<Instance>();
  Value* found = class_lookup(instance->type, name);
  if (found != nullptr && found->is(Kind::kProperty) && !found->as<Property>()->cached) {
    Property* property = found->as<Property>();
    if (property->setter.missing() || property->setter.is_none()) {
      raise(exception("AttributeError"),
            fmt::format("property '{}' of '{}' object has no setter", name->view(), instance->type->name->view()));
    }
    call(property->setter, {object, value});
    return;
  }
  if (found != nullptr && found->is(Kind::kInstance)) {
    if (Value* set = class_lookup(found->as<Instance>()->type, sym.__set__)) {
      call(*set, {*found, object, value});
      return;
    }
  }
  if (name == sym.__class__) {
    if (!value.is(Kind::kClass)) return;
    // The struct of a module is larger than that of others.
    if (value.as<Class>()->layout == Layout::kModule && instance->type->layout != Layout::kModule)
      return note_partial("makes a module of an object by its __class__");
    instance->type = value.as<Class>();
    return;
  }
  if (name == sym.__dict__) {
    const Value& plain = value.is(Kind::kInstance) ? value.as<Instance>()->payload : value;
    if (plain.is(Kind::kDict)) instance->attributes = plain.as<Dict>();
    if (instance->type->layout == Layout::kModule && hooks.module_dict_set != nullptr)
      hooks.module_dict_set(*this, static_cast<ModuleInstance*>(instance));
    return;
  }
  if (instance->type->slotted && !has_slot(instance->type, name)) {
    raise(exception("AttributeError"),
          found == nullptr
              ? fmt::format("'{}' object has no attribute '{}'", instance->type->name->view(), name->view())
              : fmt::format("'{}' object attribute '{}' is read-only", instance->type->name->view(), name->view()));
  }
  dict_set(arena, attributes_of(*this, instance), name, value);
}

void Interpreter::set_attribute(const Value& object, Str* name, const Value& value) {
  if (const Value* own = method_of_metaclass(*this, object, sym.__setattr__)) {
    call(*own, {object, Value::of(name), value});
    return;
  }
  if (!object.is(Kind::kInstance)) {
    const auto set = slots_of(*this, object).set_attribute;
    if (set != nullptr) return set(*this, object, name, value);
    const bool is_there = class_lookup(type_of(object), name) != nullptr;
    raise(exception("AttributeError"),
          is_there ? fmt::format("'{}' object attribute '{}' is read-only", type_name(object), name->view())
                   : no_attribute(*this, object, name));
  }
  Value* custom = class_lookup(object.as<Instance>()->type, sym.__setattr__);
  if (is_custom(*this, object, custom, sym.__setattr__)) {
    call(*custom, {object, Value::of(name), value});
  } else {
    generic_set(object, name, value);
  }
}

void Interpreter::generic_delete(const Value& object, Str* name) {
  Instance* instance = object.as<Instance>();
  // What a module has registered is found before what its class has.
  if (instance->type->layout == Layout::kModule && hooks.module_delete != nullptr &&
      hooks.module_delete(*this, static_cast<ModuleInstance*>(instance), name)) {
    return;
  }
  Value* found = class_lookup(instance->type, name);
  if (found != nullptr && found->is(Kind::kProperty) && !found->as<Property>()->cached) {
    Property* property = found->as<Property>();
    if (property->deleter.missing() || property->deleter.is_none()) {
      raise(exception("AttributeError"),
            fmt::format("property '{}' of '{}' object has no deleter", name->view(), instance->type->name->view()));
    }
    call(property->deleter, {object});
    return;
  }
  if (found != nullptr && found->is(Kind::kInstance)) {
    if (Value* remove = class_lookup(found->as<Instance>()->type, intern("__delete__"))) {
      call(*remove, {*found, object});
      return;
    }
  }
  if (instance->attributes == nullptr || !dict_erase(instance->attributes, Value::of(name))) {
    raise(exception("AttributeError"),
          fmt::format("'{}' object has no attribute '{}'", instance->type->name->view(), name->view()));
  }
}

void Interpreter::delete_attribute(const Value& object, Str* name) {
  if (const Value* own = method_of_metaclass(*this, object, sym.__delattr__)) {
    call(*own, {object, Value::of(name)});
    return;
  }
  if (!object.is(Kind::kInstance)) {
    const TypeSlots& slots = slots_of(*this, object);
    if (slots.delete_attribute != nullptr) return slots.delete_attribute(*this, object, name);
    if (slots.set_attribute != nullptr) return;
    return set_attribute(object, name, Value::none());  // which raises
  }
  Value* custom = class_lookup(object.as<Instance>()->type, sym.__delattr__);
  if (is_custom(*this, object, custom, sym.__delattr__)) {
    call(*custom, {object, Value::of(name)});
  } else {
    generic_delete(object, name);
  }
}

}  // namespace ckptlint::python
