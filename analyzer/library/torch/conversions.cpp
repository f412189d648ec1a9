// Between tensors, dtypes, devices and Python values: to, float, item, tolist, size; and writes of everything at once.
#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/tensor_data.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

Value plain(Call& call, Tensor* tensor) {
  // Conversions of a Parameter are plain tensors unless nothing changed.
  return Value::of(tensor == call.a[0].object ? call.a[0].as<Tensor>() : tensor);
}

// "input, *args, device=, dtype=, copy=, other="
Value to(Call& call) {
  Tensor* input = call.tensor(0);
  Dtype dtype = input->dtype;
  Device* device = device_of(call.in, input);
  bool copy = call.flag(4, false);
  const auto take = [&](const Value& value) {
    if (value.is(Kind::kDtype)) {
      dtype = value.as<DtypeObject>()->dtype;
    } else if (value.is(Kind::kClass)) {
      call.a[3] = value;
      dtype = call.dtype(3, dtype);
    } else if (value.is(Kind::kTensor)) {
      dtype = value.as<Tensor>()->dtype;
      device = device_of(call.in, value.as<Tensor>());
    } else if (value.is(Kind::kDevice) || value.is(Kind::kStr) || value.is(Kind::kInt)) {
      device = device_of(call.in, value);
    }
  };
  if (!call.absent(1)) {
    const Tuple* given = call.a[1].as<Tuple>();
    for (std::uint32_t i = 0; i < given->count; ++i) take(given->items[i]);
    if (given->count == 4 || (given->count == 3 && given->items[0].is(Kind::kDtype))) {
      copy = copy || call.in.truth(given->items[given->count - 1]) == Truth::kTrue;
    }
  }
  if (!call.absent(2)) take(call.a[2]);
  if (!call.absent(5)) take(call.a[5]);
  dtype = call.dtype(3, dtype);
  return plain(call, converted(call.in, input, dtype, device, copy));
}

// .float(), .half(), ...: op.code is the dtype.
Value cast(Call& call) {
  Tensor* input = call.tensor(0);
  return plain(call, converted(call.in, input, static_cast<Dtype>(call.op.code), device_of(call.in, input), false));
}

// .cpu(), .cuda(...): op.code tells which.
constexpr const char* kMoves[] = {"cpu", "cuda", "xpu", "npu", "hpu", "mps"};
Value move(Call& call) {
  Tensor* input = call.tensor(0);
  Device* target = device(call.in, kMoves[call.op.code]);
  if (!call.absent(1) && !call.a[1].is(Kind::kBool)) target = device_of(call.in, call.a[1]);
  return plain(call, converted(call.in, input, input->dtype, target, false));
}

// "input, dtype=": without one, the name of the type.
Value type(Call& call) {
  Tensor* input = call.tensor(0);
  Device* device = device_of(call.in, input);
  if (call.absent(1)) {
    std::string name = "torch.";
    if (device != call.torch.cpu) name += std::string(device->type->view()) + ".";
    return call.in.string(name + std::string(scalar_name(input->dtype)) + "Tensor");
  }
  if (call.a[1].is(Kind::kDtype))
    return plain(call, converted(call.in, input, call.dtype(1, input->dtype), device, false));
  // A class or its name: torch.FloatTensor.
  std::string name = call.a[1].is(Kind::kStr)     ? std::string(call.a[1].as<Str>()->view())
                     : call.a[1].is(Kind::kClass) ? std::string(call.a[1].as<Class>()->name->view())
                                                  : "";
  if (name.starts_with("torch.")) name.erase(0, 6);
  for (int i = 0; i < kDtypeCount; ++i) {
    const Dtype dtype = static_cast<Dtype>(i);
    if (name == std::string(scalar_name(dtype)) + "Tensor")
      return plain(call, converted(call.in, input, dtype, device, false));
  }
  call.in.raise_value_error("invalid type: '" + name + "'");
}

Value type_as(Call& call) {
  Tensor* input = call.tensor(0);
  Tensor* other = call.tensor(1);
  return plain(call, converted(call.in, input, other->dtype, device_of(call.in, other), false));
}

