// Arithmetic on integers beyond 64 bits: addition, multiplication, division (Knuth's algorithm D), bits and text.
#include "python/values/bigint.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace ckptlint::python {
namespace {

using Limbs = std::vector<std::uint32_t>;

void trim(Limbs& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

BigNumber made(bool negative, Limbs limbs) {
  trim(limbs);
  BigNumber number{negative, std::move(limbs)};
  if (number.limbs.empty()) number.negative = false;
  return number;
}

std::optional<BigNumber> limited(BigNumber number) {
  if (number.limbs.size() > kMaxLimbs) return std::nullopt;
  return number;
}

int compare_magnitudes(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Limbs add_magnitudes(const Limbs& a, const Limbs& b) {
  Limbs sum(std::max(a.size(), b.size()) + 1);
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    carry += (i < a.size() ? a[i] : 0ULL) + (i < b.size() ? b[i] : 0ULL);
    sum[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return sum;
}

// a - b, where a is not the smaller.
Limbs subtract_magnitudes(const Limbs& a, const Limbs& b) {
  Limbs difference(a.size());
  std::int64_t borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::int64_t d = static_cast<std::int64_t>(a[i]) - (i < b.size() ? b[i] : 0) - borrow;
    borrow = d < 0 ? 1 : 0;
    if (d < 0) d += std::int64_t{1} << 32;
    difference[i] = static_cast<std::uint32_t>(d);
  }
  return difference;
}

BigNumber add_signed(const BigNumber& a, const Limbs& b, bool b_negative) {
  if (a.negative == b_negative) return made(a.negative, add_magnitudes(a.limbs, b));
  const int order = compare_magnitudes(a.limbs, b);
  if (order == 0) return {};
  if (order > 0) return made(a.negative, subtract_magnitudes(a.limbs, b));
  return made(b_negative, subtract_magnitudes(b, a.limbs));
}

// Divides in place; returns the remainder.
std::uint32_t divide_small(Limbs& limbs, std::uint32_t divisor) {
  std::uint64_t rest = 0;
  for (std::size_t i = limbs.size(); i-- > 0;) {
    rest = (rest << 32) | limbs[i];
    limbs[i] = static_cast<std::uint32_t>(rest / divisor);
    rest %= divisor;
  }
  trim(limbs);
  return static_cast<std::uint32_t>(rest);
}

Limbs shifted_left(const Limbs& limbs, unsigned bits) {  // fewer than 32
  Limbs out(limbs.size() + 1);
  std::uint32_t carry = 0;
  for (std::size_t i = 0; i < limbs.size(); ++i) {
    out[i] = (limbs[i] << bits) | carry;
    carry = bits == 0 ? 0 : limbs[i] >> (32 - bits);
  }
  out.back() = carry;
  return out;
}

// Knuth's algorithm D on magnitudes; b has at least two limbs and a is not the smaller.
Limbs divide_magnitudes(const Limbs& a, const Limbs& b, Limbs& remainder) {
  const unsigned shift = static_cast<unsigned>(std::countl_zero(b.back()));
  Limbs u = shifted_left(a, shift);
  Limbs v = shifted_left(b, shift);
  trim(v);
  const std::size_t n = v.size();
  Limbs quotient(u.size() - n);
  for (std::size_t j = quotient.size(); j-- > 0;) {
    const std::uint64_t top = (std::uint64_t{u[j + n]} << 32) | u[j + n - 1];
    std::uint64_t guess = top / v[n - 1];
    std::uint64_t rest = top % v[n - 1];
    while (guess >> 32 != 0 || guess * v[n - 2] > ((rest << 32) | u[j + n - 2])) {
      --guess;
      rest += v[n - 1];
      if (rest >> 32 != 0) break;
    }
    std::int64_t borrow = 0;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < n; ++i) {
      carry += guess * v[i];
      std::int64_t d = static_cast<std::int64_t>(u[i + j]) - borrow - static_cast<std::int64_t>(carry & 0xffffffffU);
      u[i + j] = static_cast<std::uint32_t>(d);
      borrow = d < 0 ? 1 : 0;
      carry >>= 32;
    }
    const std::int64_t d = static_cast<std::int64_t>(u[j + n]) - borrow - static_cast<std::int64_t>(carry);
    u[j + n] = static_cast<std::uint32_t>(d);
    if (d < 0) {  // one too many
      --guess;
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += std::uint64_t{u[i + j]} + v[i];
        u[i + j] = static_cast<std::uint32_t>(sum);
        sum >>= 32;
      }
      u[j + n] += static_cast<std::uint32_t>(sum);
    }
    quotient[j] = static_cast<std::uint32_t>(guess);
  }
  u.resize(n);
  remainder = big_shift_right(made(false, std::move(u)), shift).limbs;
  return quotient;
}

// Two's complement over `size` limbs.
Limbs two_complement(const BigNumber& a, std::size_t size) {
  Limbs out(size);
  std::copy(a.limbs.begin(), a.limbs.end(), out.begin());
  if (!a.negative) return out;
  std::uint64_t carry = 1;
  for (std::uint32_t& limb : out) {
    carry += static_cast<std::uint32_t>(~limb);
    limb = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return out;
}

int sign_of(double value) { return value < 0 ? -1 : value > 0 ? 1 : 0; }

NumberOrder order_of(int comparison) {
  return comparison < 0 ? NumberOrder::kLess : comparison > 0 ? NumberOrder::kGreater : NumberOrder::kEqual;
}

// An integer against a double.
NumberOrder compare_exactly(const Value& integer, double real) {
  if (std::isnan(real)) return NumberOrder::kUnordered;
  if (std::isinf(real)) return real > 0 ? NumberOrder::kLess : NumberOrder::kGreater;
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (integer.is_integral() && integer.as_int() <= kExact && integer.as_int() >= -kExact) {
    return order_of(sign_of(static_cast<double>(integer.as_int()) - real));
  }
  const double whole = std::trunc(real);
  const int order = big_compare(big_number(integer), big_number(whole));
  return order_of(order != 0 ? order : sign_of(whole - real));
}

}  // namespace

BigNumber big_number(std::int64_t value) {
  const std::uint64_t magnitude =
      value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  return made(value < 0, {static_cast<std::uint32_t>(magnitude), static_cast<std::uint32_t>(magnitude >> 32)});
}

BigNumber big_number(double value) {
  if (!std::isfinite(value)) return {};
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(std::trunc(value)), &exponent);
  if (fraction == 0) return {};
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  exponent -= 53;
  BigNumber number = exponent < 0 ? big_shift_right(big_number(mantissa), static_cast<std::uint64_t>(-exponent))
                                  : *big_shift_left(big_number(mantissa), static_cast<std::uint64_t>(exponent));
  number.negative = value < 0 && !number.zero();
  return number;
}

