// The math module.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "library/stdlib/install.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"
#include "python/types/number.h"
#include "python/values/bigint.h"

namespace ckptlint::python {
namespace {

[[noreturn]] void raise_domain(Interpreter& in) { in.raise_value_error("math domain error"); }
[[noreturn]] void raise_range(Interpreter& in) { in.raise(in.exception("OverflowError"), "math range error"); }

bool unknown_contents(Interpreter& in, const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.count; ++i) {
    const Value& value = arguments.positional[i];
    if (value.is(Kind::kTensor) && tensor_scalar(in, value.as<Tensor>()).missing()) return true;
  }
  return false;
}

using Real = double (*)(double);

// NaN out of a number is an error of domain; an infinite result of a finite argument is one of range for functions that
// grow without bound, and of domain for those with poles.
Value checked(Interpreter& in, double result, bool finite_arguments, bool nan_argument, bool grows = true) {
  if (std::isnan(result) && !nan_argument) raise_domain(in);
  if (std::isinf(result) && finite_arguments) {
    if (!grows) raise_domain(in);
    raise_range(in);
  }
  return Value::of(result);
}

template <Real function, bool grows = false>
Value real_function(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_x] = function_arguments<"x">(in, "math function", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const double x = in.to_double(given_x);
  return checked(in, function(x), std::isfinite(x), std::isnan(x), grows);
}

using RealPair = double (*)(double, double);
template <RealPair function>
Value real_function_of_two(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_x, given_y] = function_arguments<"x, y">(in, "math function", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const double x = in.to_double(given_x);
  const double y = in.to_double(given_y);
  return checked(in, function(x, y), std::isfinite(x) && std::isfinite(y), std::isnan(x) || std::isnan(y));
}

double power(double x, double y) { return std::pow(x, y); }
Value math_pow(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [x, y] = function_arguments<"x, y">(in, "pow", arguments);
  if (!unknown_contents(in, arguments) && in.to_double(x) == 0 && in.to_double(y) < 0) raise_domain(in);
  return real_function_of_two<power>(in, arguments, data);
}

// ---- logarithms: of integers of any size, and errors at zero

using Logarithm = double (*)(double);
double logarithm(Interpreter& in, const Value& value, Logarithm function, double of_two) {
  const Value& plain = unwrap(value);
  if (plain.is(Kind::kBigInt) && std::isinf(plain.as<BigInt>()->approximate)) {
    const BigNumber big = big_number(plain);
    if (big.negative) raise_domain(in);
    const std::uint64_t bits = big_bit_length(big);
    const double fraction = std::ldexp(big_to_double(big_shift_right(big, bits - 64)), -64);
    return function(fraction) + of_two * static_cast<double>(bits);
  }
  const double x = in.to_double(value);
  if (x <= 0) raise_domain(in);
  return function(x);
}

double natural(double x) { return std::log(x); }
double binary(double x) { return std::log2(x); }
double decimal(double x) { return std::log10(x); }

Value math_log(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_x, given_base] = function_arguments<"x, base=">(in, "log", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const double x = logarithm(in, given_x, natural, std::log(2.0));
  if (arguments.count == 1) return Value::of(x);
  const double base = logarithm(in, given_base, natural, std::log(2.0));
  if (base == 0) in.raise(in.exception("ZeroDivisionError"), "float division by zero");
  return Value::of(x / base);
}
Value math_log2(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x] = function_arguments<"x">(in, "log2", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  return Value::of(logarithm(in, x, binary, 1));
}
Value math_log10(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x] = function_arguments<"x">(in, "log10", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  return Value::of(logarithm(in, x, decimal, std::log10(2.0)));
}
Value math_log1p(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_x] = function_arguments<"x">(in, "log1p", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const double x = in.to_double(given_x);
  if (x <= -1) raise_domain(in);
  return Value::of(std::log1p(x));
}

Value math_gamma(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given_x] = function_arguments<"x">(in, data.boolean ? "lgamma" : "gamma", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const double x = in.to_double(given_x);
  if (x <= 0 && x == std::floor(x)) raise_domain(in);
  // lgamma() keeps its sign in a global: the reentrant form does not.
  int sign = 0;
  const double result = data.boolean ? lgamma_r(x, &sign) : std::tgamma(x);
  return checked(in, result, std::isfinite(x), std::isnan(x));
}

// ---- to integers

// floor, ceil and trunc; data is the name of the method that an evaluated class may have.
Value to_integer(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const std::string_view method = data.as<Str>()->view();
  const auto [given] = function_arguments<"x">(in, data.as<Str>()->data, arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const Value& plain = unwrap(given);
  if (is_any_integer(plain)) return number_unary(in, Operator::kPositive, plain);
  if (given.is(Kind::kInstance) && !plain.is(Kind::kFloat)) {
    if (const Value answer = try_dunder(in, given, data.as<Str>()); !answer.missing()) return answer;
  }
  const double x = in.to_double(given);
  if (std::isnan(x)) in.raise_value_error("cannot convert float NaN to integer");
  if (std::isinf(x)) in.raise(in.exception("OverflowError"), "cannot convert float infinity to integer");
  return integer_value(in.arena, big_number(method == "__floor__"  ? std::floor(x)
                                            : method == "__ceil__" ? std::ceil(x)
                                                                   : std::trunc(x)));
}

// ---- integers

BigNumber integer(Interpreter& in, const Value& value) {
  const Value& plain = unwrap(value);
  if (is_any_integer(plain)) return big_number(plain);
  return big_number(in.to_int(value));
}

BigNumber greatest_divisor(Interpreter& in, BigNumber a, BigNumber b) {
  a.negative = b.negative = false;
  while (!b.zero()) {
    in.step();
    BigNumber quotient;
    BigNumber rest;
    big_divide(a, b, quotient, rest);
    a = std::move(b);
    b = std::move(rest);
  }
  return a;
}

Value math_gcd(Interpreter& in, const Arguments& arguments, const Value&) {
  BigNumber result;
  for (std::size_t i = 0; i < arguments.count; ++i) result = greatest_divisor(in, result, integer(in, arguments[i]));
  return integer_value(in.arena, result);
}

Value math_lcm(Interpreter& in, const Arguments& arguments, const Value&) {
  BigNumber result = big_number(std::int64_t{1});
  for (std::size_t i = 0; i < arguments.count; ++i) {
    BigNumber each = integer(in, arguments[i]);
    each.negative = false;
    if (each.zero()) return Value::of(0);
    BigNumber quotient;
    BigNumber rest;
    big_divide(result, greatest_divisor(in, result, each), quotient, rest);
    const auto product = big_multiply(quotient, each);
    if (!product) return in.unknown("an integer of more than 32,768 bits");
    result = *product;
  }
  return integer_value(in.arena, result);
}

Value math_isqrt(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_n] = function_arguments<"n">(in, "isqrt", arguments);
  const BigNumber n = integer(in, given_n);
  if (n.negative) in.raise_value_error("isqrt() argument must be nonnegative");
  if (n.zero()) return Value::of(0);
  // Newton's iteration from above.
  BigNumber root = *big_shift_left(big_number(std::int64_t{1}), (big_bit_length(n) + 1) / 2);
  while (true) {
    in.step(1 + n.limbs.size());
    BigNumber quotient;
    BigNumber rest;
    big_divide(n, root, quotient, rest);
    const BigNumber next = big_shift_right(*big_add(root, quotient), 1);
    if (big_compare(next, root) >= 0) return integer_value(in.arena, root);
    root = next;
  }
}

// n! / (n - k)! where `last` bounds the factors.
Value falling_product(Interpreter& in, std::int64_t n, std::int64_t k) {
  BigNumber result = big_number(std::int64_t{1});
  for (std::int64_t i = 0; i < k; ++i) {
    in.step();
    const auto product = big_multiply(result, big_number(n - i));
    if (!product) return in.unknown("an integer of more than 32,768 bits");
    result = *product;
  }
  return integer_value(in.arena, result);
}

Value math_factorial(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_n] = function_arguments<"n">(in, "factorial", arguments);
  if (unwrap(given_n).is(Kind::kFloat)) in.raise_type_error("'float' object cannot be interpreted as an integer");
  const std::int64_t n = in.to_int(given_n);
  if (n < 0) in.raise_value_error("factorial() not defined for negative values");
  return falling_product(in, n, n);
}

