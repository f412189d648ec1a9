// Reading, setting and deleting attributes of every kind of object: descriptors, __getattr__, slots and class
// attributes.
#include <fmt/format.h>

#include "python/evaluate/impl.h"

namespace ckptlint::python {
namespace {

bool is_data_descriptor(Interpreter& in, const Value& found) {
  if (found.is(Kind::kProperty)) return !found.as<Property>()->cached;
  if (found.is(Kind::kInstance)) return in.class_lookup(found.as<Instance>()->type, in.sym.__set__) != nullptr;
  return false;
}

Dict* attributes_of(Interpreter& in, Instance* instance) {
  if (instance->attributes == nullptr) instance->attributes = in.dict();
  return instance->attributes;
}

bool is_own_of_object(Interpreter& in, const Value& found, Str* name) {
  Value* ordinary = in.class_lookup(in.classes.object, name);
  return ordinary != nullptr && ordinary->same(found);
}

Value doc_of(Interpreter& in, const Value& object) {
  if (object.is(Kind::kFunction)) {
    prepare_function(in, object.as<Function>());
    Code* code = object.as<Function>()->code;
    if (code->doc == nullptr && code->doc_end != 0)
      code->doc = in.impl->parser.literal(code->unit, {code->doc_begin, code->doc_end});
    Str* doc = code->doc;
    return doc == nullptr ? Value::none() : Value::of(doc);
  }
  return Value::none();
}

Value call_native_or_function(Interpreter& in, const Value& function, const Value& receiver, Str* name) {
  return in.call(function, {receiver, Value::of(name)});
}

bool find_on_class_object(Interpreter& in, Class* type, Str* name, Value& out) {
  if (name == in.sym.__name__) return out = Value::of(type->name), true;
  if (name == in.sym.__qualname__) return out = Value::of(type->qualified_name), true;
  if ((name == in.sym.__dict__ || name == in.sym.__annotations__) && in.hooks.settle_annotations != nullptr)
    in.hooks.settle_annotations(in, type);
  if (name == in.sym.__dict__) return out = Value::of(type->attributes), true;
  if (name == in.sym.__class__)
    return out = Value::of(type->metaclass != nullptr ? type->metaclass : in.classes.type), true;
  if (name == in.sym.__mro__ || name == in.sym.__bases__) {
    const ArenaVector<Class*>& classes = name == in.sym.__mro__ ? type->mro : type->bases;
    List* values = in.list();
    for (Class* each : classes) values->items.push(in.arena, Value::of(each));
    out = in.tuple(values->items.items, values->items.count);
    return true;
  }
  if (name == in.sym.__module__ && dict_find(type->attributes, name) == nullptr) {
    out = Value::of(type->module != nullptr ? type->module->name : in.intern("builtins"));
    return true;
  }
  if (name == in.sym.__annotations__ || name == in.sym.__doc__) {  // never inherited
    Value* own = dict_find(type->attributes, name);
    out = own != nullptr ? *own : name == in.sym.__doc__ ? Value::none() : Value::of(in.dict());
    return true;
  }
  Value* meta = type->metaclass != nullptr ? in.class_lookup(type->metaclass, name) : nullptr;
  if (meta != nullptr && is_data_descriptor(in, *meta))
    return out = in.bind_to(*meta, Value::of(type), type->metaclass), true;
  if (Value* found = in.class_lookup(type, name)) {
    switch (found->kind) {
      case Kind::kClassMethod:
      case Kind::kStaticMethod:
        out = in.bind_to(*found, Value::none(), type);
        return true;
      case Kind::kInstance: {
        Value* get = in.class_lookup(found->as<Instance>()->type, in.sym.__get__);
        out = get != nullptr ? in.call(*get, {*found, Value::none(), Value::of(type)}) : *found;
        return true;
      }
      default:
        out = *found;
        return true;
    }
  }
  Class* metaclass = type->metaclass != nullptr ? type->metaclass : in.classes.type;
  meta = in.class_lookup(metaclass, name);
  if (meta != nullptr) return out = in.bind_to(*meta, Value::of(type), metaclass), true;
  if (type->metaclass != nullptr) {
    if (Value* custom = in.class_lookup(type->metaclass, in.sym.__getattr__)) {
      out = call_native_or_function(in, *custom, Value::of(type), name);
      return true;
    }
  }
  if (name == in.sym.__subclasses__) {
    out = in.native_static(
        "__subclasses__",
        [](Interpreter& inner, const Arguments&, const Value& data) {
          List* values = inner.list();
          for (Class* each : inner.impl->subclasses[data.as<Class>()]) values->items.push(inner.arena, Value::of(each));
          return Value::of(values);
        },
        Value::of(type));
    return true;
  }
  if (type->has_unknown_base) {
    out = in.unknown(fmt::format("{}.{}, whose class has a base that is not known", type->name->view(), name->view()));
    return true;
  }
  return false;
}

bool find_on_function(Interpreter& in, const Value& object, Str* name, Value& out) {
  Function* function = object.as<Function>();
  if (function->attributes != nullptr) {
    if (Value* found = dict_find(function->attributes, name)) return out = *found, true;
  }
  if (name == in.sym.__name__) return out = Value::of(function->name), true;
  if (name == in.sym.__qualname__) return out = in.string(qualified_name_of(function)), true;
  if (name == in.sym.__module__) return out = Value::of(function->module->name), true;
  if (name == in.sym.__doc__) return out = doc_of(in, object), true;
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
  if (name->view() == "__kwdefaults__" || name->view() == "__closure__") return out = Value::none(), true;
  if (name == in.sym.__code__) return out = in.unknown("the code object of a function"), true;
  if (function->attributes != nullptr && name->view().substr(0, 2) != "__") {
    if (const Value* decorator = dict_find(function->attributes, in.intern(kUnknownDecorator)))
      return out = *decorator, true;
  }
  return false;
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

// What a class has under a name, bound to the instance.  False where a property raises AttributeError and the class has
// a __getattr__, which is asked then.
bool bind_or_fall_back(Interpreter& in, const Value& found, const Value& object, Class* type, bool generic_only,
                       Value& out) {
  if (!found.is(Kind::kProperty) || generic_only || in.class_lookup(type, in.sym.__getattr__) == nullptr)
    return out = in.bind_to(found, object, type), true;
  try {
    return out = in.bind_to(found, object, type), true;
  } catch (const PyRaise& raised) {
    if (!matches_handler(in, raised.exception, Value::of(in.exception("AttributeError")))) throw;
    return false;
  }
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
  if (name == in.sym.__class__) return out = Value::of(type), true;
  if (name == in.sym.__dict__) return out = Value::of(attributes_of(in, instance)), true;
  Value* found = in.class_lookup(type, name);
  const bool data = found != nullptr && is_data_descriptor(in, *found);
  if (!data && instance->attributes != nullptr) {
    if (Value* own = dict_find(instance->attributes, name)) return out = *own, true;
  }
  if (found != nullptr && bind_or_fall_back(in, *found, object, type, generic_only, out)) return true;
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

}  // namespace

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

bool Interpreter::find_attribute(const Value& object, Str* name, Value& out) {
  switch (object.kind) {
    case Kind::kInstance:
      try {
        return find_on_instance(*this, object, name, out, false);
      } catch (const PyRaise& raised) {
        if (matches_handler(*this, raised.exception, Value::of(exception("AttributeError")))) return false;
        throw;
      }
    case Kind::kClass:
      return find_on_class_object(*this, object.as<Class>(), name, out);
    case Kind::kModule: {
      out = module_attribute(*this, object.as<Module>(), name);
      return !out.missing();
    }
    case Kind::kSuper:
      return find_on_super(*this, object, name, out);
    case Kind::kUnknown:
      out = object;
      return true;
    case Kind::kFunction:
      if (find_on_function(*this, object, name, out)) return true;
      break;
    case Kind::kNative: {
      Native* native = object.as<Native>();
      if (native->attributes != nullptr) {
        if (Value* found = dict_find(native->attributes, name)) return out = *found, true;
      }
      if (name == sym.__name__ || name == sym.__qualname__) return out = Value::of(intern(native->name)), true;
      break;
    }
    case Kind::kBoundMethod: {
      BoundMethod* method = object.as<BoundMethod>();
      if (name == sym.__self__) return out = method->receiver, true;
      if (name->view() == "__func__") return out = method->function, true;
      if (find_attribute(method->function, name, out)) return true;
      break;
    }
    case Kind::kProperty: {
      Property* property = object.as<Property>();
      if (name == sym.fget) return out = property->getter, true;
      if (name == sym.fset) return out = property->setter.missing() ? Value::none() : property->setter, true;
      break;
    }
    case Kind::kClassMethod:
      if (name->view() == "__func__" || name == sym.__wrapped__) return out = object.as<ClassMethod>()->function, true;
      break;
    case Kind::kStaticMethod:
      if (name->view() == "__func__" || name == sym.__wrapped__) return out = object.as<StaticMethod>()->function, true;
      break;
    case Kind::kTensor: {
      Tensor* tensor = object.as<Tensor>();
      if (tensor->attributes != nullptr) {
        if (Value* found = dict_find(tensor->attributes, name)) return out = *found, true;
      }
      if (hooks.tensor_attribute != nullptr) {
        out = hooks.tensor_attribute(*this, tensor, name);
        if (!out.missing()) return true;
      }
      break;
    }
    default:
      break;
  }
  Class* type = type_of(object);
  if (name == sym.__class__) return out = Value::of(type), true;
  if (Value* found = class_lookup(type, name)) return out = bind_to(*found, object, type), true;
  if (name == sym.__doc__) return out = Value::none(), true;
  return false;
}

Value Interpreter::attribute(const Value& object, Str* name) {
  Value out;
  // The error of a property or of a __getattr__ is the error of the access; find_attribute would hide it.
  if (object.is(Kind::kInstance)) {
    if (find_on_instance(*this, object, name, out, false)) return out;
  } else if (find_attribute(object, name, out)) {
    return out;
  }
  if (object.is(Kind::kModule)) {
    raise(exception("AttributeError"),
          fmt::format("module '{}' has no attribute '{}'", object.as<Module>()->name->view(), name->view()));
  }
  if (object.is(Kind::kClass)) {
    raise(exception("AttributeError"),
          fmt::format("type object '{}' has no attribute '{}'", object.as<Class>()->name->view(), name->view()));
  }
  if (object.is(Kind::kSuper))
    raise(exception("AttributeError"), fmt::format("'super' object has no attribute '{}'", name->view()));
  raise(exception("AttributeError"), fmt::format("'{}' object has no attribute '{}'", type_name(object), name->view()));
}

bool Interpreter::generic_find(const Value& object, Str* name, Value& out) {
  if (object.is(Kind::kInstance)) return find_on_instance(*this, object, name, out, true);
  return find_attribute(object, name, out);
}

void Interpreter::generic_set(const Value& object, Str* name, const Value& value) {
  Instance* instance = object.as<Instance>();
  Value* found = class_lookup(instance->type, name);
  bool module = instance->type->layout == Layout::kModule;
  if (module && hooks.module_set != nullptr &&
      hooks.module_set(*this, static_cast<ModuleInstance*>(instance), name, value))
    return;
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
    if (value.is(Kind::kClass)) instance->type = value.as<Class>();
    return;
  }
  if (name == sym.__dict__) {
    if (value.is(Kind::kDict)) instance->attributes = value.as<Dict>();
    return;
  }
  dict_set(arena, attributes_of(*this, instance), name, value);
}

void Interpreter::set_attribute(const Value& object, Str* name, const Value& value) {
  switch (object.kind) {
    case Kind::kInstance: {
      Value* custom = class_lookup(object.as<Instance>()->type, sym.__setattr__);
      const bool is_own_native = custom != nullptr && custom->is(Kind::kNative) &&
                                 object.as<Instance>()->type->layout != Layout::kModule &&
                                 !is_own_of_object(*this, *custom, sym.__setattr__);
      if (is_own_native || (custom != nullptr && custom->is(Kind::kFunction))) {
        call(*custom, {object, Value::of(name), value});
      } else {
        generic_set(object, name, value);
      }
      return;
    }
    case Kind::kClass: {
      Class* type = object.as<Class>();
      if (name == sym.__name__ && value.is(Kind::kStr))
        type->name = intern(value.as<Str>()->view());
      else if (name == sym.__qualname__ && value.is(Kind::kStr))
        type->qualified_name = intern(value.as<Str>()->view());
      else
        dict_set(arena, type->attributes, name, value);
      ++impl->class_epoch;
      return;
    }
    case Kind::kModule:
      dict_set(arena, object.as<Module>()->attributes, name, value);
      return;
    case Kind::kFunction: {
      Function* function = object.as<Function>();
      if (name == sym.__name__ && value.is(Kind::kStr)) function->name = value.as<Str>();
      if (name == sym.__qualname__ && value.is(Kind::kStr)) function->qualified_name = value.as<Str>();
      if (function->attributes == nullptr) function->attributes = dict();
      dict_set(arena, function->attributes, name, value);
      return;
    }
    case Kind::kNative: {
      Native* native = object.as<Native>();
      if (native->attributes == nullptr) native->attributes = dict();
      dict_set(arena, native->attributes, name, value);
      return;
    }
    case Kind::kBoundMethod:
      raise(exception("AttributeError"), fmt::format("'method' object has no attribute '{}'", name->view()));
    case Kind::kTensor: {
      Tensor* tensor = object.as<Tensor>();
      if (hooks.tensor_set_attribute != nullptr && hooks.tensor_set_attribute(*this, tensor, name, value)) return;
      if (tensor->attributes == nullptr) tensor->attributes = dict();
      dict_set(arena, tensor->attributes, name, value);
      return;
    }
    case Kind::kProperty:
    case Kind::kClassMethod:
    case Kind::kStaticMethod:
    case Kind::kUnknown:
      return;
    default:
      raise(exception("AttributeError"),
            fmt::format("'{}' object has no attribute '{}'", type_name(object), name->view()));
  }
}

void Interpreter::generic_delete(const Value& object, Str* name) {
  Instance* instance = object.as<Instance>();
  if (instance->type->layout == Layout::kModule && hooks.module_delete != nullptr &&
      hooks.module_delete(*this, static_cast<ModuleInstance*>(instance), name)) {
    return;
  }
  if (instance->attributes == nullptr || !dict_erase(instance->attributes, Value::of(name))) {
    raise(exception("AttributeError"),
          fmt::format("'{}' object has no attribute '{}'", instance->type->name->view(), name->view()));
  }
}

void Interpreter::delete_attribute(const Value& object, Str* name) {
  switch (object.kind) {
    case Kind::kInstance: {
      Value* custom = class_lookup(object.as<Instance>()->type, sym.__delattr__);
      if (custom != nullptr && custom->is(Kind::kFunction)) {
        call(*custom, {object, Value::of(name)});
        return;
      }
      generic_delete(object, name);
      return;
    }
    case Kind::kClass:
      dict_erase(object.as<Class>()->attributes, Value::of(name));
      ++impl->class_epoch;
      return;
    case Kind::kModule:
      dict_erase(object.as<Module>()->attributes, Value::of(name));
      return;
    case Kind::kTensor:
      if (object.as<Tensor>()->attributes != nullptr) dict_erase(object.as<Tensor>()->attributes, Value::of(name));
      return;
    default:
      return;
  }
}

}  // namespace ckptlint::python
