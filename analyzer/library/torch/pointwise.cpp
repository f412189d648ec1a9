// Functions of one tensor, element by element.
#include <cmath>
#include <limits>
#include <numbers>

#include "library/torch/install.h"
#include "library/torch/operands.h"

namespace ckptlint::python::torch {
namespace {

enum Result : std::int64_t { kFloat, kSame, kBool, kSameButBool };  // kSameButBool: as kSame, and refused for bool

struct RealFunction {
  const char* name;
  Unary f;
  Result result;
  bool known = true;  // else only dtype and shape
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

const RealFunction kRealFunctions[] = {
    {"exp", [](double x) { return std::exp(x); }, kFloat},
    {"exp2", [](double x) { return std::exp2(x); }, kFloat},
    {"expm1", [](double x) { return std::expm1(x); }, kFloat},
    {"log", [](double x) { return std::log(x); }, kFloat},
    {"log2", [](double x) { return std::log2(x); }, kFloat},
    {"log10", [](double x) { return std::log10(x); }, kFloat},
    {"log1p", [](double x) { return std::log1p(x); }, kFloat},
    {"sqrt", [](double x) { return std::sqrt(x); }, kFloat},
    {"rsqrt", [](double x) { return 1 / std::sqrt(x); }, kFloat},
    {"sin", [](double x) { return std::sin(x); }, kFloat},
    {"cos", [](double x) { return std::cos(x); }, kFloat},
    {"tan", [](double x) { return std::tan(x); }, kFloat},
    {"asin", [](double x) { return std::asin(x); }, kFloat},
    {"acos", [](double x) { return std::acos(x); }, kFloat},
    {"atan", [](double x) { return std::atan(x); }, kFloat},
    {"arcsin", [](double x) { return std::asin(x); }, kFloat},
    {"arccos", [](double x) { return std::acos(x); }, kFloat},
    {"arctan", [](double x) { return std::atan(x); }, kFloat},
    {"sinh", [](double x) { return std::sinh(x); }, kFloat},
    {"cosh", [](double x) { return std::cosh(x); }, kFloat},
    {"tanh", [](double x) { return std::tanh(x); }, kFloat},
    {"asinh", [](double x) { return std::asinh(x); }, kFloat},
    {"acosh", [](double x) { return std::acosh(x); }, kFloat},
    {"atanh", [](double x) { return std::atanh(x); }, kFloat},
    {"arcsinh", [](double x) { return std::asinh(x); }, kFloat},
    {"arccosh", [](double x) { return std::acosh(x); }, kFloat},
    {"arctanh", [](double x) { return std::atanh(x); }, kFloat},
    {"erf", [](double x) { return std::erf(x); }, kFloat},
    {"erfc", [](double x) { return std::erfc(x); }, kFloat},
    {"erfinv", sign, kFloat, false},
    {"lgamma", [](double x) { return std::lgamma(x); }, kFloat},
    {"digamma", sign, kFloat, false},
    {"i0", [](double x) { return std::fabs(x) < 700 ? std::cyl_bessel_i(0.0, std::fabs(x)) : kInfinity; }, kFloat},
    {"sinc", [](double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }, kFloat},
    {"sigmoid", sigmoid, kFloat},
    {"reciprocal", [](double x) { return 1 / x; }, kFloat},
    {"deg2rad", [](double x) { return x * std::numbers::pi / 180; }, kFloat},
    {"rad2deg", [](double x) { return x * 180 / std::numbers::pi; }, kFloat},
    {"neg", [](double x) { return -x; }, kSameButBool},
    {"negative", [](double x) { return -x; }, kSameButBool},
    {"positive", [](double x) { return x; }, kSameButBool},
    {"abs", [](double x) { return std::fabs(x); }, kSame},
    {"absolute", [](double x) { return std::fabs(x); }, kSame},
    {"floor", [](double x) { return std::floor(x); }, kSame},
    {"ceil", [](double x) { return std::ceil(x); }, kSame},
    {"trunc", [](double x) { return std::trunc(x); }, kSame},
    {"fix", [](double x) { return std::trunc(x); }, kSame},
    {"frac", [](double x) { return x - std::trunc(x); }, kSame},
    {"sign", sign, kSame},
    {"sgn", sign, kSame},
    {"square", [](double x) { return x * x; }, kSame},
    {"relu", [](double x) { return x > 0           ? x
                                   : std::isnan(x) ? x
                                                   : 0; }, kSame},
    {"bitwise_not", [](double x) { return -x - 1; }, kSame},
    {"isnan", [](double x) { return std::isnan(x) ? 1.0 : 0.0; }, kBool},
    {"isinf", [](double x) { return std::isinf(x) ? 1.0 : 0.0; }, kBool},
    {"isfinite", [](double x) { return std::isfinite(x) ? 1.0 : 0.0; }, kBool},
    {"isposinf", [](double x) { return std::isinf(x) && x > 0 ? 1.0 : 0.0; }, kBool},
    {"isneginf", [](double x) { return std::isinf(x) && x < 0 ? 1.0 : 0.0; }, kBool},
    {"isreal", [](double) { return 1.0; }, kBool},
    {"signbit", [](double x) { return std::signbit(x) ? 1.0 : 0.0; }, kBool},
    {"logical_not", [](double x) { return x == 0 ? 1.0 : 0.0; }, kBool},
};
constexpr std::size_t kRealFunctionCount = std::size(kRealFunctions);

// Op.code is an index of kRealFunctions.
Value pointwise(Call& call, Arg given_input) {
  const RealFunction& function = kRealFunctions[call.op.code];
  Operand input = operand(given_input);
  if (input.tensor == nullptr) given_input.tensor();  // raises
  Dtype dtype = input.dtype;
  const std::string_view name = function.name;
  if (function.result == kSameButBool && dtype == Dtype::kBool) {
    call.runtime_error(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
        "use the `~` or `logical_not()` operator instead.");
  }
  if (name.starts_with("bitwise") && is_floating(dtype)) {
    call.runtime_error("\"bitwise_not_cpu\" not implemented for '" + std::string(scalar_name(dtype)) + "'");
  }
  if (!function.known) input.elements = {};
  if (function.result == kBool)
    return map_unary(call, input, is_complex(dtype) ? dtype : Dtype::kFloat64, Dtype::kBool, function.f);
  if (function.result == kFloat) {
    dtype = floating_result(call, dtype);
    return map_unary(call, input, dtype, dtype, function.f);
  }
  if (dtype == Dtype::kBool && name == "bitwise_not") {
    return map_unary(call, input, dtype, dtype, [](double x) { return x == 0 ? 1.0 : 0.0; });
  }
  if (name.starts_with("abs") && is_complex(dtype)) dtype = real_of(dtype);
  if (name == "square" && dtype == Dtype::kBool) dtype = Dtype::kInt64;
  return map_unary(call, input, dtype, dtype, function.f);
}

// Half to even; integers stay.
Value round_tensor(Call& call, Arg given_input, Arg given_decimals) {
  const Operand input = operand(given_input);
  const std::int64_t decimals = given_decimals.integer(0);
  Tensor* source = given_input.tensor();
  if (decimals == 0)
    return map_unary(call, input, input.dtype, input.dtype, [](double x) { return std::nearbyint(x); });
  Tensor* out = make_clone(call.in, source);
  if (is_integral(input.dtype)) return Value::of(out);
  const double scale = std::pow(10.0, static_cast<double>(decimals));
  if (out->filled) out->fill = round_to(out->dtype, std::nearbyint(out->fill * scale) / scale);
  if (out->contents != nullptr) {
    const std::int64_t count = numel(out);
    for (std::int64_t i = 0; i < count; ++i) out->contents[i] = std::nearbyint(out->contents[i] * scale) / scale;
    settle(out);
  }
  return Value::of(out);
}

Value nan_to_num(Call& call, Arg given_input, Arg given_nan, Arg posinf, Arg neginf) {
  const Operand input = operand(given_input);
  Tensor* out = make_clone(call.in, given_input.tensor());
  if (!is_floating(input.dtype)) return Value::of(out);
  const FloatLimits limits = float_limits(input.dtype);
  const double nan = given_nan.number(0), high = posinf.number(limits.max), low = neginf.number(limits.min);
  const auto replace = [&](double x) { return std::isnan(x) ? nan : std::isinf(x) ? (x > 0 ? high : low) : x; };
  out->fill = replace(out->fill);
  const std::int64_t count = numel(out);
  for (std::int64_t i = 0; out->contents != nullptr && i < count; ++i) out->contents[i] = replace(out->contents[i]);
  return Value::of(out);
}

Value logit(Call& call, Arg given_input, Arg eps) {
  const Operand input = operand(given_input);
  const Dtype dtype = floating_result(call, input.dtype);
  if (!eps.absent()) {
    Operand unknown = input;
    unknown.elements = {};
    return map_unary(call, unknown, dtype, dtype, sigmoid);
  }
  return map_unary(call, input, dtype, dtype, [](double x) { return std::log(x / (1 - x)); });
}

enum ActivationCode : std::int64_t {
  kSilu,
  kGelu,
  kGeluTanh,
  kSoftplus,
  kElu,
  kLeaky,
  kRelu6,
  kHardswish,
  kHardsigmoid,
  kMish,
  kLogSigmoid
};

double activation(std::int64_t code, double x) {
  switch (code) {
    case kSilu:
      return x * sigmoid(x);
    case kGelu:
      return x * normal_cdf(x);
    case kRelu6:
      return std::fmin(std::fmax(x, 0), 6);
    case kHardswish:
      return x * std::fmin(std::fmax(x + 3, 0), 6) / 6;
    case kHardsigmoid:
      return std::fmin(std::fmax(x + 3, 0), 6) / 6;
    case kSoftplus:
      return x > 20 ? x : std::log1p(std::exp(x));
    case kMish:
      return x * std::tanh(x > 20 ? x : std::log1p(std::exp(x)));
    case kLogSigmoid:
      return -std::log1p(std::exp(-x));
    default:
      return x;
  }
}

// Activations of torch.nn.functional at their default parameters; others lose the contents.
Value activate(Call& call, Arg given_input, Arg, Rest settings) {
  Operand input = operand(given_input);
  const Dtype dtype = input.dtype;
  if (!settings.absent()) input.elements = {};
  switch (call.op.code) {
    case kSilu:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kSilu, x); });
    case kGelu:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kGelu, x); });
    case kSoftplus:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kSoftplus, x); });
    case kRelu6:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kRelu6, x); });
    case kHardswish:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kHardswish, x); });
    case kHardsigmoid:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kHardsigmoid, x); });
    case kMish:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kMish, x); });
    case kLogSigmoid:
      return map_unary(call, input, dtype, dtype, [](double x) { return activation(kLogSigmoid, x); });
    default:
      input.elements = {};
      return map_unary(call, input, dtype, dtype, sign);
  }
}

