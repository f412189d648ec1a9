// torch's element types as numbers: rounding to each format, wrapping of integers, limits, and c10's table of
// promotions (torch 2.13.0).
#include "library/torch/scalar_types.h"

#include <array>
#include <cmath>
#include <limits>

namespace ckptlint::python::torch {
namespace {

struct Format {
  int mantissa;      // stored bits
  int min_exponent;  // of the smallest normal
  double max;
  double overflow;  // what larger values become, sign aside
};

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr Format kHalf{10, -14, 65504.0, kInfinite};
constexpr Format kBrain{7, -126, 3.3895313892515355e38, kInfinite};
constexpr Format kE4m3fn{3, -6, 448.0, 448.0};
constexpr Format kE5m2{2, -14, 57344.0, kInfinite};
constexpr Format kE4m3fnuz{3, -7, 240.0, kNan};
constexpr Format kE5m2fnuz{2, -15, 57344.0, kNan};

double round_to_format(const Format& format, double value) {
  if (value == 0 || std::isnan(value)) return value;
  if (std::isinf(value)) return std::copysign(format.overflow, value);
  int exponent = std::ilogb(value);
  if (exponent < format.min_exponent) exponent = format.min_exponent;
  const double quantum = std::ldexp(1.0, exponent - format.mantissa);
  const double rounded = std::nearbyint(value / quantum) * quantum;
  if (std::fabs(rounded) <= format.max) return rounded;
  return std::copysign(format.overflow, value);
}

// Exponents only: the sign is dropped and the mantissa rounded away.
double round_to_power(double value) {
  if (std::isnan(value)) return value;
  value = std::fabs(value);
  if (value == 0) return std::ldexp(1.0, -127);
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // in [0.5, 1)
  --exponent;
  if (fraction > 0.75 || (fraction == 0.75 && exponent > -127)) ++exponent;
  return std::ldexp(1.0, exponent < -127 ? -127 : exponent > 127 ? 127 : exponent);
}

double wrap(double value, int bits, bool is_signed) {
  if (!std::isfinite(value)) return bits == 32 && is_signed ? -2147483648.0 : 0;
  value = std::trunc(value);
  if (bits == 64) return value;
  const double modulus = std::ldexp(1.0, bits);
  double wrapped = std::fmod(value, modulus);
  if (wrapped < 0) wrapped += modulus;
  if (is_signed && wrapped >= modulus / 2) wrapped -= modulus;
  return wrapped + 0.0;
}

// The rows and columns of c10's table: bool, the integers by width, then the floating types.
int rank(Dtype dtype) {
  switch (dtype) {
    case Dtype::kBool:
      return 0;
    case Dtype::kUint8:
    case Dtype::kInt8:
      return 1;
    case Dtype::kInt16:
      return 2;
    case Dtype::kInt32:
      return 3;
    case Dtype::kInt64:
      return 4;
    case Dtype::kFloat16:
    case Dtype::kBfloat16:
      return 5;
    case Dtype::kFloat32:
      return 6;
    case Dtype::kFloat64:
      return 7;
    default:
      return -1;
  }
}

bool is_wide_unsigned(Dtype dtype) {
  return dtype == Dtype::kUint16 || dtype == Dtype::kUint32 || dtype == Dtype::kUint64;
}

}  // namespace

bool is_complex(Dtype dtype) {
  return dtype == Dtype::kComplex64 || dtype == Dtype::kComplex128 || dtype == Dtype::kComplex32;
}

bool is_integral(Dtype dtype) { return dtype >= Dtype::kInt64 && dtype <= Dtype::kUint8; }

bool is_unsigned(Dtype dtype) { return dtype >= Dtype::kUint64 && dtype <= Dtype::kBool; }

bool is_float8(Dtype dtype) { return dtype >= Dtype::kFloat8E4m3fn && dtype <= Dtype::kFloat4E2m1fnX2; }

int item_size(Dtype dtype) { return (bits(dtype) + 7) / 8; }

Dtype complex_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat64:
      return Dtype::kComplex128;
    case Dtype::kFloat16:
      return Dtype::kComplex32;
    case Dtype::kComplex128:
    case Dtype::kComplex32:
      return dtype;
    default:
      return Dtype::kComplex64;
  }
}

Dtype real_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kComplex128:
      return Dtype::kFloat64;
    case Dtype::kComplex64:
      return Dtype::kFloat32;
    case Dtype::kComplex32:
      return Dtype::kFloat16;
    default:
      return dtype;
  }
}

std::optional<Dtype> promote(Dtype a, Dtype b) {
  if (a == b) return a;
  if (is_complex(a) || is_complex(b)) {
    const auto real = promote(is_complex(a) ? real_of(a) : a, is_complex(b) ? real_of(b) : b);
    if (!real) return std::nullopt;
    if (is_wide_unsigned(a) || is_wide_unsigned(b)) return std::nullopt;
    // An integer or bool beside a complex type leaves it as it is.
    if (!is_complex(a) && !is_floating(a)) return b;
    if (!is_complex(b) && !is_floating(b)) return a;
    return *real == Dtype::kBfloat16 ? Dtype::kComplex64 : complex_of(*real);
  }
  if (is_float8(a) || is_float8(b)) return std::nullopt;
  if (is_wide_unsigned(a) || is_wide_unsigned(b)) {
    if (is_floating(a)) return a;
    if (is_floating(b)) return b;
    return std::nullopt;
  }
  const int ra = rank(a), rb = rank(b);
  if (ra < 0 || rb < 0) return std::nullopt;
  if (ra != rb) return ra > rb ? a : b;
  return ra == 1 ? Dtype::kInt16 : Dtype::kFloat32;  // uint8 with int8; half with bfloat16
}

