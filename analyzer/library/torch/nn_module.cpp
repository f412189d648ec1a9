#include "library/torch/nn_module.h"

#include <fmt/format.h>

#include "library/stdlib/values.h"

namespace ckptlint::python::torch {
namespace {

Dict* table(Interpreter& in, Dict*& slot) {
  if (slot == nullptr) slot = in.dict();
  return slot;
}

void remember_place(Interpreter& in, ModuleInstance* module, Str* name) {
  in.spans.push_back(in.here());
  dict_set(in.arena, table(in, module->spans), name, Value::of(in.spans.size() - 1));
}

void remove_from(Dict* dict, Str* name) {
  if (dict != nullptr && dict->live != 0) dict_erase(dict, Value::of(name));
}
void remove_persistence(ModuleInstance* module, Str* name) {
  if (module->non_persistent != nullptr) dict_erase(module->non_persistent->items, Value::of(name));
}

bool holds(Dict* dict, Str* name) { return dict != nullptr && dict_find(dict, name) != nullptr; }

bool is_parameter(Interpreter& in, const Value& value) {
  return value.is(Kind::kTensor) && value.as<Tensor>()->type != nullptr && in.is_subclass(value.as<Tensor>()->type, in.classes.parameter);
}

bool is_buffer(Interpreter& in, const Value& value) {
  return value.is(Kind::kTensor) && value.as<Tensor>()->type != nullptr && in.classes.buffer != nullptr &&
         in.is_subclass(value.as<Tensor>()->type, in.classes.buffer);
}

std::string torch_type_name(Interpreter& in, const Value& value) {
  if (value.is(Kind::kTensor) && in.type_of(value) == in.classes.tensor) return "torch.FloatTensor";
  return in.type_name(value);
}

void require_initialized(Interpreter& in, const ModuleInstance* module, const char* what) {
  if (module->initialized) return;
  in.raise(in.exception("AttributeError"), fmt::format("cannot assign {} before Module.__init__() call", what));
}

void check_name(Interpreter& in, ModuleInstance* module, Str* name, const char* kind, Dict* own) {
  if (name->view().find('.') != std::string_view::npos) {
    in.raise(in.exception("KeyError"), fmt::format("{} name can't contain \".\", got: {}", kind, name->view()));
  }
  if (name->length == 0) in.raise(in.exception("KeyError"), fmt::format("{} name can't be empty string \"\"", kind));
  if (holds(own, name)) return;
  // hasattr(self, name) without the tables of Module itself, which a subclass's __getattr__ may not see yet.
  Value existing;
  bool exists = (module->attributes != nullptr && dict_find(module->attributes, name) != nullptr) || in.class_lookup(module->type, name) != nullptr ||
                in.hooks.module_find(in, module, name, existing);
  if (exists) in.raise(in.exception("KeyError"), fmt::format("attribute '{}' already exists", name->view()));
}

bool find(Interpreter& in, ModuleInstance* module, Str* name, Value& out) {
  for (Dict* dict : {module->parameters, module->buffers, module->modules}) {
    if (dict == nullptr) continue;
    if (Value* found = dict_find(dict, name)) return out = *found, true;
  }
  if (name == in.sym._parameters) return out = Value::of(table(in, module->parameters)), true;
  if (name == in.sym._buffers) return out = Value::of(table(in, module->buffers)), true;
  if (name == in.sym._modules) return out = Value::of(table(in, module->modules)), true;
  if (name == in.sym._non_persistent_buffers_set) {
    if (module->non_persistent == nullptr) module->non_persistent = in.set();
    return out = Value::of(module->non_persistent), true;
  }
  return false;
}

// A subclass with a register_buffer of its own hears of buffers that are assigned.
void register_through_method(Interpreter& in, ModuleInstance* module, Str* name, const Value& value, bool persistent) {
  Value* method = in.class_lookup(module->type, in.intern("register_buffer"));
  if (method == nullptr || method->is(Kind::kNative)) {
    register_buffer(in, module, name, value, persistent);
  } else {
    in.call(*method, {Value::of(module), Value::of(name), value}, {{in.sym.persistent, Value::of(persistent)}});
  }
}

bool assign_table(Interpreter& in, ModuleInstance* module, Str* name, const Value& value) {
  if (name == in.sym._parameters || name == in.sym._buffers || name == in.sym._modules) {
    Dict* dict = as_dict(value);
    if (dict == nullptr) return false;
    (name == in.sym._parameters ? module->parameters : name == in.sym._buffers ? module->buffers : module->modules) = dict;
    return true;
  }
  if (name == in.sym._non_persistent_buffers_set && value.is(Kind::kSet)) {
    module->non_persistent = value.as<Set>();
    return true;
  }
  return false;
}

bool set(Interpreter& in, ModuleInstance* module, Str* name, const Value& value) {
  if (is_parameter(in, value)) {
    require_initialized(in, module, "parameters");
    remove_from(module->attributes, name);
    remove_from(module->buffers, name);
    remove_from(module->modules, name);
    remove_persistence(module, name);
    register_parameter(in, module, name, value);
    return true;
  }
  if (holds(module->parameters, name)) {
    if (!value.is_none() && !value.unknown()) {
      in.raise_type_error(fmt::format("cannot assign '{}' as parameter '{}' (torch.nn.Parameter or None expected)", torch_type_name(in, value), name->view()));
    }
    register_parameter(in, module, name, value);
    return true;
  }
  if (is_module(value)) {
    require_initialized(in, module, "module");
    remove_from(module->attributes, name);
    remove_from(module->parameters, name);
    remove_from(module->buffers, name);
    remove_persistence(module, name);
    put_module(in, module, name, value);
    return true;
  }
  if (holds(module->modules, name)) {
    if (!value.is_none() && !value.unknown()) {
      in.raise_type_error(fmt::format("cannot assign '{}' as child module '{}' (torch.nn.Module or None expected)", torch_type_name(in, value), name->view()));
    }
    put_module(in, module, name, value);
    return true;
  }
  if (is_buffer(in, value) || holds(module->buffers, name)) {
    if (!value.is_none() && !value.is(Kind::kTensor) && !value.unknown()) {
      in.raise_type_error(fmt::format("cannot assign '{}' as buffer '{}' (torch.nn.Buffer, torch.Tensor or None expected)", torch_type_name(in, value), name->view()));
    }
    bool persistent = is_buffer(in, value) ? value.as<Tensor>()->persistent
                                           : module->non_persistent == nullptr || dict_find(module->non_persistent->items, name) == nullptr;
    register_through_method(in, module, name, value, persistent);
    return true;
  }
  return assign_table(in, module, name, value);
}

bool erase(Interpreter&, ModuleInstance* module, Str* name) {
  for (Dict* dict : {module->parameters, module->buffers, module->modules}) {
    if (dict == nullptr || !dict_erase(dict, Value::of(name))) continue;
    if (dict == module->buffers) remove_persistence(module, name);
    return true;
  }
  return false;
}

Str* name_argument(Interpreter& in, const Value& name, const char* kind) {
  if (!name.is(Kind::kStr)) in.raise_type_error(fmt::format("{} name should be a string. Got {}", kind, in.type_name(name)));
  return in.intern(name.as<Str>()->view());
}

Value init(Interpreter& in, const Arguments& arguments, const Value&) {
  initialize_module(module_receiver(in, arguments));
  return Value::none();
}

Value register_buffer_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[4];
  in.bind("register_buffer", arguments, "self, name, tensor, persistent=", a);
  ModuleInstance* module = module_receiver(in, arguments);
  if (a[1].unknown()) {
    in.note_partial("a buffer is registered under a name that is not known");
    return Value::none();
  }
  register_buffer(in, module, name_argument(in, a[1], "buffer"), a[2], a[3].missing() || in.test(a[3]));
  return Value::none();
}

Value register_parameter_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[3];
  in.bind("register_parameter", arguments, "self, name, param", a);
  ModuleInstance* module = module_receiver(in, arguments);
  if (a[1].unknown()) {
    in.note_partial("a parameter is registered under a name that is not known");
    return Value::none();
  }
  register_parameter(in, module, name_argument(in, a[1], "parameter"), a[2]);
  return Value::none();
}