Value math_perm(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_n, given_k] = function_arguments<"n, k=">(in, "perm", arguments);
  const std::int64_t n = in.to_int(given_n);
  const std::int64_t k = arguments.count == 1 || given_k.is_none() ? n : in.to_int(given_k);
  if (n < 0) in.raise_value_error("n must be a non-negative integer");
  if (k < 0) in.raise_value_error("k must be a non-negative integer");
  return k > n ? Value::of(0) : falling_product(in, n, k);
}

Value math_comb(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_n, given_k] = function_arguments<"n, k">(in, "comb", arguments);
  const std::int64_t n = in.to_int(given_n);
  std::int64_t k = in.to_int(given_k);
  if (n < 0) in.raise_value_error("n must be a non-negative integer");
  if (k < 0) in.raise_value_error("k must be a non-negative integer");
  if (k > n) return Value::of(0);
  k = std::min(k, n - k);
  BigNumber result = big_number(std::int64_t{1});
  for (std::int64_t i = 1; i <= k; ++i) {
    in.step();
    const auto product = big_multiply(result, big_number(n - k + i));
    if (!product) return in.unknown("an integer of more than 32,768 bits");
    BigNumber rest;
    big_divide(*product, big_number(i), result, rest);
  }
  return integer_value(in.arena, result);
}

