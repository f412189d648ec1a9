// A Python int or float that counts bytes: exact in eighths, and aware of which of the two it is.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

#include "ckptlint/device_map.h"

namespace ckptlint {

// The libraries add sizes as Python numbers.  A bool tensor makes a sum a float, and accelerate later treats a float
// unlike an int (it has no `upper`), so the type is part of the truth.  Sums saturate far beyond kMostBytes.
struct PythonNumber {
  std::int64_t eighths = 0;
  bool is_float = false;

  static constexpr PythonNumber bytes(std::int64_t whole) { return {whole * 8, false}; }
  static constexpr PythonNumber of(Bytes size) { return {size.in_eighths(), !size.is_whole()}; }
  constexpr Bytes as_bytes() const { return Bytes::eighths(eighths); }

  friend constexpr bool operator==(PythonNumber a, PythonNumber b) { return a.eighths == b.eighths; }
  friend constexpr auto operator<=>(PythonNumber a, PythonNumber b) { return a.eighths <=> b.eighths; }
};

constexpr std::int64_t kSaturated = std::int64_t{1} << 62;

constexpr std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return a > 0 ? kSaturated : -kSaturated;
  return std::clamp(sum, -kSaturated, kSaturated);
}

constexpr PythonNumber operator+(PythonNumber a, PythonNumber b) {
  return {saturating_sum(a.eighths, b.eighths), a.is_float || b.is_float};
}
constexpr PythonNumber operator-(PythonNumber a, PythonNumber b) {
  return {saturating_sum(a.eighths, -b.eighths), a.is_float || b.is_float};
}
constexpr PythonNumber& operator+=(PythonNumber& a, PythonNumber b) { return a = a + b; }

// Python's min and max keep the first of two equal arguments, and with it its type.
constexpr PythonNumber python_max(PythonNumber a, PythonNumber b) { return b > a ? b : a; }
constexpr PythonNumber python_min(PythonNumber a, PythonNumber b) { return b < a ? b : a; }

}  // namespace ckptlint