Value item(Call& call) {
  Tensor* input = call.tensor(0);
  if (is_complex(input->dtype)) give_up("a complex number");
  return item_value(input->dtype, read_item(call.in, input));
}

Value nested(Call& call, const Tensor* input, const Known& elements, int dim, std::int64_t& at) {
  if (dim == input->rank) return item_value(input->dtype, elements[at++]);
  List* list = call.in.list(static_cast<std::size_t>(input->shape[dim]));
  for (std::int64_t i = 0; i < input->shape[dim]; ++i)
    list->items.push(call.in.arena, nested(call, input, elements, dim + 1, at));
  return Value::of(list);
}

Value to_list(Call& call) {
  Tensor* input = call.tensor(0);
  if (is_meta(call.in, input))
    call.in.raise(call.in.exception("NotImplementedError"), "Cannot copy out of meta tensor; no data!");
  const Known elements = known(input);
  if (!elements.known || numel(input) > kMaxContents || is_complex(input->dtype)) give_up("the elements of a tensor");
  call.in.step(static_cast<std::uint64_t>(numel(input)));
  std::int64_t at = 0;
  return nested(call, input, elements, 0, at);
}

// numpy has the same numbers; what it lacks (bfloat16) it cannot take.
Value numpy(Call& call) {
  Tensor* input = call.tensor(0);
  if (is_meta(call.in, input)) {
    call.in.raise_type_error(
        "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.");
  }
  if (input->dtype == Dtype::kBfloat16) call.in.raise_type_error("Got unsupported ScalarType BFloat16");
  const Value list = to_list(call);
  Str* dtype = call.in.intern("dtype");
  return call.in.call(call.in.import_name("numpy", "array"), {list},
                      {{dtype, call.in.string(torch_name(input->dtype))}});
}

// "input, dim="
Value size(Call& call) {
  Tensor* input = call.tensor(0);
  if (call.absent(1)) return size_value(call.in, sizes_of(input));
  return Value::of(input->rank == 0 ? (call.dim(1, 0), std::int64_t{1}) : input->shape[call.dim(1, input->rank)]);
}

Value stride(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes strides = strides_of(input);
  if (!call.absent(1)) return Value::of(strides[call.dim(1, input->rank)]);
  Value items[kMaxRank];
  for (int i = 0; i < strides.rank; ++i) items[i] = Value::of(strides[i]);
  return call.in.tuple(items, static_cast<std::size_t>(strides.rank));
}

enum Fact : std::int64_t {
  kNumel,
  kDim,
  kOffset,
  kContiguous,
  kElementSize,
  kFloatingPoint,
  kComplexFact,
  kSigned,
  kGetDevice,
  kFalse,
  kTrue
};

Value fact(Call& call) {
  Tensor* input = call.tensor(0);
  switch (call.op.code) {
    case kNumel:
      return Value::of(numel(input));
    case kDim:
      return Value::of(static_cast<std::int64_t>(input->rank));
    case kOffset:
      return Value::of(offset_of(input));
    case kContiguous:
      return Value::of(is_contiguous(input));
    case kElementSize:
      return Value::of(item_size(input->dtype));
    case kFloatingPoint:
      return Value::of(is_floating(input->dtype));
    case kComplexFact:
      return Value::of(is_complex(input->dtype));
    case kSigned:
      return Value::of(!is_unsigned(input->dtype));
    case kGetDevice:
      return Value::of(std::max<std::int64_t>(device_of(call.in, input)->index, -1));
    case kTrue:
      return Value::of(true);
    default:
      return Value::of(false);
  }
}

Value same_size(Call& call) { return Value::of(sizes_of(call.tensor(0)) == sizes_of(call.tensor(1))); }

// "input, requires_grad="
Value requires_grad(Call& call) {
  Tensor* input = call.tensor(0);
  const bool wanted = call.flag(1, true);
  if (wanted && !is_floating(input->dtype) && !is_complex(input->dtype)) {
    call.runtime_error("only Tensors of floating point dtype can require gradients");
  }
  input->requires_grad = wanted;
  return call.a[0];
}

