#include "python/values/complex_number.h"

#include <cmath>

#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

constexpr double kLargestFastExponent = 100;

ComplexNumber whole_power(ComplexNumber base, long exponent) {
  ComplexNumber result(1, 0);
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = complex_product(result, base);
    base = complex_product(base, base);
  }
  return result;
}

// Where the number that `text` starts with ends: before a sign that is not an exponent's, or a 'j'.
std::size_t number_end(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] != 'j' && text[at] != 'J') {
    const bool is_sign = text[at] == '+' || text[at] == '-';
    if (is_sign && at > 0 && text[at - 1] != 'e' && text[at - 1] != 'E') break;
    ++at;
  }
  return at;
}

// A float, or a sign alone for one; no whitespace within.
std::optional<double> part(std::string_view text, bool imaginary) {
  if (imaginary && (text.empty() || text == "+")) return 1;
  if (imaginary && text == "-") return -1;
  if (text.find_first_of(" \t\n\r\f\v") != std::string_view::npos) return std::nullopt;
  return parse_float(text);
}

}  // namespace

// Neither recovers infinities from products that are no number, as std::complex does.
ComplexNumber complex_product(const ComplexNumber& a, const ComplexNumber& b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

std::optional<ComplexNumber> complex_quotient(const ComplexNumber& a, const ComplexNumber& b) {
  const double real = std::fabs(b.real());
  const double imaginary = std::fabs(b.imag());
  if (real >= imaginary) {
    if (real == 0) return std::nullopt;
    const double ratio = b.imag() / b.real();
    const double divisor = b.real() + b.imag() * ratio;
    return ComplexNumber((a.real() + a.imag() * ratio) / divisor, (a.imag() - a.real() * ratio) / divisor);
  }
  if (imaginary >= real) {
    const double ratio = b.real() / b.imag();
    const double divisor = b.real() * ratio + b.imag();
    return ComplexNumber((a.real() * ratio + a.imag()) / divisor, (a.imag() * ratio - a.real()) / divisor);
  }
  return ComplexNumber(std::nan(""), std::nan(""));
}

std::optional<ComplexNumber> complex_power(const ComplexNumber& base, const ComplexNumber& exponent) {
  const double real = exponent.real();
  if (exponent.imag() == 0 && real == std::floor(real) && std::fabs(real) <= kLargestFastExponent) {
    if (real > 0) return whole_power(base, static_cast<long>(real));
    return complex_quotient({1, 0}, whole_power(base, static_cast<long>(-real)));
  }
  if (base == ComplexNumber(0, 0)) {
    if (exponent.imag() != 0 || real < 0) return std::nullopt;
    return ComplexNumber(0, 0);
  }
  const double size = std::hypot(base.real(), base.imag());
  const double angle = std::atan2(base.imag(), base.real());
  double length = std::pow(size, real);
  double phase = angle * real;
  if (exponent.imag() != 0) {
    length /= std::exp(angle * exponent.imag());
    phase += exponent.imag() * std::log(size);
  }
  return ComplexNumber(length * std::cos(phase), length * std::sin(phase));
}

std::optional<ComplexNumber> parse_complex(std::string_view text) {
  text = stripped(text);
  if (text.size() >= 2 && text.front() == '(' && text.back() == ')') text = stripped(text.substr(1, text.size() - 2));
  if (text.empty()) return std::nullopt;
  const auto is_unit = [](std::string_view rest) { return rest == "j" || rest == "J"; };
  const std::size_t end = number_end(text);
  const std::string_view rest = text.substr(end);
  const std::optional<double> first = part(text.substr(0, end), is_unit(rest));
  if (!first) return std::nullopt;
  if (rest.empty()) return ComplexNumber(*first, 0);
  if (is_unit(rest)) return ComplexNumber(0, *first);
  const std::size_t second_end = number_end(rest);
  if (!is_unit(rest.substr(second_end))) return std::nullopt;
  const std::optional<double> second = part(rest.substr(0, second_end), true);
  return second ? std::optional(ComplexNumber(*first, *second)) : std::nullopt;
}

}  // namespace ckptlint::python
