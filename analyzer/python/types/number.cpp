// Arithmetic on numbers as CPython 3.11 does it: integers of any size, floats, and the errors of both.
#include "python/types/number.h"

#include <cmath>
#include <limits>
#include <utility>

#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"
#include "python/values/bigint.h"

namespace ckptlint::python {
namespace {

[[noreturn]] void raise_zero_division(Interpreter& in, const char* message) {
  in.raise(in.exception("ZeroDivisionError"), message);
}

Value result_of(Interpreter& in, const std::optional<BigNumber>& number) {
  if (!number) return in.unknown("an integer of more than 32,768 bits");
  in.step(number->limbs.size() * number->limbs.size() / 256);
  return integer_value(in.arena, *number);
}

// Python's float // and %: the remainder has the divisor's sign.
double float_modulo(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0) {
    if ((b < 0) != (rest < 0)) rest += b;
  } else {
    rest = std::copysign(0.0, b);
  }
  return rest;
}

// The quotient belongs to the remainder before that takes the divisor's sign: taken after, it would be rounded
// otherwise.
double float_floor_divide(double a, double b) {
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

// A number as a float operand: a big integer out of range is an error there.
double float_operand(Interpreter& in, const Value& number) {
  const double value = number_to_double(number);
  if (number.is(Kind::kBigInt) && std::isinf(value)) {
    in.raise(in.exception("OverflowError"), "int too large to convert to float");
  }
  return value;
}

Value float_power(Interpreter& in, double base, double exponent) {
  if (base == 0 && exponent < 0) raise_zero_division(in, "0.0 cannot be raised to a negative power");
  if (base < 0 && std::isfinite(base) && std::isfinite(exponent) && exponent != std::floor(exponent)) {
    return in.binary(Operator::kPow, in.call(Value::of(in.classes.complex), {Value::of(base)}), Value::of(exponent));
  }
  const double value = std::pow(base, exponent);
  if (std::isinf(value) && std::isfinite(base) && std::isfinite(exponent)) {
    in.raise(in.exception("OverflowError"), "(34, 'Numerical result out of range')");
  }
  return Value::of(value);
}

Value float_binary(Interpreter& in, Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return Value::of(a + b);
    case Operator::kSub:
      return Value::of(a - b);
    case Operator::kMul:
      return Value::of(a * b);
    case Operator::kDiv:
      if (b == 0) raise_zero_division(in, "float division by zero");
      return Value::of(a / b);
    case Operator::kFloorDiv:
      if (b == 0) raise_zero_division(in, "float floor division by zero");
      return Value::of(float_floor_divide(a, b));
    case Operator::kMod:
      if (b == 0) raise_zero_division(in, "float modulo");
      return Value::of(float_modulo(a, b));
    case Operator::kPow:
      return float_power(in, a, b);
    default:
      return not_implemented();
  }
}

Value integer_power(Interpreter& in, const Value& base, const Value& exponent) {
  const BigNumber power = big_number(exponent);
  if (power.negative) return float_power(in, float_operand(in, base), float_operand(in, exponent));
  if (!exponent.is_integral()) {
    const BigNumber number = big_number(base);
    if (big_bit_length(number) > 1) return result_of(in, std::nullopt);
    return Value::of(std::int64_t{number.zero() ? 0 : number.negative && (power.limbs[0] & 1) != 0 ? -1 : 1});
  }
  return result_of(in, big_power(big_number(base), static_cast<std::uint64_t>(exponent.as_int())));
}

// int / int, correctly rounded where the operands are exact doubles or fit a long double.
Value true_divide(Interpreter& in, const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) {
    if (b.as_int() == 0) raise_zero_division(in, "division by zero");
    return Value::of(static_cast<double>(static_cast<long double>(a.as_int()) / static_cast<long double>(b.as_int())));
  }
  const BigNumber x = big_number(a);
  const BigNumber y = big_number(b);
  if (y.zero()) raise_zero_division(in, "division by zero");
  // Enough bits of quotient for one correct rounding, the last one standing for the rest.
  const std::int64_t shift =
      static_cast<std::int64_t>(big_bit_length(y)) - static_cast<std::int64_t>(big_bit_length(x)) + 66;
  if (shift < -1100) in.raise(in.exception("OverflowError"), "integer division result too large for a float");
  const auto scaled = big_shift_left(x, shift > 0 ? static_cast<std::uint64_t>(shift) : 0);
  if (!scaled) return in.unknown("a quotient of large integers");
  BigNumber quotient;
  BigNumber rest;
  BigNumber magnitude{false, scaled->limbs};
  big_divide(magnitude, {false, y.limbs}, quotient, rest);
  if (!rest.zero() && !quotient.zero()) quotient.limbs[0] |= 1;
  const double value = std::ldexp(big_to_double(quotient), shift > 0 ? static_cast<int>(-shift) : 0);
  if (std::isinf(value)) in.raise(in.exception("OverflowError"), "integer division result too large for a float");
  return Value::of(x.negative != y.negative ? -value : value);
}

