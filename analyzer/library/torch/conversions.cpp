// Between tensors, dtypes, devices and Python values: to, float, item, tolist, size; and writes of everything at once.
#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/sampling.h"
#include "library/torch/tensor_data.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

Value to(Call& call, Tensor* input, Arg args, Arg given_device, Arg given_dtype, Arg given_copy, Arg other) {
  Dtype dtype = input->dtype;
  Device* device = device_of(call.in, input);
  bool copy = given_copy.flag(false);
  Value wanted = given_dtype.value();
  const auto take = [&](const Value& value) {
    if (value.is(Kind::kDtype)) {
      dtype = value.as<DtypeObject>()->dtype;
    } else if (value.is(Kind::kClass)) {
      wanted = value;
      dtype = given_dtype.dtype_in(value);
    } else if (value.is(Kind::kTensor)) {
      dtype = value.as<Tensor>()->dtype;
      device = device_of(call.in, value.as<Tensor>());
    } else if (value.is(Kind::kDevice) || value.is(Kind::kStr) || value.is(Kind::kInt)) {
      device = device_of(call.in, value);
    }
  };
  if (!args.absent()) {
    const Tuple* given = args.value().as<Tuple>();
    for (std::uint32_t i = 0; i < given->count; ++i) take(given->items[i]);
    if (given->count == 4 || (given->count == 3 && given->items[0].is(Kind::kDtype))) {
      copy = copy || call.in.truth(given->items[given->count - 1]) == Truth::kTrue;
    }
  }
  if (!given_device.absent()) take(given_device.value());
  if (!other.absent()) take(other.value());
  if (!wanted.missing() && !wanted.is_none()) dtype = given_dtype.dtype_in(wanted);
  return Value::of(converted(call.in, input, dtype, device, copy));
}

// .float(), .half(), ...: op.code is the dtype.
Value cast(Call& call, Tensor* input) {
  return Value::of(converted(call.in, input, static_cast<Dtype>(call.op.code), device_of(call.in, input), false));
}

// .cpu(), .cuda(...): op.code tells which.
constexpr const char* kMoves[] = {"cpu", "cuda", "xpu", "npu", "hpu", "mps"};
Value move(Call& call, Tensor* input, Arg given_device) {
  Device* target = device(call.in, kMoves[call.op.code]);
  if (!given_device.absent() && !given_device.is(Kind::kBool)) target = device_of(call.in, given_device.value());
  return Value::of(converted(call.in, input, input->dtype, target, false));
}

// Without one, the name of the type.
Value type(Call& call, Tensor* input, Arg given_dtype) {
  Device* device = device_of(call.in, input);
  if (given_dtype.absent()) {
    std::string name = "torch.";
    if (device != call.torch.cpu) name += std::string(device->type->view()) + ".";
    return call.in.string(name + std::string(scalar_name(input->dtype)) + "Tensor");
  }
  if (given_dtype.is(Kind::kDtype))
    return Value::of(converted(call.in, input, given_dtype.dtype(input->dtype), device, false));
  // A class or its name: torch.FloatTensor.
  std::string name = given_dtype.is(Kind::kStr)     ? std::string(given_dtype.value().as<Str>()->view())
                     : given_dtype.is(Kind::kClass) ? std::string(given_dtype.value().as<Class>()->name->view())
                                                    : "";
  if (name.starts_with("torch.")) name.erase(0, 6);
  for (int i = 0; i < kDtypeCount; ++i) {
    const Dtype dtype = static_cast<Dtype>(i);
    if (name == std::string(scalar_name(dtype)) + "Tensor")
      return Value::of(converted(call.in, input, dtype, device, false));
  }
  call.in.raise_value_error("invalid type: '" + name + "'");
}

Value type_as(Call& call, Tensor* input, Tensor* other) {
  return Value::of(converted(call.in, input, other->dtype, device_of(call.in, other), false));
}