Value itself(Call& call) { return call.a[0]; }
Value nothing(Call&) { return Value::none(); }
Value unknown(Call& call) { return call.in.unknown(std::string("torch.Tensor.") + call.op.name); }

// ---- whole-tensor writes

Value fill(Call& call) {
  Tensor* input = call.tensor(0);
  try {
    const double value = call.op.code >= 0 ? static_cast<double>(call.op.code) : call.number(1);
    write_filled(call.in, input, value);
  } catch (const Unknowable&) {
    write_unknown(call.in, input);
  } catch (const PyRaise&) {
    if (!call.is_tensor(1)) throw;
    write_unknown(call.in, input);  // a value on the meta device
  }
  return call.a[0];
}

// "input, value": a new tensor.
Value filled_like(Call& call) {
  Tensor* input = call.tensor(0);
  return Value::of(make_filled(call.in, input->dtype, sizes_of(input), device_of(call.in, input), call.number(1)));
}

Value randomize(Call& call) {
  write_unknown(call.in, call.tensor(0));
  return call.a[0];
}

// "input, src, non_blocking="
Value copy(Call& call) {
  Tensor* input = call.tensor(0);
  if (!call.is_tensor(1)) {
    write_filled(call.in, input, call.number(1));
    return call.a[0];
  }
  Tensor* source = call.tensor(1);
  if (is_meta(call.in, source) && !is_meta(call.in, input)) {
    call.in.raise(call.in.exception("NotImplementedError"), "Cannot copy out of meta tensor; no data!");
  }
  if (!broadcastable_to(sizes_of(source), sizes_of(input))) {
    call.runtime_error("The size of tensor a (" + std::to_string(input->rank == 0 ? 1 : input->shape[input->rank - 1]) +
                       ") must match the size of tensor b (" +
                       std::to_string(source->rank == 0 ? 1 : source->shape[source->rank - 1]) +
                       ") at non-singleton dimension " + std::to_string(std::max(input->rank, source->rank) - 1));
  }
  if (!(sizes_of(source) == sizes_of(input))) source = make_clone(call.in, expanded(call, source, sizes_of(input)));
  write_elements(call.in, input, known(source));
  return call.a[0];
}

// "input, source="
Value set(Call& call) {
  Tensor* input = call.tensor(0);
  if (call.is_tensor(1)) {
    set_data(call.in, input, call.tensor(1));
  } else {
    write_unknown(call.in, input);
  }
  return call.a[0];
}

// "input, *size"
Value resize(Call& call) {
  Tensor* input = call.tensor(0);
  set_data(call.in, input, make_tensor(call.in, input->dtype, call.sizes(1), device_of(call.in, input)));
  return call.a[0];
}

// "input, value, wrap="
Value fill_diagonal(Call& call) {
  Tensor* input = call.tensor(0);
  const double value = call.number(1);
  if (input->rank != 2 || call.flag(2, false)) {
    write_unknown(call.in, input);
    return call.a[0];
  }
  const Sizes strides = strides_of(input);
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < std::min(input->shape[0], input->shape[1]) && i < kMaxContents; ++i) {
    offsets.push_back(offset_of(input) + i * (strides[0] + strides[1]));
  }
  write_offsets(call.in, input, offsets, {nullptr, value, true});
  return call.a[0];
}

// "input, *, generator=" and "input, num_samples, replacement=": random, so only shapes.
Value bernoulli(Call& call) {
  Tensor* input = call.tensor(0);
  return Value::of(make_tensor(call.in, input->dtype, sizes_of(input), device_of(call.in, input)));
}
Value multinomial(Call& call) {
  Tensor* input = call.tensor(0);
  Sizes sizes = sizes_of(input);
  if (sizes.rank == 0 || sizes.rank > 2) call.runtime_error("prob_dist must be 1 or 2 dim");
  sizes[sizes.rank - 1] = call.integer(1);
  return Value::of(make_tensor(call.in, Dtype::kInt64, sizes, device_of(call.in, input)));
}

