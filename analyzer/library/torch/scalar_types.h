// What torch knows of its element types: promotion, rounding, limits, and the names in its messages (torch 2.13).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ckptlint/dtype.h"

namespace ckptlint::python::torch {

constexpr int kDtypeCount = 25;

bool is_complex(Dtype dtype);
bool is_integral(Dtype dtype);  // bool is not
bool is_unsigned(Dtype dtype);  // bool is
inline bool is_floating(Dtype dtype) { return ckptlint::is_floating_point(dtype); }
bool is_float8(Dtype dtype);
int item_size(Dtype dtype);  // bytes
// The integers that a double holds exactly: contents beyond them are not known.
constexpr double kMaxExact = 9007199254740992.0;

// c10::promoteTypes; empty where torch refuses.
std::optional<Dtype> promote(Dtype a, Dtype b);
Dtype complex_of(Dtype dtype);  // c10::toComplexType
Dtype real_of(Dtype dtype);     // c10::toRealValueType

// `value` as an element of `dtype` holds it: rounded to nearest even, wrapped, truncated.  Complex types keep the
// value.
double round_to(Dtype dtype, double value);
// Whether a double can hold every value that arithmetic on this type makes: all but large 64-bit integers.
bool exact(Dtype dtype, double value);

// "Float", "Long", ...: c10::toString, as in torch's errors and in Tensor.type().
std::string_view scalar_name(Dtype dtype);

struct FloatLimits {
  double eps, max, min, tiny, resolution;
};
FloatLimits float_limits(Dtype dtype);  // torch.finfo; floating types
struct IntLimits {
  std::int64_t min;
  std::uint64_t max;
};
IntLimits int_limits(Dtype dtype);  // torch.iinfo; integral types

}  // namespace ckptlint::python::torch
