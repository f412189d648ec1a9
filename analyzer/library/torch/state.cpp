// torch.dtype and torch.device as objects, `with torch.device(...)`, and the default dtype and device (torch 2.13.0).
#include "library/torch/state.h"

#include <charconv>

#include "library/torch/ops.h"
#include "python/evaluate/signature.h"
#include "python/values/dict.h"

namespace ckptlint::python::torch {
namespace {

constexpr std::string_view kDeviceTypes[] = {
    "cpu", "cuda", "ipu",    "xpu", "mkldnn", "opengl", "opencl", "ideep",         "hip", "ve",  "fpga", "maia",
    "xla", "lazy", "vulkan", "mps", "meta",   "hpu",    "mtia",   "privateuseone", "npu", "mlu", "musa", "neuron"};

Value make_device(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, type, index] = bind<"cls, type, index=">(in, "device", arguments);
  if (type.unknown()) return type;
  if (index.unknown()) return index;
  Device* made = device_of(in, type);
  if (!index.missing() && !index.is_none()) made = device(in, made->type->view(), in.to_int(index));
  return Value::of(made);
}

Value device_type(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(self_as<Device>(in, arguments)->type);
}

Value device_index(Interpreter& in, const Arguments& arguments, const Value&) {
  const Device* self = self_as<Device>(in, arguments);
  return self->index < 0 ? Value::none() : Value::of(self->index);
}

Value device_text(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(text_of(self_as<Device>(in, arguments)));
}

Value device_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Device* self = self_as<Device>(in, arguments);
  std::string text = "device(type='" + std::string(self->type->view()) + "'";
  if (self->index >= 0) text += ", index=" + std::to_string(self->index);
  return in.string(text + ")");
}

// `with torch.device(...)`: the outer one comes back at the end.
Value device_enter(Interpreter& in, const Arguments& arguments, const Value&) {
  Device* self = self_as<Device>(in, arguments);
  in.torch->devices.push(in.arena, in.torch->device);
  in.torch->device = self;
  return Value::of(self);
}

Value device_exit(Interpreter& in, const Arguments&, const Value&) {
  if (!in.torch->devices.empty()) {
    in.torch->device = in.torch->devices.back();
    --in.torch->devices.count;
  }
  return Value::none();
}

// As a decorator.
Value device_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, func] = bind<"self, func">(in, "__call__", arguments);
  return func;
}

Dtype dtype_receiver(Interpreter& in, const Arguments& arguments) { return self_as<DtypeObject>(in, arguments)->dtype; }

Value dtype_is_floating(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(is_floating(dtype_receiver(in, arguments)));
}
Value dtype_is_complex(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(is_complex(dtype_receiver(in, arguments)));
}
Value dtype_is_signed(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(!is_unsigned(dtype_receiver(in, arguments)));
}
Value dtype_item_size(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(item_size(dtype_receiver(in, arguments)));
}
Value dtype_to_real(Interpreter& in, const Arguments& arguments, const Value&) {
  return dtype_value(in, real_of(dtype_receiver(in, arguments)));
}
Value dtype_to_complex(Interpreter& in, const Arguments& arguments, const Value&) {
  return dtype_value(in, complex_of(dtype_receiver(in, arguments)));
}
Value dtype_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string("torch." + std::string(torch_name(dtype_receiver(in, arguments))));
}

struct Alias {
  const char* name;
  Dtype dtype;
};
constexpr Alias kAliases[] = {
    {"float", Dtype::kFloat32},    {"double", Dtype::kFloat64},     {"half", Dtype::kFloat16},
    {"long", Dtype::kInt64},       {"int", Dtype::kInt32},          {"short", Dtype::kInt16},
    {"cfloat", Dtype::kComplex64}, {"cdouble", Dtype::kComplex128}, {"chalf", Dtype::kComplex32},
};

Value get_default_dtype(Interpreter& in, const Arguments&, const Value&) {
  return dtype_value(in, in.torch->default_dtype);
}

Value set_default_dtype(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [d] = bind<"d">(in, "set_default_dtype", arguments);
  if (d.unknown()) {
    in.note_partial("the default dtype");
    return Value::none();
  }
  if (!d.is(Kind::kDtype))
    in.raise_type_error("invalid dtype object: only floating-point types are supported as the default type");
  const Dtype dtype = d.as<DtypeObject>()->dtype;
  if (!is_floating(dtype)) in.raise_type_error("only floating-point types are supported as the default type");
  in.torch->default_dtype = dtype;
  return Value::none();
}

Value get_default_device(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.torch->device); }

Value set_default_device_of(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"device">(in, "set_default_device", arguments);
  if (given.unknown()) {
    in.note_partial("the default device");
  } else {
    in.torch->device = given.is_none() ? in.torch->cpu : device_of(in, given);
  }
  return Value::none();
}

}  // namespace

