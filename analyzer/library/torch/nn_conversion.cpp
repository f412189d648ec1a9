// What changes a whole torch.nn.Module: dtype and device, training mode, state dicts, hooks.
#include <fmt/format.h>

#include "library/stdlib/values.h"
#include "library/torch/nn_module.h"
#include "library/torch/state.h"

namespace ckptlint::python::torch {
namespace {

template <typename Each>
void for_each_tensor(Interpreter& in, ModuleInstance* root, Each each) {
  for (const NamedModule& named : named_modules(in, root, "", true)) {
    for (Dict* table : {named.module->parameters, named.module->buffers}) {
      if (table == nullptr) continue;
      for (const Dict::Entry& entry : table->entries) {
        if (!entry.key.missing() && entry.value.is(Kind::kTensor)) each(entry.value.as<Tensor>());
      }
    }
  }
}

void convert(Interpreter& in, ModuleInstance* root, Dtype dtype) {
  for_each_tensor(in, root, [&](Tensor* tensor) {
    if (!is_floating_point(tensor->dtype)) return;
    if (tensor->dtype != dtype) tensor->contents = nullptr, tensor->filled = false;
    tensor->dtype = dtype;
  });
}

void move(Interpreter& in, ModuleInstance* root, Device* device) {
  for_each_tensor(in, root, [&](Tensor* tensor) { tensor->device = Value::of(device); });
}

template <Dtype dtype>
Value convert_method(Interpreter& in, const Arguments& arguments, const Value&) {
  convert(in, module_receiver(in, arguments), dtype);
  return arguments[0];
}

Value to(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* module = module_receiver(in, arguments);
  auto use = [&](const Value& value) {
    if (value.is(Kind::kDtype)) convert(in, module, value.as<DtypeObject>()->dtype);
    if (value.is(Kind::kDevice) || value.is(Kind::kStr)) move(in, module, device_of(in, value));
    if (value.is(Kind::kTensor)) convert(in, module, value.as<Tensor>()->dtype);
    if (value.unknown()) in.note_partial(fmt::format("a module is converted to {}", value.as<Unknown>()->origin->view()));
  };
  for (std::size_t i = 1; i < arguments.count; ++i) use(arguments[i]);
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].name == in.sym.dtype || arguments.keywords[i].name == in.sym.device) use(arguments.keywords[i].value);
  }
  return arguments[0];
}

Value move_to(Interpreter& in, const Arguments& arguments, const Value& data) {
  std::string_view name = data.as<Str>()->view();
  move(in, module_receiver(in, arguments), device(in, name, name == "cpu" ? -1 : 0));
  return arguments[0];
}

Value to_empty(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[3];
  in.bind("to_empty", arguments, "self, *, device, recurse=", a);
  ModuleInstance* module = module_receiver(in, arguments);
  for_each_tensor(in, module, [](Tensor* tensor) { tensor->contents = nullptr, tensor->filled = false; });
  if (!a[1].is_none() && !a[1].unknown()) move(in, module, device_of(in, a[1]));
  return arguments[0];
}

Value set_training(Interpreter& in, ModuleInstance* root, bool mode) {
  for (const NamedModule& each : named_modules(in, root, "", true)) set_own(in, each.module, in.sym.training, Value::of(mode));
  return Value::of(root);
}

Value train(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind("train", arguments, "self, mode=", a);
  return set_training(in, module_receiver(in, arguments), a[1].missing() || in.test(a[1]));
}

// Calls train(False) where a subclass has a train() of its own.
Value eval(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* module = module_receiver(in, arguments);
  Value* own_train = in.class_lookup(module->type, in.intern("train"));
  if (own_train != nullptr && own_train->is(Kind::kFunction)) return in.call(*own_train, {arguments[0], Value::of(false)});
  return set_training(in, module, false);
}

