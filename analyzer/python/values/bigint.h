// Integers of any size, as Python has them, up to a limit.
//
// Most integers are kInt; an operation whose result leaves 64 bits comes here.  Numbers of more than kMaxLimbs limbs
// are not made: such an operation reports std::nullopt and the evaluator calls the result unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "python/values/arena.h"
#include "python/values/value.h"

namespace ckptlint::python {

// Sign and magnitude; no leading zero limbs, zero is not negative.
struct BigNumber {
  bool negative = false;
  std::vector<std::uint32_t> limbs;

  bool zero() const { return limbs.empty(); }
};

constexpr std::size_t kMaxLimbs = 1024;  // 32,768 bits, close to ten thousand digits

BigNumber big_number(std::int64_t value);
// Of a finite double, truncated.
BigNumber big_number(double value);
// Of kInt, kBool or kBigInt.
BigNumber big_number(const Value& value);

// kInt where it fits, else kBigInt.
Value integer_value(Arena& arena, const BigNumber& number);

std::optional<BigNumber> big_add(const BigNumber& a, const BigNumber& b);
std::optional<BigNumber> big_subtract(const BigNumber& a, const BigNumber& b);
std::optional<BigNumber> big_multiply(const BigNumber& a, const BigNumber& b);
// Rounded towards minus infinity, with the remainder of the divisor's sign; `b` is not zero.
void big_divide(const BigNumber& a, const BigNumber& b, BigNumber& quotient, BigNumber& remainder);
std::optional<BigNumber> big_power(BigNumber base, std::uint64_t exponent);
std::optional<BigNumber> big_shift_left(const BigNumber& a, std::uint64_t bits);
BigNumber big_shift_right(const BigNumber& a, std::uint64_t bits);  // towards minus infinity
enum class BitOperation : std::uint8_t { kAnd, kOr, kXor };
BigNumber big_bits(BitOperation operation, const BigNumber& a, const BigNumber& b);  // two's complement
int big_compare(const BigNumber& a, const BigNumber& b);                             // -1, 0, 1

double big_to_double(const BigNumber& number);  // round half to even; infinite out of range
std::uint64_t big_bit_length(const BigNumber& number);
std::string big_text(const BigNumber& number, unsigned base);  // base 2 to 36, lower case, with '-'
// Digits alone, valid in the base.
std::optional<BigNumber> big_parse(std::string_view digits, unsigned base);

// Order of two numbers of any types (bool, int, big, float), exactly; kUnordered where one is not a number.
enum class NumberOrder : std::uint8_t { kLess, kEqual, kGreater, kUnordered };
NumberOrder compare_numbers(const Value& a, const Value& b);

// The nearest double of any number; infinite for a big integer out of range.
double number_to_double(const Value& number);

}  // namespace ckptlint::python
