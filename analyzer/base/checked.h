// Arithmetic on numbers that a file claims: every overflow is seen.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace ckptlint {

template <std::integral T>
constexpr std::optional<T> checked_add(T a, T b) {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
constexpr std::optional<T> checked_multiply(T a, T b) {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Elements of a tensor of `shape` (1 for a scalar); empty where a dimension is negative or the product overflows.
// As in safetensors, a zero dimension does not excuse an overflow before it.
constexpr std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    const auto next = checked_multiply(count, static_cast<std::uint64_t>(extent));
    if (!next) return std::nullopt;
    count = *next;
  }
  return count;
}

// Storage of `elements` of `bits` each, in bits; empty where that overflows.
constexpr std::optional<std::uint64_t> bit_count(std::uint64_t elements, int bits) {
  return checked_multiply(elements, static_cast<std::uint64_t>(bits));
}

}  // namespace ckptlint