BigNumber big_number(const Value& value) {
  if (!value.is(Kind::kBigInt)) return big_number(value.as_int());
  const auto* big = value.as<BigInt>();
  if (big->count == 0) return big_number(big->approximate);
  return {big->negative, Limbs(big->limbs, big->limbs + big->count)};
}

Value integer_value(Arena& arena, const BigNumber& number) {
  if (number.limbs.size() <= 2) {
    std::uint64_t magnitude = 0;
    for (std::size_t i = number.limbs.size(); i-- > 0;) magnitude = (magnitude << 32) | number.limbs[i];
    constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
    if (magnitude < kTop || (number.negative && magnitude == kTop)) {
      return Value::of(static_cast<std::int64_t>(number.negative ? ~magnitude + 1 : magnitude));
    }
  }
  auto* limbs = arena.array<std::uint32_t>(number.limbs.size());
  std::copy(number.limbs.begin(), number.limbs.end(), limbs);
  BigInt* big = arena.make<BigInt>();
  big->kind = Kind::kBigInt;
  big->approximate = big_to_double(number);
  big->negative = number.negative;
  big->count = static_cast<std::uint32_t>(number.limbs.size());
  big->limbs = limbs;
  return Value::of(big);
}

std::optional<BigNumber> big_add(const BigNumber& a, const BigNumber& b) {
  return limited(add_signed(a, b.limbs, b.negative));
}