Value item(Call& call, Tensor* input) {
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

Value to_list(Call& call, Tensor* input) {
  if (is_meta(call.in, input))
    call.in.raise(call.in.exception("NotImplementedError"), "Cannot copy out of meta tensor; no data!");
  const Known elements = known(input);
  if (!elements.known || numel(input) > kMaxContents || is_complex(input->dtype)) give_up("the elements of a tensor");
  call.in.step(static_cast<std::uint64_t>(numel(input)));
  std::int64_t at = 0;
  return nested(call, input, elements, 0, at);
}

// numpy has the same numbers; what it lacks (bfloat16) it cannot take.
Value numpy(Call& call, Tensor* input, Arg) {
  if (is_meta(call.in, input)) {
    call.in.raise_type_error(
        "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.");
  }
  if (input->dtype == Dtype::kBfloat16) call.in.raise_type_error("Got unsupported ScalarType BFloat16");
  const Value list = to_list(call, input);
  Str* dtype = call.in.intern("dtype");
  return call.in.call(call.in.import_name("numpy", "array"), {list},
                      {{dtype, call.in.string(torch_name(input->dtype))}});
}

Value size(Call& call, Tensor* input, Arg dim) {
  if (dim.absent()) return size_value(call.in, sizes_of(input));
  return Value::of(input->rank == 0 ? (dim.dim(0), std::int64_t{1}) : input->shape[dim.dim(input->rank)]);
}

Value stride(Call& call, Tensor* input, Arg dim) {
  const Sizes strides = strides_of(input);
  if (!dim.absent()) return Value::of(strides[dim.dim(input->rank)]);
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

Value fact(Call& call, Tensor* input, Rest) {
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

Value same_size(Call&, Tensor* input, Tensor* other) { return Value::of(sizes_of(input) == sizes_of(other)); }

Value requires_grad(Call& call, Tensor* input, Arg requires_grad) {
  const bool wanted = requires_grad.flag(true);
  if (wanted && !is_floating(input->dtype) && !is_complex(input->dtype)) {
    call.runtime_error("only Tensors of floating point dtype can require gradients");
  }
  if (!wanted) refuse_other_grad(call.in, input);
  input->requires_grad = wanted;
  return Value::of(input);
}

Value itself(Call&, Arg input, Rest) { return input.value(); }
// The same elements as a tensor of that class.
Value as_subclass(Call& call, Tensor* input, Arg cls) {
  if (!cls.value().is(Kind::kClass)) return Value::of(input);
  return Value::of(make_alias(call.in, input, cls.value().as<Class>()));
}

Value nothing(Call&, Rest) { return Value::none(); }
Value unknown(Call& call, Rest) { return call.in.unknown(std::string("torch.Tensor.") + call.op.name); }

// ---- whole-tensor writes

Value fill(Call& call, Tensor* input, Arg value) {
  try {
    write_filled(call.in, input, value.number());
  } catch (const Unknowable&) {
    write_unknown(call.in, input);
  } catch (const PyRaise&) {
    if (!value.is_tensor()) throw;
    write_unknown(call.in, input);  // a value on the meta device
  }
  return Value::of(input);
}

Value zero(Call& call, Tensor* input) {
  write_filled(call.in, input, 0);
  return Value::of(input);
}

// A new tensor.
Value filled_like(Call& call, Tensor* input, Arg value) {
  return Value::of(make_filled(call.in, input->dtype, sizes_of(input), device_of(call.in, input), value.number()));
}

Value randomize(Call& call, Tensor* input, Rest) {
  write_unknown(call.in, input);
  return Value::of(input);
}

template <Distribution kDistribution>
Value sample(Call& call, Tensor* input, Rest) {
  refuse_dtype_for(call.in, input, kDistribution);
  write_unknown(call.in, input);
  return Value::of(input);
}

Value copy(Call& call, Tensor* input, Arg src, Arg) {
  if (!src.is_tensor()) {
    write_filled(call.in, input, src.number());
    return Value::of(input);
  }
  Tensor* source = src.tensor();
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
  return Value::of(input);
}

Value set(Call& call, Tensor* input, Arg source, Rest) {
  if (source.is_tensor()) {
    set_data(call.in, input, source.tensor());
  } else {
    write_unknown(call.in, input);
  }
  return Value::of(input);
}

Value resize(Call& call, Tensor* input, Arg size) {
  set_data(call.in, input, make_tensor(call.in, input->dtype, size.sizes(), device_of(call.in, input)));
  return Value::of(input);
}

Value fill_diagonal(Call& call, Tensor* input, Arg fill_value, Arg wrap) {
  const double value = fill_value.number();
  if (input->rank != 2 || wrap.flag(false)) {
    write_unknown(call.in, input);
    return Value::of(input);
  }
  const Sizes strides = strides_of(input);
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < std::min(input->shape[0], input->shape[1]) && i < kMaxContents; ++i) {
    offsets.push_back(offset_of(input) + i * (strides[0] + strides[1]));
  }
  write_offsets(call.in, input, offsets, {nullptr, value, true});
  return Value::of(input);
}

// Random, so only shapes.
Value bernoulli(Call& call, Tensor* input, Rest) {
  return Value::of(make_tensor(call.in, input->dtype, sizes_of(input), device_of(call.in, input)));
}
Value multinomial(Call& call, Tensor* input, Arg num_samples, Arg) {
  Sizes sizes = sizes_of(input);
  if (sizes.rank == 0 || sizes.rank > 2) call.runtime_error("prob_dist must be 1 or 2 dim");
  sizes[sizes.rank - 1] = num_samples.integer();
  return Value::of(make_tensor(call.in, Dtype::kInt64, sizes, device_of(call.in, input)));
}

// Complex numbers: dtype and shape.
Value complex_result(Call& call, Tensor* input) {
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
    case 3:
      return is_complex(dtype) ? Value::of(make_tensor(call.in, dtype, sizes, device)) : Value::of(input);
    case 4:
      return Value::of(
          make_tensor(call.in, is_complex(dtype) ? real_of(dtype) : floating_result(call, dtype), sizes, device));
    default:
      return is_complex(dtype) ? Value::of(make_tensor(call.in, real_of(dtype), sizes, device)) : Value::of(input);
  }
}

Value complex_of_parts(Call& call, Tensor* input, Tensor* other) {
  return Value::of(make_tensor(call.in, complex_of(input->dtype), broadcast(call.in, sizes_of(input), sizes_of(other)),
                               device_of(call.in, input)));
}

constexpr std::int64_t code_of(Dtype dtype) { return static_cast<std::int64_t>(dtype); }

constexpr Op kConversionsOps[] = {
    op<"input, *args, device=, dtype=, copy=, other=", to>("to", kMethod),
    op<"input", cast>("float", kMethod, false, code_of(Dtype::kFloat32)),
    op<"input", cast>("double", kMethod, false, code_of(Dtype::kFloat64)),
    op<"input", cast>("half", kMethod, false, code_of(Dtype::kFloat16)),
    op<"input", cast>("bfloat16", kMethod, false, code_of(Dtype::kBfloat16)),
    op<"input", cast>("int", kMethod, false, code_of(Dtype::kInt32)),
    op<"input", cast>("long", kMethod, false, code_of(Dtype::kInt64)),
    op<"input", cast>("short", kMethod, false, code_of(Dtype::kInt16)),
    op<"input", cast>("char", kMethod, false, code_of(Dtype::kInt8)),
    op<"input", cast>("byte", kMethod, false, code_of(Dtype::kUint8)),
    op<"input", cast>("bool", kMethod, false, code_of(Dtype::kBool)),
    op<"input", cast>("cfloat", kMethod, false, code_of(Dtype::kComplex64)),
    op<"input", cast>("cdouble", kMethod, false, code_of(Dtype::kComplex128)),
    op<"input, device=", move>("cpu", kMethod, false, 0),
    op<"input, device=", move>("cuda", kMethod, false, 1),
    op<"input, device=", move>("xpu", kMethod, false, 2),
    op<"input, device=", move>("npu", kMethod, false, 3),
    op<"input, device=", move>("hpu", kMethod, false, 4),
    op<"input, device=", move>("mps", kMethod, false, 5),
    op<"input, dtype=", type>("type", kMethod),
    op<"input, other", type_as>("type_as", kMethod),
    op<"input", item>("item", kMethod),
    op<"input", to_list>("tolist", kMethod),
    op<"input, *, force=", numpy>("numpy", kMethod),
    op<"input, dtype=", numpy>("__array__", kMethod),
    op<"input, dim=", size>("size", kMethod),
    op<"input, dim=", stride>("stride", kMethod),
    op<"input", fact>("numel", kBoth, false, kNumel),
    op<"input", fact>("nelement", kMethod, false, kNumel),
    op<"input", fact>("dim", kMethod, false, kDim),
    op<"input", fact>("ndimension", kMethod, false, kDim),
    op<"input", fact>("storage_offset", kMethod, false, kOffset),
    op<"input", fact>("is_contiguous", kMethod, false, kContiguous),
    op<"input", fact>("element_size", kMethod, false, kElementSize),
    op<"input", fact>("is_floating_point", kBoth, false, kFloatingPoint),
    op<"input", fact>("is_complex", kBoth, false, kComplexFact),
    op<"input", fact>("is_signed", kBoth, false, kSigned),
    op<"input", fact>("get_device", kBoth, false, kGetDevice),
    op<"input, device=", fact>("is_pinned", kMethod, false, kFalse),
    op<"input", fact>("is_shared", kMethod, false, kFalse),
    op<"input", fact>("is_inference", kBoth, false, kFalse),
    op<"input", fact>("is_conj", kBoth, false, kFalse),
    op<"input", fact>("is_neg", kBoth, false, kFalse),
    op<"input", fact>("is_coalesced", kMethod, false, kTrue),
    op<"input, other", same_size>("is_same_size"),
    op<"input, requires_grad=", requires_grad>("requires_grad_", kMethod),
    op<"input", itself>("share_memory_", kMethod),
    op<"input, device=", itself>("pin_memory", kMethod),
    op<"input", itself>("detach_"),
    op<"input", itself>("dequantize"),
    op<"input, dtype=, *, masked_grad=", itself>("to_dense", kMethod),
    op<"input, *names", itself>("rename", kMethod),
    op<"input, cls", as_subclass>("as_subclass", kMethod),
    op<"input", nothing>("retain_grad", kMethod),
    op<"input, gradient=, retain_graph=, create_graph=, inputs=", nothing>("backward", kMethod),
    op<"input, hook", unknown>("register_hook", kMethod),
    op<"input, hook", unknown>("register_post_accumulate_grad_hook", kMethod),
    op<"input", unknown>("data_ptr", kMethod),
    op<"input", unknown>("storage", kMethod),
    op<"input", unknown>("untyped_storage", kMethod),
    op<"input, callable", randomize>("apply_", kMethod),
    op<"input, other, callable", randomize>("map_", kMethod),
    op<"input, value", fill>("fill_"),
    op<"input, value", filled_like>("fill", kBoth),
    op<"input", zero>("zero_"),
    op<"input, other, non_blocking=", copy>("copy_", kMethod),
    op<"input, source=, storage_offset=, size=, stride=", set>("set_", kMethod),
    op<"input, *size", resize>("resize_", kMethod),
    op<"input, fill_value, wrap=", fill_diagonal>("fill_diagonal_", kMethod),
    op<"input, mean=, std=", sample<Distribution::kNormal>>("normal_", kMethod),
    op<"input, from=, to=", sample<Distribution::kUniform>>("uniform_", kMethod),
    op<"input, from=, to=", randomize>("random_", kMethod),
    op<"input, lambd=", randomize>("exponential_", kMethod),
    op<"input, p=", randomize>("bernoulli_", kMethod),
    op<"input, median=, sigma=", randomize>("cauchy_", kMethod),
    op<"input, p=", randomize>("geometric_", kMethod),
    op<"input, mean=, std=", randomize>("log_normal_", kMethod),
    op<"input, p=, out=", bernoulli>("bernoulli"),
    op<"input", bernoulli>("poisson", kFunction),
    op<"input, num_samples, replacement=, *, out=", multinomial>("multinomial"),
    op<"input", complex_result>("view_as_complex", kFunction, false, 0),
    op<"input", complex_result>("view_as_real", kFunction, false, 1),
    op<"real, imag", complex_of_parts>("complex", kFunction),
    op<"abs, angle", complex_of_parts>("polar", kFunction),
    op<"input", complex_result>("conj", kBoth, false, 3),
    op<"input", complex_result>("angle", kBoth, false, 4),
    op<"input", complex_result>("real", kFunction, false, 5),
    op<"input", complex_result>("imag", kFunction, false, 5),
};

}  // namespace

void set_data(Interpreter& in, Tensor* tensor, Tensor* source) {
  if (tensor == source) return;
  if (is_meta(in, tensor) != is_meta(in, source)) {
    in.raise(
        in.exception("RuntimeError"),
        "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type.");
  }
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

void install_conversions(Interpreter& in, Module* torch) { install_ops(in, torch, kConversionsOps); }

}  // namespace ckptlint::python::torch