// ---- over iterables

Value math_prod(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [iterable, start] = bind<"iterable, *, start=">(in, "prod", arguments);
  if (iterable.unknown()) return iterable;
  Value product = start.missing() ? Value::of(1) : start;
  Iteration each;
  if (!in.iterate(iterable, each)) return in.unknown("the product of elements that are not known");
  Value item;
  while (in.next(each, item)) product = in.binary(Operator::kMul, product, item);
  return product;
}

// Exactly rounded: partial sums that do not overlap (Shewchuk).
Value math_fsum(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [seq] = function_arguments<"seq">(in, "fsum", arguments);
  std::vector<double> partials;
  for (const Value& item : in.collect(seq)->items) {
    if (item.unknown()) return item;
    double x = in.to_double(item);
    in.step(1 + partials.size());
    std::size_t kept = 0;
    for (double y : partials) {
      if (std::fabs(x) < std::fabs(y)) std::swap(x, y);
      const double high = x + y;
      const double low = y - (high - x);
      if (low != 0) partials[kept++] = low;
      x = high;
    }
    partials.resize(kept);
    partials.push_back(x);
  }
  double high = 0;
  double low = 0;
  std::size_t n = partials.size();
  if (n > 0) {
    high = partials[--n];
    while (n > 0 && low == 0) {
      const double x = high;
      const double y = partials[--n];
      high = x + y;
      low = y - (high - x);
    }
    // Half-way cases go by the sign of what is left.
    if (n > 0 && ((low < 0 && partials[n - 1] < 0) || (low > 0 && partials[n - 1] > 0))) {
      const double twice = low * 2;
      const double x = high + twice;
      if (twice == x - high) high = x;
    }
  }
  return Value::of(high);
}

double hypotenuse(const std::vector<double>& sides) {
  double largest = 0;
  bool nan = false;
  for (const double side : sides) {
    if (std::isinf(side)) return std::numeric_limits<double>::infinity();
    nan = nan || std::isnan(side);
    largest = std::max(largest, std::fabs(side));
  }
  if (nan) return std::numeric_limits<double>::quiet_NaN();
  if (largest == 0) return 0;
  if (sides.size() == 2) return std::hypot(sides[0], sides[1]);
  long double sum = 0;
  for (const double side : sides) {
    const long double part = static_cast<long double>(side) / largest;
    sum += part * part;
  }
  return static_cast<double>(largest * std::sqrt(sum));
}