// Complex numbers: dtype and shape.
Value complex_result(Call& call) {
  Tensor* input = call.tensor(0);
  const Dtype dtype = input->dtype;
  Sizes sizes = sizes_of(input);
  Device* device = device_of(call.in, input);
  switch (call.op.code) {
    case 0:  // view_as_complex
      if (sizes.rank == 0 || sizes[sizes.rank - 1] != 2)
        call.runtime_error("Tensor must have a last dimension of size 2");
      --sizes.rank;
      return Value::of(make_tensor(call.in, complex_of(dtype), sizes, device));
    case 1:  // view_as_real
      if (!is_complex(dtype)) call.runtime_error("view_as_real is only supported for complex tensors");
      sizes.push(2);
      return Value::of(make_tensor(call.in, real_of(dtype), sizes, device));
    case 2:
      return Value::of(
          make_tensor(call.in, complex_of(dtype), broadcast(call.in, sizes, sizes_of(call.tensor(1))), device));
    case 3:
      return is_complex(dtype) ? Value::of(make_tensor(call.in, dtype, sizes, device)) : call.a[0];
    case 4:
      return Value::of(
          make_tensor(call.in, is_complex(dtype) ? real_of(dtype) : floating_result(call, dtype), sizes, device));
    default:
      return is_complex(dtype) ? Value::of(make_tensor(call.in, real_of(dtype), sizes, device)) : call.a[0];
  }
}

constexpr std::int64_t code_of(Dtype dtype) { return static_cast<std::int64_t>(dtype); }