Value add_module_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[3];
  in.bind("add_module", arguments, "self, name, module", a);
  ModuleInstance* module = module_receiver(in, arguments);
  if (a[1].unknown()) {
    in.note_partial("a module is registered under a name that is not known");
    return Value::none();
  }
  register_module(in, module, name_argument(in, a[1], "module"), a[2]);
  return Value::none();
}

Value getattr_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind("__getattr__", arguments, "self, name", a);
  ModuleInstance* module = module_receiver(in, arguments);
  Str* name = name_argument(in, a[1], "attribute");
  Value found;
  if (find(in, module, name, found)) return found;
  in.raise(in.exception("AttributeError"), fmt::format("'{}' object has no attribute '{}'", module->type->name->view(), name->view()));
}

Value setattr_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[3];
  in.bind("__setattr__", arguments, "self, name, value", a);
  module_receiver(in, arguments);
  in.generic_set(a[0], name_argument(in, a[1], "attribute"), a[2]);
  return Value::none();
}

Value delattr_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind("__delattr__", arguments, "self, name", a);
  module_receiver(in, arguments);
  in.generic_delete(a[0], name_argument(in, a[1], "attribute"));
  return Value::none();
}

Value forward(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* module = module_receiver(in, arguments);
  return in.unknown(fmt::format("the output of {}", module->type->name->view()));
}

}  // namespace