std::optional<BigNumber> big_subtract(const BigNumber& a, const BigNumber& b) {
  return limited(add_signed(a, b.limbs, !b.negative));
}

std::optional<BigNumber> big_multiply(const BigNumber& a, const BigNumber& b) {
  if (a.limbs.size() + b.limbs.size() > kMaxLimbs + 1) return std::nullopt;
  Limbs product(a.limbs.size() + b.limbs.size());
  for (std::size_t i = 0; i < a.limbs.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.limbs.size(); ++j) {
      carry += std::uint64_t{a.limbs[i]} * b.limbs[j] + product[i + j];
      product[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    product[i + b.limbs.size()] = static_cast<std::uint32_t>(carry);
  }
  return limited(made(a.negative != b.negative, std::move(product)));
}

void big_divide(const BigNumber& a, const BigNumber& b, BigNumber& quotient, BigNumber& remainder) {
  Limbs q;
  Limbs r;
  if (compare_magnitudes(a.limbs, b.limbs) < 0) {
    r = a.limbs;
  } else if (b.limbs.size() == 1) {
    q = a.limbs;
    r = {divide_small(q, b.limbs[0])};
  } else {
    q = divide_magnitudes(a.limbs, b.limbs, r);
  }
  quotient = made(a.negative != b.negative, std::move(q));
  remainder = made(a.negative, std::move(r));
  if (!remainder.zero() && a.negative != b.negative) {
    quotient = add_signed(quotient, {1}, true);
    remainder = add_signed(remainder, b.limbs, b.negative);
  }
}

std::optional<BigNumber> big_power(BigNumber base, std::uint64_t exponent) {
  BigNumber result = big_number(std::int64_t{1});
  if (exponent != 0 && big_bit_length(base) > 1 && exponent > kMaxLimbs * 32) return std::nullopt;
  while (exponent != 0) {
    if ((exponent & 1) != 0) {
      auto product = big_multiply(result, base);
      if (!product) return std::nullopt;
      result = std::move(*product);
    }
    exponent >>= 1;
    if (exponent == 0) break;
    auto square = big_multiply(base, base);
    if (!square) return std::nullopt;
    base = std::move(*square);
  }
  return result;
}

std::optional<BigNumber> big_shift_left(const BigNumber& a, std::uint64_t bits) {
  if (a.zero()) return a;
  if (bits / 32 > kMaxLimbs) return std::nullopt;
  Limbs out(static_cast<std::size_t>(bits / 32));
  const Limbs shifted = shifted_left(a.limbs, static_cast<unsigned>(bits % 32));
  out.insert(out.end(), shifted.begin(), shifted.end());
  return limited(made(a.negative, std::move(out)));
}

BigNumber big_shift_right(const BigNumber& a, std::uint64_t bits) {
  const std::uint64_t dropped = bits / 32;
  if (dropped >= a.limbs.size()) return a.negative ? big_number(std::int64_t{-1}) : BigNumber{};
  const unsigned shift = static_cast<unsigned>(bits % 32);
  const auto skip = static_cast<std::size_t>(dropped);
  bool lost = std::any_of(a.limbs.begin(), a.limbs.begin() + static_cast<std::ptrdiff_t>(skip),
                          [](std::uint32_t limb) { return limb != 0; });
  if (shift != 0 && (a.limbs[skip] << (32 - shift)) != 0) lost = true;
  Limbs out(a.limbs.size() - skip);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t high = i + skip + 1 < a.limbs.size() ? a.limbs[i + skip + 1] : 0;
    out[i] = static_cast<std::uint32_t>(((high << 32) | a.limbs[i + skip]) >> shift);
  }
  BigNumber result = made(a.negative, std::move(out));
  if (!a.negative || !lost) return result;
  result.negative = true;
  return add_signed(result, {1}, true);
}

