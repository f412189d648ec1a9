// Arithmetic of two operands, and Python's operators on tensors.
#include <cmath>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/operators.h"

namespace ckptlint::python::torch {
namespace {

double floor_quotient(double a, double b) {
  const double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  double floored = std::floor(quotient);
  if (quotient - floored > 0.5) floored += 1;
  return floored;
}

double modulo(double a, double b) {
  double remainder = std::fmod(a, b);
  if (remainder != 0 && (b < 0) != (remainder < 0)) remainder += b;
  return remainder;
}

double power(double a, double b) { return std::pow(a, b); }

double greatest_divisor(double a, double b) {
  a = std::fabs(a);
  b = std::fabs(b);
  while (b != 0) {
    const double rest = std::fmod(a, b);
    a = b;
    b = rest;
  }
  return a;
}

bool has_zero(const Operand& operand) {
  if (!operand.elements.known) return false;
  if (operand.elements.uniform()) return operand.elements.fill == 0;
  std::int64_t count = 1;
  for (std::int64_t size : operand.sizes) count *= size;
  for (std::int64_t i = 0; i < count; ++i) {
    if (operand.elements.data[i] == 0) return true;
  }
  return false;
}

void refuse_zero_division(Call& call, const Operand& divisor, Dtype dtype) {
  if (!is_floating(dtype) && !is_complex(dtype) && has_zero(divisor)) call.runtime_error("ZeroDivisionError");
}

enum ArithmeticKind : std::int64_t {
  kAdd,
  kSub,
  kReverseSub,
  kMul,
  kDivide,
  kFloorDivide,
  kRemainder,
  kFmod,
  kPow,
  kAtan2,
  kHypot,
  kMaximum,
  kMinimum,
  kFmax,
  kFmin,
  kCopysign,
  kLogaddexp,
  kXlogy,
  kHeaviside,
  kLdexp,
  kGcd,
  kLcm,
  kFloatPow,
  kNextafter,
};

Value arithmetic(Call& call, std::int64_t kind, Operand a, Operand b) {
  Operand both[] = {a, b};
  Dtype dtype = result_type(call.in, both);
  switch (kind) {
    case kAdd:
      if (dtype == Dtype::kBool)
        return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x != 0 || y != 0 ? 1.0 : 0.0; });
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x + y; });
    case kReverseSub:
      std::swap(a, b);
      [[fallthrough]];
    case kSub:
      if (a.dtype == Dtype::kBool && b.dtype == Dtype::kBool) {
        call.runtime_error(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead.");
      }
      if (a.dtype == Dtype::kBool || b.dtype == Dtype::kBool) {
        call.runtime_error(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead.");
      }
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x - y; });
    case kMul:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x * y; });
    case kDivide:
      dtype = floating_result(call, dtype);
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x / y; });
    case kFloorDivide:
      refuse_zero_division(call, b, dtype);
      return map_binary(call, a, b, dtype, dtype, floor_quotient);
    case kRemainder:
      refuse_zero_division(call, b, dtype);
      return map_binary(call, a, b, dtype, dtype, modulo);
    case kFmod:
      refuse_zero_division(call, b, dtype);
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::fmod(x, y); });
    case kPow:
      if (is_integral(dtype) && b.tensor == nullptr && b.elements.fill < 0) {
        call.runtime_error("Integers to negative integer powers are not allowed.");
      }
      if (is_integral(dtype)) {  // a negative power of an integer is 0, 1 or -1
        return map_binary(call, a, b, dtype, dtype,
                          [](double x, double y) { return y < 0 && std::fabs(x) != 1 ? 0.0 : power(x, y); });
      }
      return map_binary(call, a, b, dtype, dtype, power);
    case kAtan2:
      dtype = floating_result(call, dtype);
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::atan2(x, y); });
    case kHypot:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::hypot(x, y); });
    case kMaximum:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) {
        return std::isnan(x) || std::isnan(y) ? x + y : x > y ? x : y;
      });
    case kMinimum:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) {
        return std::isnan(x) || std::isnan(y) ? x + y : x < y ? x : y;
      });
    case kFmax:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::fmax(x, y); });
    case kFmin:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::fmin(x, y); });
    case kCopysign:
      dtype = floating_result(call, dtype);
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::copysign(x, y); });
    case kLogaddexp:
      return map_binary(call, a, b, dtype, dtype,
                        [](double x, double y) { return std::fmax(x, y) + std::log1p(std::exp(-std::fabs(x - y))); });
    case kXlogy:
      dtype = floating_result(call, dtype);
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) {
        return std::isnan(y) ? y : x == 0 ? 0 : x * std::log(y);
      });
    case kHeaviside:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x == 0 ? y : x > 0 ? 1.0 : 0.0; });
    case kLdexp:
      dtype = floating_result(call, dtype);
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return x * std::exp2(y); });
    case kGcd:
      return map_binary(call, a, b, dtype, dtype, greatest_divisor);
    case kLcm:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) {
        return x == 0 || y == 0 ? 0 : std::fabs(x * y) / greatest_divisor(x, y);
      });
    case kFloatPow:
      return map_binary(call, a, b, Dtype::kFloat64, Dtype::kFloat64, power);
    default:
      return map_binary(call, a, b, dtype, dtype, [](double x, double y) -> double {
        return std::nextafter(static_cast<float>(x), static_cast<float>(y));
      });
  }
}