Device* device(Interpreter& in, std::string_view type, std::int64_t index) {
  State& state = *in.torch;
  static constexpr std::uint32_t kMaxDevices = 4096;
  for (Device* known : state.known_devices) {
    if (known->index == index && known->type->view() == type) return known;
  }
  if (state.known_devices.size() == kMaxDevices) in.raise_value_error("too many devices");
  Device* made = in.arena.make<Device>(Object{Kind::kDevice}, in.intern(type), index);
  state.known_devices.push(in.arena, made);
  return made;
}

Device* device_of(Interpreter& in, const Value& value) {
  if (value.is(Kind::kDevice)) return value.as<Device>();
  if (value.unknown()) throw Unknowable{value, ""};
  if (value.is(Kind::kInt)) return device(in, "cuda", value.integer);
  if (!value.is(Kind::kStr)) {
    in.raise_type_error("device(): argument 'type' (position 1) must be str, not " + in.type_name(value));
  }
  const std::string_view text = value.as<Str>()->view();
  const std::size_t colon = text.find(':');
  const std::string_view type = text.substr(0, colon);
  bool listed = false;
  for (std::string_view known : kDeviceTypes) listed = listed || known == type;
  std::int64_t index = -1;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() || index < 0) {
      in.raise(in.exception("RuntimeError"), "Invalid device string: '" + std::string(text) + "'");
    }
  }
  if (!listed) {
    in.raise(in.exception("RuntimeError"),
             "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, "
             "vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: " +
                 std::string(type));
  }
  return device(in, type, index);
}

Device* device_of(Interpreter& in, const Tensor* tensor) {
  return tensor->device.is(Kind::kDevice) ? tensor->device.as<Device>() : in.torch->cpu;
}

bool is_distributed(Interpreter& in, const Tensor* tensor) {
  const Class* type = tensor->type;
  if (type == nullptr || type == in.classes.tensor || type == in.classes.parameter || type == in.classes.buffer)
    return false;
  return in.class_lookup(tensor->type, in.intern("_parameter_class")) != nullptr;
}

bool is_meta(Interpreter& in, const Tensor* tensor) { return device_of(in, tensor) == in.torch->meta; }

std::string text_of(const Device* device) {
  std::string text(device->type->view());
  if (device->index >= 0) text += ":" + std::to_string(device->index);
  return text;
}

Value dtype_value(Interpreter& in, Dtype dtype) { return Value::of(in.torch->dtypes[static_cast<int>(dtype)]); }

void install_state(Interpreter& in, Module* torch) {
  in.torch = in.arena.make<State>();
  State& state = *in.torch;
  state.names.intern_all(in);
  state.return_type = in.make_class("return_types", {in.classes.tuple}, Layout::kTuple);
  Class* dtypes = in.classes.dtype = in.make_class("dtype", {in.classes.object});
  dtypes->module = torch;
  in.property(dtypes, "is_floating_point", dtype_is_floating);
  in.property(dtypes, "is_complex", dtype_is_complex);
  in.property(dtypes, "is_signed", dtype_is_signed);
  in.property(dtypes, "itemsize", dtype_item_size);
  in.method(dtypes, "to_real", dtype_to_real);
  in.method(dtypes, "to_complex", dtype_to_complex);
  in.method(dtypes, "__repr__", dtype_repr);
  in.define(torch, "dtype", Value::of(dtypes));
  for (int i = 0; i < kDtypeCount; ++i) {
    const Dtype dtype = static_cast<Dtype>(i);
    state.dtypes[i] = in.arena.make<DtypeObject>(Object{Kind::kDtype}, dtype);
    if (dtype < Dtype::kFloat6E2m3) in.define(torch, torch_name(dtype), Value::of(state.dtypes[i]));
  }
  for (const Alias& alias : kAliases) in.define(torch, alias.name, dtype_value(in, alias.dtype));

  Class* devices = in.classes.device = in.make_class("device", {in.classes.object});
  devices->module = torch;
  devices->construct = make_device;
  in.property(devices, "type", device_type);
  in.property(devices, "index", device_index);
  in.method(devices, "__str__", device_text);
  in.method(devices, "__repr__", device_repr);
  in.method(devices, "__enter__", device_enter);
  in.method(devices, "__exit__", device_exit);
  in.method(devices, "__call__", device_call);
  in.define(torch, "device", Value::of(devices));
  state.cpu = device(in, "cpu");
  state.meta = device(in, "meta");
  state.device = state.cpu;

  in.define(torch, "get_default_dtype", get_default_dtype);
  in.define(torch, "set_default_dtype", set_default_dtype);
  in.define(torch, "get_default_device", get_default_device);
  in.define(torch, "set_default_device", set_default_device_of);
}

}  // namespace ckptlint::python::torch