ModuleInstance* module_receiver(Interpreter& in, const Arguments& arguments) {
  if (arguments.count == 0 || !is_module(arguments[0])) in.raise_type_error("a method of torch.nn.Module needs a module");
  return arguments[0].as<ModuleInstance>();
}

void put_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& value) {
  dict_set(in.arena, table(in, module->parameters), name, value);
  if (!value.is_none()) remember_place(in, module, name);
}

void put_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& value) {
  dict_set(in.arena, table(in, module->modules), name, value);
  if (!value.is_none()) remember_place(in, module, name);
}

void register_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& value) {
  require_initialized(in, module, "parameter");
  check_name(in, module, name, "parameter", module->parameters);
  if (!value.is_none() && !value.unknown() && !is_parameter(in, value)) {
    in.raise_type_error(fmt::format("cannot assign '{}' object to parameter '{}' (torch.nn.Parameter or None required)", torch_type_name(in, value), name->view()));
  }
  put_parameter(in, module, name, value);
}

void register_buffer(Interpreter& in, ModuleInstance* module, Str* name, const Value& value, bool persistent) {
  require_initialized(in, module, "buffer");
  // An assignment replaces a plain attribute of the name, as Module.__setattr__ does for nn.Buffer.
  if (is_buffer(in, value)) {
    remove_from(module->attributes, name);
    remove_from(module->parameters, name);
    remove_from(module->modules, name);
  }
  check_name(in, module, name, "buffer", module->buffers);
  if (!value.is_none() && !value.unknown() && !value.is(Kind::kTensor)) {
    in.raise_type_error(fmt::format("cannot assign '{}' object to buffer '{}' (torch Tensor or None required)", torch_type_name(in, value), name->view()));
  }
  dict_set(in.arena, table(in, module->buffers), name, value);
  if (persistent) {
    remove_persistence(module, name);
  } else {
    if (module->non_persistent == nullptr) module->non_persistent = in.set();
    dict_set(in.arena, module->non_persistent->items, name, Value::none());
  }
  if (!value.is_none()) remember_place(in, module, name);
}

void register_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& value) {
  if (!value.is_none() && !value.unknown() && !is_module(value)) {
    in.raise_type_error(fmt::format("{} is not a Module subclass", in.type_name(value)));
  }
  require_initialized(in, module, "module");
  check_name(in, module, name, "module", module->modules);
  put_module(in, module, name, value);
}

Value iterator_over(Interpreter& in, List* values) {
  IteratorObject* iterator = in.arena.make<IteratorObject>();
  iterator->kind = Kind::kIterator;
  in.iterate(Value::of(values), iterator->state);
  return Value::of(iterator);
}

void install_module_class(Interpreter& in, Module* nn) {
  in.hooks.module_find = find;
  in.hooks.module_set = set;
  in.hooks.module_delete = erase;
  Class* type = in.make_class("Module", {}, Layout::kModule);
  type->module = in.native_module("torch.nn.modules.module");
  in.classes.nn_module = type;
  in.define(nn, "Module", Value::of(type));
  in.define(type->module, "Module", Value::of(type));
  in.set_class(type, "training", Value::of(true));
  in.set_class(type, "dump_patches", Value::of(false));
  in.set_class(type, "call_super_init", Value::of(false));
  in.method(type, "__init__", init);
  in.method(type, "register_buffer", register_buffer_method);
  in.method(type, "register_parameter", register_parameter_method);
  in.method(type, "add_module", add_module_method);
  in.method(type, "register_module", add_module_method);
  in.method(type, "__getattr__", getattr_method);
  in.method(type, "__setattr__", setattr_method);
  in.method(type, "__delattr__", delattr_method);
  in.method(type, "__call__", forward);
  in.method(type, "_call_impl", forward);
  in.method(type, "forward", forward);
  install_module_traversal(in, type);
  install_module_conversion(in, type);
}

}  // namespace ckptlint::python::torch