Value scale_and_combine(Call& call, Arg input, Arg other, Arg given_alpha) {
  Operand a = operand(input);
  Operand b = operand(other);
  if (a.tensor == nullptr && b.tensor == nullptr) input.tensor();  // raises
  const double alpha = given_alpha.number(1);
  Operand& scaled = call.op.code == kReverseSub ? a : b;  // rsub() is other - alpha * input
  if (alpha != 1 && scaled.tensor == nullptr) scaled.elements.fill *= alpha;
  if (alpha != 1 && scaled.tensor != nullptr) {
    scaled = operand(arithmetic(call, kMul, scaled, operand(given_alpha)).as<Tensor>());
  }
  return arithmetic(call, call.op.code, a, b);
}

Value plain(Call& call, Arg input, Arg other) {
  const Operand a = operand(input);
  const Operand b = operand(other);
  if (a.tensor == nullptr && b.tensor == nullptr) input.tensor();  // raises
  return arithmetic(call, call.op.code, a, b);
}

Value divide(Call& call, Arg input, Arg other, Arg rounding_mode) {
  const Operand a = operand(input);
  const Operand b = operand(other);
  const std::string_view mode = rounding_mode.text("");
  if (mode.empty()) return arithmetic(call, kDivide, a, b);
  if (mode == "floor") return arithmetic(call, kFloorDivide, a, b);
  if (mode != "trunc") {
    call.runtime_error("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '" +
                       std::string(mode) + "'");
  }
  const Operand both[] = {a, b};
  const Dtype dtype = result_type(call.in, both);
  refuse_zero_division(call, b, dtype);
  return map_binary(call, a, b, dtype, dtype, [](double x, double y) { return std::trunc(x / y); });
}

constexpr SignatureText kPlain = "input, other, *, out=";
constexpr SignatureText kScaled = "input, other, *, alpha=, out=";
constexpr SignatureText kExponent = "input, exponent, *, out=";
constexpr SignatureText kDivision = "input, other, *, rounding_mode=, out=";