constexpr Op kOps[] = {
    {"to", "input, *args, device=, dtype=, copy=, other=", to, kMethod},
    {"float", "input", cast, kMethod, false, code_of(Dtype::kFloat32)},
    {"double", "input", cast, kMethod, false, code_of(Dtype::kFloat64)},
    {"half", "input", cast, kMethod, false, code_of(Dtype::kFloat16)},
    {"bfloat16", "input", cast, kMethod, false, code_of(Dtype::kBfloat16)},
    {"int", "input", cast, kMethod, false, code_of(Dtype::kInt32)},
    {"long", "input", cast, kMethod, false, code_of(Dtype::kInt64)},
    {"short", "input", cast, kMethod, false, code_of(Dtype::kInt16)},
    {"char", "input", cast, kMethod, false, code_of(Dtype::kInt8)},
    {"byte", "input", cast, kMethod, false, code_of(Dtype::kUint8)},
    {"bool", "input", cast, kMethod, false, code_of(Dtype::kBool)},
    {"cfloat", "input", cast, kMethod, false, code_of(Dtype::kComplex64)},
    {"cdouble", "input", cast, kMethod, false, code_of(Dtype::kComplex128)},
    {"cpu", "input, device=", move, kMethod, false, 0},
    {"cuda", "input, device=", move, kMethod, false, 1},
    {"xpu", "input, device=", move, kMethod, false, 2},
    {"npu", "input, device=", move, kMethod, false, 3},
    {"hpu", "input, device=", move, kMethod, false, 4},
    {"mps", "input, device=", move, kMethod, false, 5},
    {"type", "input, dtype=", type, kMethod},
    {"type_as", "input, other", type_as, kMethod},
    {"item", "input", item, kMethod},
    {"tolist", "input", to_list, kMethod},
    {"numpy", "input, *, force=", numpy, kMethod},
    {"__array__", "input, dtype=", numpy, kMethod},
    {"size", "input, dim=", size, kMethod},
    {"stride", "input, dim=", stride, kMethod},
    {"numel", "input", fact, kBoth, false, kNumel},
    {"nelement", "input", fact, kMethod, false, kNumel},
    {"dim", "input", fact, kMethod, false, kDim},
    {"ndimension", "input", fact, kMethod, false, kDim},
    {"storage_offset", "input", fact, kMethod, false, kOffset},
    {"is_contiguous", "input", fact, kMethod, false, kContiguous},
    {"element_size", "input", fact, kMethod, false, kElementSize},
    {"is_floating_point", "input", fact, kBoth, false, kFloatingPoint},
    {"is_complex", "input", fact, kBoth, false, kComplexFact},
    {"is_signed", "input", fact, kBoth, false, kSigned},
    {"get_device", "input", fact, kBoth, false, kGetDevice},
    {"is_pinned", "input, device=", fact, kMethod, false, kFalse},
    {"is_shared", "input", fact, kMethod, false, kFalse},
    {"is_inference", "input", fact, kBoth, false, kFalse},
    {"is_conj", "input", fact, kBoth, false, kFalse},
    {"is_neg", "input", fact, kBoth, false, kFalse},
    {"is_coalesced", "input", fact, kMethod, false, kTrue},
    {"is_same_size", "input, other", same_size},
    {"requires_grad_", "input, requires_grad=", requires_grad, kMethod},
    {"share_memory_", "input", itself, kMethod},
    {"pin_memory", "input, device=", itself, kMethod},
    {"detach_", "input", itself},
    {"dequantize", "input", itself},
    {"to_dense", "input, dtype=", itself, kMethod},
    {"rename", "input, *names", itself, kMethod},
    {"as_subclass", "input, cls", itself, kMethod},
    {"retain_grad", "input", nothing, kMethod},
    {"backward", "input, gradient=, retain_graph=, create_graph=, inputs=", nothing, kMethod},
    {"register_hook", "input, hook", unknown, kMethod},
    {"register_post_accumulate_grad_hook", "input, hook", unknown, kMethod},
    {"data_ptr", "input", unknown, kMethod},
    {"storage", "input", unknown, kMethod},
    {"untyped_storage", "input", unknown, kMethod},
    {"apply_", "input, callable", randomize, kMethod},
    {"map_", "input, tensor, callable", randomize, kMethod},
    {"fill_", "input, value", fill, kBoth, false, -1},
    {"fill", "input, value", filled_like, kBoth},
    {"zero_", "input", fill, kBoth, false, 0},
    {"copy_", "input, src, non_blocking=", copy, kMethod},
    {"set_", "input, source=, storage_offset=, size=, stride=", set, kMethod},
    {"resize_", "input, *size", resize, kMethod},
    {"fill_diagonal_", "input, fill_value, wrap=", fill_diagonal, kMethod},
    {"normal_", "input, mean=, std=", randomize, kMethod},
    {"uniform_", "input, from=, to=, a=, b=", randomize, kMethod},
    {"random_", "input, from=, to=", randomize, kMethod},
    {"exponential_", "input, lambd=", randomize, kMethod},
    {"bernoulli_", "input, p=", randomize, kMethod},
    {"cauchy_", "input, median=, sigma=", randomize, kMethod},
    {"geometric_", "input, p=", randomize, kMethod},
    {"log_normal_", "input, mean=, std=", randomize, kMethod},
    {"bernoulli", "input, p=, out=", bernoulli},
    {"poisson", "input", bernoulli, kFunction},
    {"multinomial", "input, num_samples, replacement=, *, out=", multinomial},
    {"view_as_complex", "input", complex_result, kFunction, false, 0},
    {"view_as_real", "input", complex_result, kFunction, false, 1},
    {"complex", "input, imag", complex_result, kFunction, false, 2},
    {"polar", "input, angle", complex_result, kFunction, false, 2},
    {"conj", "input", complex_result, kBoth, false, 3},
    {"angle", "input", complex_result, kBoth, false, 4},
    {"real", "input", complex_result, kFunction, false, 5},
    {"imag", "input", complex_result, kFunction, false, 5},
};

}  // namespace

void set_data(Interpreter& in, Tensor* tensor, Tensor* source) {
  if (tensor == source) return;
  release(in, tensor);
  tensor->dtype = source->dtype;
  tensor->device = source->device;
  adopt(tensor, make_view(in, source, sizes_of(source), strides_of(source), offset_of(source)));
  ++tensor->writes;
}

Value size_value(Interpreter& in, const Sizes& sizes) {
  Value items[kMaxRank];
  for (int i = 0; i < sizes.rank; ++i) items[i] = Value::of(sizes[i]);
  Value made = in.tuple(items, static_cast<std::size_t>(sizes.rank));
  made.as<Tuple>()->is_size = true;
  return made;
}

void install_conversions(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

}  // namespace ckptlint::python::torch
