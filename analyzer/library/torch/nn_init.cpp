// torch.nn.init: each function writes its tensor and returns it.  What is random leaves unknown elements.
#include <fmt/format.h>

#include <cmath>

#include "library/torch/install.h"
#include "library/torch/nn_module.h"
#include "library/torch/ops.h"
#include "library/torch/sampling.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

bool usable(const Value& value) { return value.is(Kind::kTensor) && value.as<Tensor>()->shape_known; }

Tensor* tensor_argument(Interpreter& in, const Value& value) {
  if (!value.is(Kind::kTensor)) {
    in.raise(in.exception("AttributeError"), fmt::format("'{}' object has no attribute 'dim'", in.type_name(value)));
  }
  return value.as<Tensor>();
}

void refuse_vectors(Interpreter& in, const Tensor* tensor) {
  if (tensor->rank < 2)
    in.raise_value_error("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
}

enum Random : std::int64_t { kAnyShape, kMatrix };

// Functions with random results: data says whether fewer than two dimensions are refused.
template <Distribution kDistribution>
Value random(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given_tensor] = bind<"tensor, **">(
      in, "init",
      {arguments.positional, arguments.count < 1 ? arguments.count : 1, arguments.keywords, arguments.keyword_count});
  if (given_tensor.unknown()) return given_tensor;
  Tensor* tensor = tensor_argument(in, given_tensor);
  if (!tensor->shape_known) {
    ++tensor->writes;
    return given_tensor;
  }
  if (data.integer == kMatrix && numel(tensor) != 0) refuse_vectors(in, tensor);
  refuse_dtype_for(in, tensor, kDistribution);
  write_unknown(in, tensor);
  return given_tensor;
}

Value constant(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_tensor, val] = bind<"tensor, val">(in, "constant_", arguments);
  if (given_tensor.unknown()) return given_tensor;
  Tensor* tensor = tensor_argument(in, given_tensor);
  if (!tensor->shape_known) {
    ++tensor->writes;
  } else if (val.is_number()) {
    write_filled(in, tensor, val.as_double());
  } else {
    write_unknown(in, tensor);
  }
  return given_tensor;
}

// zeros_ and ones_: data is the value.
Value filled(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given_tensor] = bind<"tensor">(in, data.integer == 0 ? "zeros_" : "ones_", arguments);
  if (given_tensor.unknown()) return given_tensor;
  Tensor* tensor = tensor_argument(in, given_tensor);
  if (tensor->shape_known) {
    write_filled(in, tensor, static_cast<double>(data.integer));
  } else {
    ++tensor->writes;
  }
  return given_tensor;
}

// At these elements of a tensor; of a large one nobody keeps them.
void write_ones(Interpreter& in, Tensor* tensor, const std::vector<std::int64_t>& offsets) {
  if (numel(tensor) <= kMaxContents)
    write_offsets(in, tensor, offsets, {nullptr, 1, true});
  else
    write_unknown(in, tensor);
}

Value eye(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_tensor] = bind<"tensor">(in, "eye_", arguments);
  if (given_tensor.unknown()) return given_tensor;
  Tensor* tensor = tensor_argument(in, given_tensor);
  if (!usable(given_tensor)) return given_tensor;
  if (tensor->rank != 2) in.raise_value_error("Only tensors with 2 dimensions are supported");
  write_filled(in, tensor, 0);
  const Sizes strides = strides_of(tensor);
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < std::min(tensor->shape[0], tensor->shape[1]) && numel(tensor) <= kMaxContents; ++i) {
    in.step();
    offsets.push_back(offset_of(tensor) + i * (strides[0] + strides[1]));
  }
  write_ones(in, tensor, offsets);
  return given_tensor;
}

// Ones at the centre of the kernels, so that a convolution keeps its channels.
Value dirac(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_tensor, given_groups] = bind<"tensor, groups=">(in, "dirac_", arguments);
  if (given_tensor.unknown()) return given_tensor;
  Tensor* tensor = tensor_argument(in, given_tensor);
  if (!usable(given_tensor)) return given_tensor;
  if (tensor->rank < 3 || tensor->rank > 5)
    in.raise_value_error("Only tensors with 3, 4, or 5 dimensions are supported");
  const std::int64_t groups = given_groups.is(Kind::kInt) ? given_groups.integer : 1;
  if (groups <= 0 || tensor->shape[0] % groups != 0) in.raise_value_error("dim 0 must be divisible by groups");
  write_filled(in, tensor, 0);
  const std::int64_t per_group = tensor->shape[0] / groups;
  const Sizes strides = strides_of(tensor);
  std::int64_t centre = offset_of(tensor);
  for (int i = 2; i < tensor->rank; ++i) centre += tensor->shape[i] / 2 * strides[i];
  std::vector<std::int64_t> offsets;
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t d = 0; d < std::min(per_group, tensor->shape[1]); ++d) {
      in.step();
      if (numel(tensor) <= kMaxContents) offsets.push_back(centre + (g * per_group + d) * strides[0] + d * strides[1]);
    }
  }
  write_ones(in, tensor, offsets);
  return given_tensor;
}