Value requires_grad(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind("requires_grad_", arguments, "self, requires_grad=", a);
  bool wanted = a[1].missing() || in.test(a[1]);
  for (const NamedModule& each : named_modules(in, module_receiver(in, arguments), "", true)) {
    if (each.module->parameters == nullptr) continue;
    for (const Dict::Entry& entry : each.module->parameters->entries) {
      if (!entry.key.missing() && entry.value.is(Kind::kTensor)) entry.value.as<Tensor>()->requires_grad = wanted;
    }
  }
  return arguments[0];
}

Value state_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[4];
  in.bind("state_dict", arguments, "self, *, destination=, prefix=, keep_vars=", a);
  Dict* out = as_dict(a[1]);
  if (out == nullptr) {
    out = in.dict();
    out->ordered = true;
  }
  std::string prefix = a[2].is(Kind::kStr) ? std::string(a[2].as<Str>()->view()) : "";
  for (const NamedModule& each : named_modules(in, module_receiver(in, arguments), "", false)) {
    std::string start = prefix + (each.name.empty() ? "" : each.name + ".");
    for (Dict* table : {each.module->parameters, each.module->buffers}) {
      if (table == nullptr) continue;
      for (const Dict::Entry& entry : table->entries) {
        if (entry.key.missing() || entry.value.is_none()) continue;
        bool saved = table == each.module->parameters || each.module->non_persistent == nullptr ||
                     dict_find(each.module->non_persistent->items, entry.key) == nullptr;
        if (saved) dict_set(in.arena, out, in.intern(start + std::string(entry.key.as<Str>()->view())), entry.value);
      }
    }
  }
  return Value::of(out);
}

// Values that come from a state dict are not known, whatever they replace.
Value load_state_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  for_each_tensor(in, module_receiver(in, arguments), [](Tensor* tensor) {
    tensor->contents = nullptr;
    tensor->filled = false;
    ++tensor->writes;
  });
  return in.unknown("the result of load_state_dict()");
}

Value add_hook(Interpreter& in, const Arguments& arguments, const Value& data) {
  module_receiver(in, arguments);
  return Value::of(in.instance(data.as<Class>()));
}

Value type_name_of(Interpreter& in, const Arguments& arguments, const Value&) { return Value::of(module_receiver(in, arguments)->type->name); }

Value repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(fmt::format("{}()", module_receiver(in, arguments)->type->name->view()));
}

Value empty_text(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.intern("")); }

}  // namespace

void install_module_conversion(Interpreter& in, Class* type) {
  in.method(type, "to", to);
  in.method(type, "to_empty", to_empty);
  in.method(type, "float", convert_method<Dtype::kFloat32>);
  in.method(type, "double", convert_method<Dtype::kFloat64>);
  in.method(type, "half", convert_method<Dtype::kFloat16>);
  in.method(type, "bfloat16", convert_method<Dtype::kBfloat16>);
  for (const char* name : {"cpu", "cuda", "xpu"}) in.method(type, name, move_to, Value::of(in.intern(name)));
  in.method(type, "train", train);
  in.method(type, "eval", eval);
  in.method(type, "requires_grad_", requires_grad);
  in.method(type, "zero_grad", return_none);
  in.method(type, "share_memory", return_first);
  in.method(type, "compile", return_none);
  in.method(type, "state_dict", state_dict);
  in.method(type, "load_state_dict", load_state_dict);
  in.method(type, "_get_name", type_name_of);
  in.method(type, "extra_repr", empty_text);
  in.method(type, "__repr__", repr);
  Class* handle = in.make_class("RemovableHandle", {});
  in.method(handle, "remove", return_none);
  in.method(handle, "__enter__", return_first);
  in.method(handle, "__exit__", return_none);
  in.define(in.native_module("torch.utils.hooks"), "RemovableHandle", Value::of(handle));
  for (const char* name : {"register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook", "register_full_backward_pre_hook",
                           "register_backward_hook", "register_state_dict_pre_hook", "register_state_dict_post_hook",
                           "register_load_state_dict_pre_hook", "register_load_state_dict_post_hook", "_register_state_dict_hook",
                           "_register_load_state_dict_pre_hook"}) {
    in.method(type, name, add_hook, Value::of(handle));
  }
}

}  // namespace ckptlint::python::torch