BigNumber big_bits(BitOperation operation, const BigNumber& a, const BigNumber& b) {
  const std::size_t size = std::max(a.limbs.size(), b.limbs.size()) + 1;
  Limbs x = two_complement(a, size);
  const Limbs y = two_complement(b, size);
  for (std::size_t i = 0; i < size; ++i) {
    switch (operation) {
      case BitOperation::kAnd:
        x[i] &= y[i];
        break;
      case BitOperation::kOr:
        x[i] |= y[i];
        break;
      case BitOperation::kXor:
        x[i] ^= y[i];
        break;
    }
  }
  if (x.back() >> 31 == 0) return made(false, std::move(x));
  BigNumber negated{true, std::move(x)};
  Limbs magnitude = two_complement(negated, size);
  return made(true, std::move(magnitude));
}

int big_compare(const BigNumber& a, const BigNumber& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int order = compare_magnitudes(a.limbs, b.limbs);
  return a.negative ? -order : order;
}

std::uint64_t big_bit_length(const BigNumber& number) {
  if (number.zero()) return 0;
  return std::uint64_t{number.limbs.size()} * 32 - static_cast<std::uint64_t>(std::countl_zero(number.limbs.back()));
}

double big_to_double(const BigNumber& number) {
  const std::uint64_t bits = big_bit_length(number);
  if (bits == 0) return 0;
  if (bits > 1024) return number.negative ? -HUGE_VAL : HUGE_VAL;
  std::uint64_t top = 0;  // the 64 highest bits; the last one also stands for everything below
  const std::uint64_t dropped = bits > 64 ? bits - 64 : 0;
  BigNumber magnitude{false, number.limbs};
  const BigNumber high = big_shift_right(magnitude, dropped);
  for (std::size_t i = high.limbs.size(); i-- > 0;) top = (top << 32) | high.limbs[i];
  if (dropped != 0 && compare_magnitudes(big_shift_left(high, dropped)->limbs, number.limbs) != 0) top |= 1;
  const double value = std::ldexp(static_cast<double>(top), static_cast<int>(dropped));
  return number.negative ? -value : value;
}

std::string big_text(const BigNumber& number, unsigned base) {
  if (number.zero()) return "0";
  // Digits are taken in blocks that fit a limb.
  std::uint32_t block = base;
  int block_digits = 1;
  while (std::uint64_t{block} * base <= 0xffffffffU) {
    block *= base;
    ++block_digits;
  }
  std::string text;
  for (Limbs rest = number.limbs; !rest.empty();) {
    std::uint32_t part = divide_small(rest, block);
    for (int i = 0; i < block_digits && (!rest.empty() || part != 0); ++i) {
      text += "0123456789abcdefghijklmnopqrstuvwxyz"[part % base];
      part /= base;
    }
  }
  if (number.negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

std::optional<BigNumber> big_parse(std::string_view digits, unsigned base) {
  if (digits.size() > kMaxLimbs * 32) return std::nullopt;
  Limbs limbs;
  for (const char c : digits) {
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    std::uint64_t carry = static_cast<std::uint64_t>(digit);
    for (std::uint32_t& limb : limbs) {
      carry += std::uint64_t{limb} * base;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs.push_back(static_cast<std::uint32_t>(carry));
    if (limbs.size() > kMaxLimbs) return std::nullopt;
  }
  return made(false, std::move(limbs));
}

NumberOrder compare_numbers(const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) {
    return order_of(a.as_int() < b.as_int() ? -1 : a.as_int() > b.as_int() ? 1 : 0);
  }
  if (a.is(Kind::kFloat) && b.is(Kind::kFloat)) {
    if (std::isnan(a.real) || std::isnan(b.real)) return NumberOrder::kUnordered;
    return order_of(a.real < b.real ? -1 : a.real > b.real ? 1 : 0);
  }
  if (b.is(Kind::kFloat)) return compare_exactly(a, b.real);
  if (a.is(Kind::kFloat)) {
    switch (compare_exactly(b, a.real)) {
      case NumberOrder::kLess:
        return NumberOrder::kGreater;
      case NumberOrder::kGreater:
        return NumberOrder::kLess;
      case NumberOrder::kEqual:
        return NumberOrder::kEqual;
      default:
        return NumberOrder::kUnordered;
    }
  }
  return order_of(big_compare(big_number(a), big_number(b)));
}

double number_to_double(const Value& number) {
  return number.is(Kind::kBigInt) ? number.as<BigInt>()->approximate : number.as_double();
}

}  // namespace ckptlint::python
