// nn.Module.to, .half(), .cuda(), .to_empty(), ...: parameters change in place, buffers are replaced.
#include <fmt/format.h>

#include "library/torch/install.h"
#include "library/torch/nn_module.h"
#include "library/torch/ops.h"
#include "library/torch/tensor_data.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

struct Change {
  Dtype dtype{};
  bool changes_dtype = false;  // of floating tensors
  bool complex = false;        // .to(): of complex tensors too
  bool any_dtype = false;      // .type(): of integers too
  Device* device = nullptr;
  bool empty = false;  // .to_empty(): the elements are lost
};

Tensor* changed(Interpreter& in, Tensor* tensor, const Change& change) {
  if (!tensor->shape_known) return tensor;
  const bool casts = change.changes_dtype &&
                     (change.any_dtype || is_floating(tensor->dtype) || (change.complex && is_complex(tensor->dtype)));
  Device* device = change.device != nullptr ? change.device : device_of(in, tensor);
  if (change.empty) return make_tensor(in, tensor->dtype, sizes_of(tensor), device);
  if (is_meta(in, tensor) && device != in.torch->meta) {
    in.raise(in.exception("NotImplementedError"),
             "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of "
             "torch.nn.Module.to() when moving module from meta to a different device.");
  }
  return converted(in, tensor, casts ? change.dtype : tensor->dtype, device, false);
}

void change_all(Interpreter& in, ModuleInstance* root, const Change& change) {
  IdentitySet seen;
  for (ModuleInstance* module : all_modules(in, root)) {
    for (Dict* table : {module->parameters, module->buffers}) {
      if (table == nullptr) continue;
      for (Dict::Entry& entry : table->entries) {
        if (entry.key.missing() || !entry.value.is(Kind::kTensor)) continue;
        in.step();
        Tensor* tensor = entry.value.as<Tensor>();
        // To or from the meta device a parameter cannot keep its identity: names that shared one get one each.
        const bool replaced =
            tensor->shape_known && change.device != nullptr && is_meta(in, tensor) != (change.device == in.torch->meta);
        if (table == module->parameters && !replaced && !seen.add(tensor)) continue;
        Tensor* result = changed(in, tensor, change);
        if (result == tensor) continue;
        if (table == module->buffers) {
          result->requires_grad = tensor->requires_grad && is_floating(result->dtype);
          entry.value = Value::of(result);
        } else if (replaced) {
          result->type = in.classes.parameter;
          result->requires_grad = tensor->requires_grad;
          entry.value = Value::of(result);
        } else {
          set_data(in, tensor, result);
        }
      }
    }
  }
}

Value cast(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self] = bind<"self">(in, torch_name(static_cast<Dtype>(data.integer)), arguments);
  Change change;
  change.dtype = static_cast<Dtype>(data.integer);
  change.changes_dtype = true;
  change_all(in, module_receiver(in, self), change);
  return self;
}

Value type(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, dst_type] = bind<"self, dst_type">(in, "Module.type", arguments);
  Change change;
  if (dst_type.is(Kind::kDtype)) {
    change.dtype = dst_type.as<DtypeObject>()->dtype;
    change.changes_dtype = change.any_dtype = true;
  } else {
    in.note_partial("the type that a module is converted to");
  }
  change_all(in, module_receiver(in, self), change);
  return self;
}

void take(Interpreter& in, Change& change, const Value& value) {
  if (value.missing() || value.is_none() || value.is(Kind::kBool)) return;
  if (value.unknown()) return in.note_partial("a module is converted to a dtype or device that is not known");
  if (value.is(Kind::kDtype)) {
    change.dtype = value.as<DtypeObject>()->dtype;
    change.changes_dtype = true;
    if (!is_floating(change.dtype) && !is_complex(change.dtype)) {
      in.raise_type_error(
          fmt::format("nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.{}",
                      torch_name(change.dtype)));
    }
  } else if (value.is(Kind::kTensor)) {
    change.dtype = value.as<Tensor>()->dtype;
    change.changes_dtype = true;
    change.device = device_of(in, value.as<Tensor>());
  } else {
    change.device = device_of(in, value);
  }
}

Value to(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, rest] = bind<"self, *args, **kwargs">(in, "Module.to", arguments);
  Change change;
  change.complex = true;
  for (std::size_t i = 0; i < rest.count; ++i) take(in, change, rest[i]);
  for (std::size_t i = 0; i < rest.keyword_count; ++i) {
    const std::string_view name = rest.keywords[i].name->view();
    if (name == "device" || name == "dtype" || name == "tensor") take(in, change, rest.keywords[i].value);
  }
  change_all(in, module_receiver(in, self), change);
  return self;
}

Value move(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, given] = bind<"self, device=">(in, data.as<Str>()->view(), arguments);
  Change change;
  change.device = device(in, data.as<Str>()->view());
  take(in, change, given);
  change_all(in, module_receiver(in, self), change);
  return self;
}

Value to_empty(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, device, recurse] = bind<"self, *, device, recurse=">(in, "Module.to_empty", arguments);
  Change change;
  take(in, change, device);
  change.empty = true;
  change_all(in, module_receiver(in, self), change);
  return self;
}

// _apply(fn): fn decides for each tensor.
Value apply_function(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, fn, recurse] = bind<"self, fn, recurse=">(in, "Module._apply", arguments);
  for (ModuleInstance* module : all_modules(in, module_receiver(in, self))) {
    for (Dict* table : {module->parameters, module->buffers}) {
      if (table == nullptr) continue;
      for (std::uint32_t i = 0; i < table->entries.count; ++i) {
        const Value value = table->entries[i].value;
        if (table->entries[i].key.missing() || !value.is(Kind::kTensor)) continue;
        const Value result = in.call(fn, {value});
        if (!result.is(Kind::kTensor)) {
          write_unknown(in, value.as<Tensor>());
        } else if (table == module->parameters) {
          if (!result.same(value)) set_data(in, value.as<Tensor>(), result.as<Tensor>());
        } else {
          table->entries[i].value = result;
        }
      }
    }
  }
  return self;
}

struct Cast {
  const char* name;
  Dtype dtype;
};
constexpr Cast kCasts[] = {
    {"float", Dtype::kFloat32}, {"double", Dtype::kFloat64}, {"half", Dtype::kFloat16}, {"bfloat16", Dtype::kBfloat16}};

}  // namespace

void install_module_conversion(Interpreter& in, Class* module) {
  for (const Cast& each : kCasts) in.method(module, each.name, cast, Value::of(static_cast<std::int64_t>(each.dtype)));
  for (const char* name : {"cpu", "cuda", "xpu", "ipu", "mtia"})
    in.method(module, name, move, Value::of(in.intern(name)));
  in.method(module, "to", to);
  in.method(module, "type", type);
  in.method(module, "to_empty", to_empty);
  in.method(module, "_apply", apply_function);
}

}  // namespace ckptlint::python::torch