Value shift(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const BigNumber count = big_number(right);
  if (count.negative) in.raise_value_error("negative shift count");
  const BigNumber number = big_number(left);
  const bool huge = !right.is_integral();
  if (op == Operator::kShiftLeft) {
    if (huge && !number.zero()) return result_of(in, std::nullopt);
    return result_of(in, big_shift_left(number, static_cast<std::uint64_t>(huge ? 0 : right.as_int())));
  }
  return result_of(in, big_shift_right(number, huge ? ~std::uint64_t{0} : static_cast<std::uint64_t>(right.as_int())));
}

Value big_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const BigNumber a = big_number(left);
  const BigNumber b = big_number(right);
  switch (op) {
    case Operator::kAdd:
      return result_of(in, big_add(a, b));
    case Operator::kSub:
      return result_of(in, big_subtract(a, b));
    case Operator::kMul:
      return result_of(in, big_multiply(a, b));
    case Operator::kFloorDiv:
    case Operator::kMod: {
      if (b.zero()) {
        raise_zero_division(in, op == Operator::kMod ? "integer modulo by zero" : "integer division or modulo by zero");
      }
      BigNumber quotient;
      BigNumber rest;
      big_divide(a, b, quotient, rest);
      return result_of(in, op == Operator::kMod ? rest : quotient);
    }
    case Operator::kBitAnd:
      return result_of(in, big_bits(BitOperation::kAnd, a, b));
    case Operator::kBitOr:
      return result_of(in, big_bits(BitOperation::kOr, a, b));
    case Operator::kBitXor:
      return result_of(in, big_bits(BitOperation::kXor, a, b));
    default:
      return not_implemented();
  }
}

// Both in 64 bits.  Overflow goes to big integers.
Value integer_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const std::int64_t a = left.as_int();
  const std::int64_t b = right.as_int();
  std::int64_t out = 0;
  switch (op) {
    case Operator::kAdd:
      if (!__builtin_add_overflow(a, b, &out)) return Value::of(out);
      break;
    case Operator::kSub:
      if (!__builtin_sub_overflow(a, b, &out)) return Value::of(out);
      break;
    case Operator::kMul:
      if (!__builtin_mul_overflow(a, b, &out)) return Value::of(out);
      break;
    case Operator::kFloorDiv:
      if (b == 0) raise_zero_division(in, "integer division or modulo by zero");
      if (b == -1) break;
      return Value::of(a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0));
    case Operator::kMod: {
      if (b == 0) raise_zero_division(in, "integer modulo by zero");
      if (b == -1) return Value::of(0);
      const std::int64_t rest = a % b;
      return Value::of(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    }
    case Operator::kBitAnd:
    case Operator::kBitOr:
    case Operator::kBitXor: {
      out = op == Operator::kBitAnd ? a & b : op == Operator::kBitOr ? a | b : a ^ b;
      return left.is(Kind::kBool) && right.is(Kind::kBool) ? Value::of(out != 0) : Value::of(out);
    }
    case Operator::kShiftRight:
      if (b < 0) in.raise_value_error("negative shift count");
      return Value::of(a >> (b > 63 ? 63 : b));
    default:
      break;
  }
  return big_binary(in, op, left, right);
}

}  // namespace

Value number_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const bool integers = is_any_integer(left) && is_any_integer(right);
  if (!integers) return float_binary(in, op, float_operand(in, left), float_operand(in, right));
  switch (op) {
    case Operator::kDiv:
      return true_divide(in, left, right);
    case Operator::kPow:
      return integer_power(in, left, right);
    case Operator::kShiftLeft:
      return shift(in, op, left, right);
    case Operator::kShiftRight:
      if (left.is_integral() && right.is_integral()) return integer_binary(in, op, left, right);
      return shift(in, op, left, right);
    case Operator::kMatMul:
      return not_implemented();
    default:
      break;
  }
  if (left.is_integral() && right.is_integral()) return integer_binary(in, op, left, right);
  return big_binary(in, op, left, right);
}