struct Fans {
  std::int64_t in = 0, out = 0;
};

Fans fans_of(Interpreter& in, const Tensor* tensor) {
  refuse_vectors(in, tensor);
  std::int64_t field = 1;
  for (int i = 2; i < tensor->rank; ++i) field *= tensor->shape[i];
  return {tensor->shape[1] * field, tensor->shape[0] * field};
}

Value both_fans(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [tensor] = bind<"tensor">(in, "_calculate_fan_in_and_fan_out", arguments);
  if (!usable(tensor)) {
    const Value unknown = in.unknown("the fans of a tensor of unknown shape");
    return in.tuple({unknown, unknown});
  }
  const Fans fans = fans_of(in, tensor.as<Tensor>());
  return in.tuple({Value::of(fans.in), Value::of(fans.out)});
}

Value one_fan(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [tensor, given_mode] = bind<"tensor, mode">(in, "_calculate_correct_fan", arguments);
  if (!usable(tensor) || !given_mode.is(Kind::kStr)) return in.unknown("the fan of a tensor of unknown shape");
  const std::string_view mode = given_mode.as<Str>()->view();
  if (mode != "fan_in" && mode != "fan_out") {
    in.raise_value_error(fmt::format("Mode {} not supported, please use one of ['fan_in', 'fan_out']", mode));
  }
  const Fans fans = fans_of(in, tensor.as<Tensor>());
  return Value::of(mode == "fan_in" ? fans.in : fans.out);
}

Value calculate_gain(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [nonlinearity, param] = bind<"nonlinearity, param=">(in, "calculate_gain", arguments);
  if (nonlinearity.unknown() || param.unknown()) return nonlinearity.unknown() ? nonlinearity : param;
  const std::string name = in.str(nonlinearity);
  for (const char* plain : {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                            "conv_transpose3d", "sigmoid"}) {
    if (name == plain) return Value::of(1);
  }
  if (name == "tanh") return Value::of(5.0 / 3);
  if (name == "relu") return Value::of(std::sqrt(2.0));
  if (name == "selu") return Value::of(0.75);
  if (name == "leaky_relu") {
    const bool given = param.is(Kind::kInt) || param.is(Kind::kFloat);
    if (!given && !param.missing() && !param.is_none())
      in.raise_value_error(fmt::format("negative_slope {} not a valid number", in.str(param)));
    const double slope = given ? param.as_double() : 0.01;
    return Value::of(std::sqrt(2.0 / (1 + slope * slope)));
  }
  in.raise_value_error(fmt::format("Unsupported nonlinearity {}", name));
}

struct Initializer {
  const char* name;
  NativeFunction function;
  std::int64_t data = 0;
};

constexpr Initializer kInitializers[] = {
    {"uniform_", random<Distribution::kUniform>, kAnyShape},
    {"normal_", random<Distribution::kNormal>, kAnyShape},
    {"trunc_normal_", random<Distribution::kTruncatedNormal>, kAnyShape},
    {"xavier_uniform_", random<Distribution::kUniform>, kMatrix},
    {"xavier_normal_", random<Distribution::kNormal>, kMatrix},
    {"kaiming_uniform_", random<Distribution::kUniform>, kMatrix},
    {"kaiming_normal_", random<Distribution::kNormal>, kMatrix},
    {"orthogonal_", random<Distribution::kNormal>, kAnyShape},
    {"sparse_", random<Distribution::kNormal>, kAnyShape},
    {"uniform", random<Distribution::kUniform>, kAnyShape},
    {"normal", random<Distribution::kNormal>, kAnyShape},
    {"xavier_uniform", random<Distribution::kUniform>, kMatrix},
    {"xavier_normal", random<Distribution::kNormal>, kMatrix},
    {"kaiming_uniform", random<Distribution::kUniform>, kMatrix},
    {"kaiming_normal", random<Distribution::kNormal>, kMatrix},
    {"orthogonal", random<Distribution::kNormal>, kAnyShape},
    {"sparse", random<Distribution::kNormal>, kAnyShape},
    {"constant_", constant},
    {"constant", constant},
    {"zeros_", filled, 0},
    {"ones_", filled, 1},
    {"eye_", eye},
    {"eye", eye},
    {"dirac_", dirac},
    {"dirac", dirac},
    {"_calculate_fan_in_and_fan_out", both_fans},
    {"_calculate_correct_fan", one_fan},
    {"calculate_gain", calculate_gain},
    {"_no_grad_uniform_", random<Distribution::kUniform>, kAnyShape},
    {"_no_grad_normal_", random<Distribution::kNormal>, kAnyShape},
    {"_no_grad_trunc_normal_", random<Distribution::kTruncatedNormal>, kAnyShape},
    {"_no_grad_fill_", constant},
    {"_no_grad_zero_", filled, 0},
};

}  // namespace

void install_init(Interpreter& in) {
  Module* init = in.native_module("torch.nn.init");
  for (const Initializer& each : kInitializers) in.define(init, each.name, each.function, Value::of(each.data));
}

}  // namespace ckptlint::python::torch