constexpr Op kPointwiseOps[] = {
    op<"input, *, decimals=, out=", round_tensor>("round", kBoth, true),
    op<"input, nan=, posinf=, neginf=, *, out=", nan_to_num>("nan_to_num", kBoth, true),
    op<"input, eps=, *, out=", logit>("logit", kBoth, true),
};

constexpr Op kFunctionalActivations[] = {
    op<"input, inplace=", activate>("silu", kFunction, false, kSilu),
    op<"input, inplace=, *, approximate=", activate>("gelu", kFunction, false, kGelu),
    op<"input, inplace=, beta=, threshold=", activate>("softplus", kFunction, false, kSoftplus),
    op<"input, inplace=, alpha=", activate>("elu", kFunction, false, kElu),
    op<"input, inplace=", activate>("selu", kFunction, false, kElu),
    op<"input, inplace=, alpha=", activate>("celu", kFunction, false, kElu),
    op<"input, inplace=, negative_slope=", activate>("leaky_relu", kFunction, false, kLeaky),
    op<"input, inplace=", activate>("relu6", kFunction, false, kRelu6),
    op<"input, inplace=", activate>("hardswish", kFunction, false, kHardswish),
    op<"input, inplace=", activate>("hardsigmoid", kFunction, false, kHardsigmoid),
    op<"input, inplace=", activate>("mish", kFunction, false, kMish),
    op<"input, inplace=", activate>("logsigmoid", kFunction, false, kLogSigmoid),
};

// One row a function, made once for all evaluations.
std::span<const Op> function_ops() {
  static const auto ops = [] {
    std::array<Op, kRealFunctionCount> rows{};
    for (std::size_t i = 0; i < kRealFunctionCount; ++i) {
      rows[i] = op<"input, *, out=", pointwise>(kRealFunctions[i].name, kBoth,
                                                kRealFunctions[i].result != kBool || i + 1 == kRealFunctionCount,
                                                static_cast<std::int64_t>(i));
    }
    return rows;
  }();
  return ops;
}

}  // namespace

void install_pointwise(Interpreter& in, Module* torch) {
  install_ops(in, torch, function_ops());
  install_ops(in, torch, kPointwiseOps);
}

void install_activations(Interpreter& in, Module* functional) {
  install_functions(in, functional, kFunctionalActivations);
}

}  // namespace ckptlint::python::torch