Value number_unary(Interpreter& in, Operator op, const Value& operand) {
  switch (op) {
    case Operator::kNegate:
      if (operand.is(Kind::kFloat)) return Value::of(-operand.real);
      if (operand.is_integral() && operand.as_int() != std::numeric_limits<std::int64_t>::min()) {
        return Value::of(-operand.as_int());
      }
      return result_of(in, big_subtract({}, big_number(operand)));
    case Operator::kPositive:
      return operand.is(Kind::kBool) ? Value::of(operand.as_int()) : operand;
    case Operator::kInvert:
      if (operand.is_integral()) return Value::of(~operand.as_int());
      if (operand.is(Kind::kBigInt)) {
        return result_of(in, big_subtract(big_number(std::int64_t{-1}), big_number(operand)));
      }
      return not_implemented();
    default:
      return not_implemented();
  }
}

namespace {

// The x with number * x = 1 modulo m, of m's sign; nothing where there is none.  By Euclid's algorithm, which keeps
// what is multiplied below m.
std::optional<BigNumber> modular_inverse(Interpreter& in, const BigNumber& number, const BigNumber& m) {
  BigNumber a{false, number.limbs};
  BigNumber rest{false, m.limbs};
  BigNumber x = big_number(std::int64_t{1});
  BigNumber next;
  BigNumber quotient;
  BigNumber remainder;
  while (!rest.zero()) {
    in.step(1 + m.limbs.size());
    big_divide(a, rest, quotient, remainder);
    const auto product = big_multiply(quotient, next);
    const auto after = product ? big_subtract(x, *product) : std::nullopt;
    if (!after) return std::nullopt;
    a = std::exchange(rest, remainder);
    x = std::exchange(next, *after);
  }
  if (big_compare(a, big_number(std::int64_t{1})) != 0) return std::nullopt;
  if (number.negative) x.negative = !x.negative && !x.zero();
  big_divide(x, m, quotient, remainder);
  return remainder;
}

}  // namespace

Value modular_power(Interpreter& in, const Value& base, const Value& exponent, const Value& modulus) {
  const BigNumber m = big_number(modulus);
  if (m.zero()) in.raise_value_error("pow() 3rd argument cannot be 0");
  const BigNumber power = big_number(exponent);
  BigNumber quotient;
  BigNumber square;
  big_divide(big_number(base), m, quotient, square);
  if (power.negative) {
    std::optional<BigNumber> inverse = modular_inverse(in, square, m);
    if (!inverse) in.raise_value_error("base is not invertible for the given modulus");
    square = std::move(*inverse);
  }
  BigNumber result;
  big_divide(big_number(std::int64_t{1}), m, quotient, result);
  for (const std::uint32_t limb : power.limbs) {
    for (int bit = 0; bit < 32; ++bit) {
      in.step(1 + m.limbs.size());
      if ((limb >> bit & 1) != 0) {
        const auto product = big_multiply(result, square);
        if (!product) return in.unknown("pow() of large integers");
        big_divide(*product, m, quotient, result);
      }
      const auto product = big_multiply(square, square);
      if (!product) return in.unknown("pow() of large integers");
      big_divide(*product, m, quotient, square);
    }
  }
  return integer_value(in.arena, result);
}

Truth number_equal(Interpreter&, const Value& left, const Value& right) {
  return truth_of(is_any_number(right) && compare_numbers(left, right) == NumberOrder::kEqual);
}

Value number_order(Interpreter&, Operator op, const Value& left, const Value& right) {
  if (!is_any_number(right)) return {};
  const NumberOrder order = compare_numbers(left, right);
  if (order == NumberOrder::kUnordered) return Value::of(false);
  return Value::of(holds(op, order == NumberOrder::kLess ? -1 : order == NumberOrder::kGreater ? 1 : 0));
}

Value number_operator(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const bool numbers = is_any_number(left) && is_any_number(right);
  return numbers ? number_binary(in, op, left, right) : not_implemented();
}

}  // namespace ckptlint::python