double round_to(Dtype dtype, double value) {
  switch (dtype) {
    case Dtype::kFloat64:
      return value;
    case Dtype::kFloat32:
      return static_cast<float>(value);
    // torch goes through float on the way to the smaller types.
    case Dtype::kFloat16:
      return round_to_format(kHalf, static_cast<float>(value));
    case Dtype::kBfloat16:
      return round_to_format(kBrain, static_cast<float>(value));
    case Dtype::kFloat8E4m3fn:
      return round_to_format(kE4m3fn, static_cast<float>(value));
    case Dtype::kFloat8E5m2:
      return round_to_format(kE5m2, static_cast<float>(value));
    case Dtype::kFloat8E4m3fnuz:
      return round_to_format(kE4m3fnuz, static_cast<float>(value));
    case Dtype::kFloat8E5m2fnuz:
      return round_to_format(kE5m2fnuz, static_cast<float>(value));
    case Dtype::kFloat8E8m0fnu:
      return round_to_power(static_cast<float>(value));
    case Dtype::kBool:
      return value != 0 ? 1 : 0;
    case Dtype::kInt64:
    case Dtype::kInt32:
    case Dtype::kInt16:
    case Dtype::kInt8:
      return wrap(value, bits(dtype), true);
    case Dtype::kUint64:
    case Dtype::kUint32:
    case Dtype::kUint16:
    case Dtype::kUint8:
      return wrap(value, bits(dtype), false);
    default:
      return value;
  }
}

bool exact(Dtype dtype, double value) {
  if (is_complex(dtype) || dtype == Dtype::kFloat4E2m1fnX2 || dtype >= Dtype::kFloat6E2m3) return false;
  return bits(dtype) != 64 || !is_integral(dtype) || std::fabs(value) <= kMaxExact;
}

std::string_view scalar_name(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat64:
      return "Double";
    case Dtype::kFloat32:
      return "Float";
    case Dtype::kFloat16:
      return "Half";
    case Dtype::kBfloat16:
      return "BFloat16";
    case Dtype::kFloat8E4m3fn:
      return "Float8_e4m3fn";
    case Dtype::kFloat8E5m2:
      return "Float8_e5m2";
    case Dtype::kFloat8E4m3fnuz:
      return "Float8_e4m3fnuz";
    case Dtype::kFloat8E5m2fnuz:
      return "Float8_e5m2fnuz";
    case Dtype::kFloat8E8m0fnu:
      return "Float8_e8m0fnu";
    case Dtype::kFloat4E2m1fnX2:
      return "Float4_e2m1fn_x2";
    case Dtype::kComplex64:
      return "ComplexFloat";
    case Dtype::kComplex128:
      return "ComplexDouble";
    case Dtype::kComplex32:
      return "ComplexHalf";
    case Dtype::kInt64:
      return "Long";
    case Dtype::kInt32:
      return "Int";
    case Dtype::kInt16:
      return "Short";
    case Dtype::kInt8:
      return "Char";
    case Dtype::kUint64:
      return "UInt64";
    case Dtype::kUint32:
      return "UInt32";
    case Dtype::kUint16:
      return "UInt16";
    case Dtype::kUint8:
      return "Byte";
    case Dtype::kBool:
      return "Bool";
    default:
      return torch_name(dtype);
  }
}

FloatLimits float_limits(Dtype dtype) {
  const auto power = [](int exponent) { return std::ldexp(1.0, exponent); };
  switch (dtype) {
    case Dtype::kFloat64:
      return {power(-52), std::numeric_limits<double>::max(), -std::numeric_limits<double>::max(), power(-1022), 1e-15};
    case Dtype::kFloat16:
      return {power(-10), kHalf.max, -kHalf.max, power(-14), 1e-3};
    case Dtype::kBfloat16:
      return {power(-7), kBrain.max, -kBrain.max, power(-126), 1e-2};
    case Dtype::kFloat8E4m3fn:
      return {power(-3), kE4m3fn.max, -kE4m3fn.max, power(-6), 1.0};
    case Dtype::kFloat8E5m2:
      return {power(-2), kE5m2.max, -kE5m2.max, power(-14), 1.0};
    case Dtype::kFloat8E4m3fnuz:
      return {power(-3), kE4m3fnuz.max, -kE4m3fnuz.max, power(-7), 1.0};
    case Dtype::kFloat8E5m2fnuz:
      return {power(-3), kE5m2fnuz.max, -kE5m2fnuz.max, power(-15), 1.0};
    case Dtype::kFloat8E8m0fnu:
      return {1.0, power(127), power(-127), power(-127), 1.0};
    default: {
      const double max = std::numeric_limits<float>::max();
      return {power(-23), max, -max, power(-126), 1e-6};
    }
  }
}

IntLimits int_limits(Dtype dtype) {
  const int width = bits(dtype);
  if (is_unsigned(dtype)) return {0, width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1};
  return {static_cast<std::int64_t>(~std::uint64_t{0} << (width - 1)), (std::uint64_t{1} << (width - 1)) - 1};
}

}  // namespace ckptlint::python::torch