Value math_hypot(Interpreter& in, const Arguments& arguments, const Value&) {
  std::vector<double> sides;
  for (std::size_t i = 0; i < arguments.count; ++i) sides.push_back(in.to_double(arguments[i]));
  return Value::of(hypotenuse(sides));
}
Value math_dist(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_p, given_q] = function_arguments<"p, q">(in, "dist", arguments);
  const List* p = in.collect(given_p);
  const List* q = in.collect(given_q);
  if (p->items.count != q->items.count) in.raise_value_error("both points must have the same number of dimensions");
  std::vector<double> sides;
  for (std::uint32_t i = 0; i < p->items.count; ++i)
    sides.push_back(in.to_double(p->items[i]) - in.to_double(q->items[i]));
  return Value::of(hypotenuse(sides));
}

// ---- the rest

// Data: 0 isnan, 1 isinf, 2 isfinite.
Value classified(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [given_x] = function_arguments<"x">(in, "isnan", arguments);
  if (unknown_contents(in, arguments)) return in.unknown("the contents of a tensor");
  const double x = in.to_double(given_x);
  return Value::of(data.integer == 0 ? std::isnan(x) : data.integer == 1 ? std::isinf(x) : std::isfinite(x));
}

Value math_isclose(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_a, given_b, rel_tol, abs_tol] = bind<"a, b, *, rel_tol=, abs_tol=">(in, "isclose", arguments);
  const double a = in.to_double(given_a);
  const double b = in.to_double(given_b);
  const double relative = rel_tol.missing() ? 1e-9 : in.to_double(rel_tol);
  const double absolute = abs_tol.missing() ? 0 : in.to_double(abs_tol);
  if (relative < 0 || absolute < 0) in.raise_value_error("tolerances must be non-negative");
  if (a == b) return Value::of(true);
  if (std::isinf(a) || std::isinf(b)) return Value::of(false);
  const double difference = std::fabs(a - b);
  return Value::of(difference <= std::fabs(relative * a) || difference <= std::fabs(relative * b) ||
                   difference <= absolute);
}

Value math_frexp(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x] = function_arguments<"x">(in, "frexp", arguments);
  int exponent = 0;
  const double mantissa = std::frexp(in.to_double(x), &exponent);
  return in.tuple({Value::of(mantissa), Value::of(exponent)});
}
Value math_ldexp(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_x, i] = function_arguments<"x, i">(in, "ldexp", arguments);
  const double x = in.to_double(given_x);
  const double result = std::ldexp(x, static_cast<int>(std::clamp<std::int64_t>(in.to_int(i), -100000, 100000)));
  return checked(in, result, std::isfinite(x), std::isnan(x));
}
Value math_modf(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x] = function_arguments<"x">(in, "modf", arguments);
  double whole = 0;
  const double fraction = std::modf(in.to_double(x), &whole);
  return in.tuple({Value::of(fraction), Value::of(whole)});
}

double square_root(double x) { return std::sqrt(x); }
double cube_root(double x) { return std::cbrt(x); }
double degrees(double x) { return x * (180.0 / M_PI); }
double radians(double x) { return x * (M_PI / 180.0); }
double magnitude(double x) { return std::fabs(x); }
double ulp(double x) {
  if (!std::isfinite(x)) return std::fabs(x);
  x = std::fabs(x);
  const double next = std::nextafter(x, HUGE_VAL);
  return std::isinf(next) ? x - std::nextafter(x, 0) : next - x;
}
double exp2_(double x) { return std::exp2(x); }

double exp_of(double x) { return std::exp(x); }
double expm1_of(double x) { return std::expm1(x); }
double sin_of(double x) { return std::sin(x); }
double cos_of(double x) { return std::cos(x); }
double tan_of(double x) { return std::tan(x); }
double asin_of(double x) { return std::asin(x); }
double acos_of(double x) { return std::acos(x); }
double atan_of(double x) { return std::atan(x); }
double sinh_of(double x) { return std::sinh(x); }
double cosh_of(double x) { return std::cosh(x); }
double tanh_of(double x) { return std::tanh(x); }
double asinh_of(double x) { return std::asinh(x); }
double acosh_of(double x) { return std::acosh(x); }
double atanh_of(double x) { return std::atanh(x); }
double erf_of(double x) { return std::erf(x); }
double erfc_of(double x) { return std::erfc(x); }