constexpr Op kArithmeticOps[] = {
    op<kScaled, scale_and_combine>("add", kBoth, true, kAdd),
    op<kScaled, scale_and_combine>("sub", kBoth, true, kSub),
    op<kScaled, scale_and_combine>("subtract", kBoth, true, kSub),
    op<"input, other, *, alpha=", scale_and_combine>("rsub", kFunction, false, kReverseSub),
    op<kPlain, plain>("mul", kBoth, true, kMul),
    op<kPlain, plain>("multiply", kBoth, true, kMul),
    op<kDivision, divide>("div", kBoth, true),
    op<kDivision, divide>("divide", kBoth, true),
    op<kPlain, plain>("true_divide", kBoth, true, kDivide),
    op<kPlain, plain>("floor_divide", kBoth, true, kFloorDivide),
    op<kPlain, plain>("remainder", kBoth, true, kRemainder),
    op<kPlain, plain>("fmod", kBoth, true, kFmod),
    op<kExponent, plain>("pow", kBoth, true, kPow),
    op<kExponent, plain>("float_power", kBoth, true, kFloatPow),
    op<kPlain, plain>("atan2", kBoth, true, kAtan2),
    op<kPlain, plain>("arctan2", kBoth, true, kAtan2),
    op<kPlain, plain>("hypot", kBoth, true, kHypot),
    op<kPlain, plain>("maximum", kBoth, false, kMaximum),
    op<kPlain, plain>("minimum", kBoth, false, kMinimum),
    op<kPlain, plain>("fmax", kBoth, false, kFmax),
    op<kPlain, plain>("fmin", kBoth, false, kFmin),
    op<kPlain, plain>("copysign", kBoth, true, kCopysign),
    op<kPlain, plain>("logaddexp", kBoth, false, kLogaddexp),
    op<kPlain, plain>("xlogy", kBoth, true, kXlogy),
    op<"input, values, *, out=", plain>("heaviside", kBoth, true, kHeaviside),
    op<kPlain, plain>("ldexp", kBoth, true, kLdexp),
    op<kPlain, plain>("gcd", kBoth, true, kGcd),
    op<kPlain, plain>("lcm", kBoth, true, kLcm),
    op<kPlain, plain>("nextafter", kBoth, true, kNextafter),
    op<kScaled, scale_and_combine>("__add__", kMethod, false, kAdd),
    op<kPlain, plain>("__radd__", kMethod, false, kAdd),
    op<kScaled, scale_and_combine>("__sub__", kMethod, false, kSub),
    op<kPlain, plain>("__rsub__", kMethod, false, kReverseSub),
    op<kPlain, plain>("__mul__", kMethod, false, kMul),
    op<kPlain, plain>("__rmul__", kMethod, false, kMul),
    op<kPlain, plain>("__truediv__", kMethod, false, kDivide),
    op<kPlain, plain>("__div__", kMethod, false, kDivide),
    op<kPlain, plain>("__floordiv__", kMethod, false, kFloorDivide),
    op<kPlain, plain>("__mod__", kMethod, false, kRemainder),
    op<kExponent, plain>("__pow__", kMethod, false, kPow),
};

constexpr const Op& op_named(std::string_view name) {
  for (const Op& op : kArithmeticOps) {
    if (op.name == name) return op;
  }
  return kArithmeticOps[0];
}

}  // namespace

Value operator_arithmetic(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul && in.torch->follows_forward && left.is(Kind::kTensor) &&
      is_distributed(in, left.as<Tensor>())) {
    const Value made = in.call(in.import_name("torch._distributed", "_times"), {left, right});
    if (!made.is_none()) return made;
  }
  const Value arguments[] = {left, right, {}};
  const bool division = op == Operator::kDiv;
  static constexpr const Op& kAddOp = op_named("add");
  Call call{in, *in.torch, kAddOp, arguments};
  const Operand a = operand(Arg(call, 0));
  const Operand b = operand(Arg(call, 1));
  switch (op) {
    case Operator::kAdd:
      return arithmetic(call, kAdd, a, b);
    case Operator::kSub:
      return arithmetic(call, kSub, a, b);
    case Operator::kMul:
      return arithmetic(call, kMul, a, b);
    case Operator::kFloorDiv:
      return arithmetic(call, kFloorDivide, a, b);
    case Operator::kMod:
      return arithmetic(call, kRemainder, a, b);
    case Operator::kPow:
      return arithmetic(call, kPow, a, b);
    default:
      return division ? arithmetic(call, kDivide, a, b) : Value{Kind::kNotImplemented, {}};
  }
}

void install_arithmetic(Interpreter& in, Module* torch) { install_ops(in, torch, kArithmeticOps); }

}  // namespace ckptlint::python::torch