double arc_tangent(double y, double x) { return std::atan2(y, x); }
double remainder_of(double x, double y) { return std::remainder(x, y); }
double modulo_of(double x, double y) { return std::fmod(x, y); }
double copied_sign(double x, double y) { return std::copysign(x, y); }
double next_after(double x, double y) { return std::nextafter(x, y); }

}  // namespace

void install_math(Interpreter& in) {
  Module* math = in.native_module("math", false);
  define_all(in, math,
             {{"sqrt", spread<real_function<square_root>>},
              {"cbrt", spread<real_function<cube_root>>},
              {"exp", spread<real_function<exp_of, true>>},
              {"exp2", spread<real_function<exp2_, true>>},
              {"expm1", spread<real_function<expm1_of, true>>},
              {"sin", spread<real_function<sin_of>>},
              {"cos", spread<real_function<cos_of>>},
              {"tan", spread<real_function<tan_of>>},
              {"asin", spread<real_function<asin_of>>},
              {"acos", spread<real_function<acos_of>>},
              {"atan", spread<real_function<atan_of>>},
              {"sinh", spread<real_function<sinh_of, true>>},
              {"cosh", spread<real_function<cosh_of, true>>},
              {"tanh", spread<real_function<tanh_of>>},
              {"asinh", spread<real_function<asinh_of>>},
              {"acosh", spread<real_function<acosh_of>>},
              {"atanh", spread<real_function<atanh_of>>},
              {"erf", spread<real_function<erf_of>>},
              {"erfc", spread<real_function<erfc_of>>},
              {"degrees", spread<real_function<degrees>>},
              {"radians", spread<real_function<radians>>},
              {"fabs", spread<real_function<magnitude>>},
              {"ulp", spread<real_function<ulp>>},
              {"atan2", spread<real_function_of_two<arc_tangent>>},
              {"fmod", spread<real_function_of_two<modulo_of>>},
              {"remainder", spread<real_function_of_two<remainder_of>>},
              {"copysign", spread<real_function_of_two<copied_sign>>},
              {"nextafter", spread<real_function_of_two<next_after>>},
              {"pow", spread<math_pow>},
              {"log", spread<math_log>},
              {"log2", spread<math_log2>},
              {"log10", spread<math_log10>},
              {"log1p", spread<math_log1p>},
              {"gcd", spread<math_gcd>},
              {"lcm", spread<math_lcm>},
              {"isqrt", spread<math_isqrt>},
              {"factorial", spread<math_factorial>},
              {"perm", spread<math_perm>},
              {"comb", spread<math_comb>},
              {"prod", math_prod},
              {"fsum", spread<math_fsum>},
              {"hypot", spread<math_hypot>},
              {"dist", spread<math_dist>},
              {"isclose", spread<math_isclose>},
              {"frexp", spread<math_frexp>},
              {"ldexp", spread<math_ldexp>},
              {"modf", spread<math_modf>}});
  in.define(math, "floor", to_integer, Value::of(in.intern("__floor__")));
  in.define(math, "ceil", to_integer, Value::of(in.intern("__ceil__")));
  in.define(math, "trunc", to_integer, Value::of(in.intern("__trunc__")));
  in.define(math, "isnan", classified, Value::of(0));
  in.define(math, "isinf", classified, Value::of(1));
  in.define(math, "isfinite", classified, Value::of(2));
  in.define(math, "gamma", math_gamma, Value::of(false));
  in.define(math, "lgamma", math_gamma, Value::of(true));
  in.define(math, "pi", Value::of(M_PI));
  in.define(math, "e", Value::of(M_E));
  in.define(math, "tau", Value::of(2 * M_PI));
  in.define(math, "inf", Value::of(std::numeric_limits<double>::infinity()));
  in.define(math, "nan", Value::of(std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace ckptlint::python
