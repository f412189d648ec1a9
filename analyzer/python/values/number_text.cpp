// repr(float), float() and the e, f and g presentations, digit by digit as CPython 3.11 writes and reads them.
#include "python/values/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "python/values/bigint.h"

namespace ckptlint::python {
namespace {

const char* special_text(double value) { return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf"; }

// Digits d1 d2 ... and the exponent of the first one, as in d1.d2... x 10^exponent.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Decimal decimal_of(std::string_view scientific) {
  Decimal decimal;
  if (scientific.front() == '-') {
    decimal.negative = true;
    scientific.remove_prefix(1);
  }
  const std::size_t e = scientific.find('e');
  for (const char c : scientific.substr(0, e)) {
    if (c != '.') decimal.digits += c;
  }
  decimal.exponent = std::atoi(std::string(scientific.substr(e + 1)).c_str());
  return decimal;
}

std::string exponent_text(int exponent) {
  std::string text = exponent < 0 ? "e-" : "e+";
  const int magnitude = std::abs(exponent);
  if (magnitude < 10) text += '0';
  return text + std::to_string(magnitude);
}

// Python's layout of digits: an exponent from `exponent_from` on and below 1e-4.
std::string laid_out(const Decimal& decimal, int exponent_from, bool point_zero) {
  std::string out = decimal.negative ? "-" : "";
  const std::string& digits = decimal.digits;
  if (decimal.exponent < -4 || decimal.exponent >= exponent_from) {
    out += digits[0];
    if (digits.size() > 1) out += "." + digits.substr(1);
    return out + exponent_text(decimal.exponent);
  }
  if (decimal.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
    return out + digits;
  }
  const auto whole = static_cast<std::size_t>(decimal.exponent) + 1;
  if (digits.size() <= whole) {
    out += digits;
    out.append(whole - digits.size(), '0');
    return point_zero ? out + ".0" : out;
  }
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string printed(const char* format, int precision, double value) {
  std::vector<char> buffer(static_cast<std::size_t>(precision) + 400);
  const int written = std::snprintf(buffer.data(), buffer.size(), format, precision, value);
  return {buffer.data(), static_cast<std::size_t>(written)};
}

// Digits with single underscores between them, as Python's literals allow; empty where misplaced.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    if (i == 0 || !digit(i - 1) || !digit(i + 1)) return std::nullopt;
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char l = static_cast<char>(c | 0x20);
  return l >= 'a' && l <= 'z' ? static_cast<unsigned>(l - 'a' + 10) : 99;
}

}  // namespace

std::string float_repr(double value) {
  if (!std::isfinite(value)) return special_text(value);
  std::array<char, 64> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  return laid_out(decimal_of({buffer.data(), static_cast<std::size_t>(end - buffer.data())}), 16, true);
}

std::string float_text(double value, char presentation, int precision, bool alternate) {
  if (!std::isfinite(value)) return special_text(value);
  precision = std::clamp(precision, 0, kMaxPrecision);
  switch (presentation) {
    case 'e':
      return printed(alternate ? "%#.*e" : "%.*e", precision, value);
    case 'f':
      return printed(alternate ? "%#.*f" : "%.*f", precision, value);
    default:
      return printed(alternate ? "%#.*g" : "%.*g", precision == 0 ? 1 : precision, value);
  }
}

std::string float_general(double value, int precision, bool alternate) {
  if (!std::isfinite(value)) return special_text(value);
  precision = std::clamp(precision, 1, kMaxPrecision);
  Decimal decimal = decimal_of(printed("%.*e", precision - 1, value));
  if (!alternate) {
    while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
  }
  // Unlike 'g', the exponent form starts one digit earlier, so that ".0" is always honest.
  return laid_out(decimal, precision - 1, true);
}

std::string integer_text(const Value& integer, unsigned base) {
  if (integer.is(Kind::kBigInt)) return big_text(big_number(integer), base);
  std::array<char, 72> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), integer.as_int(), static_cast<int>(base)).ptr;
  return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\v\f\x1c\x1d\x1e\x1f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<double> parse_float(std::string_view text) {
  text = stripped(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const double sign = negative ? -1 : 1;
  const std::string word = lower(text);
  if (word == "inf" || word == "infinity") return sign * std::numeric_limits<double>::infinity();
  if (word == "nan") return std::copysign(std::numeric_limits<double>::quiet_NaN(), sign);
  const auto digits = without_underscores(text);
  if (!digits || digits->empty()) return std::nullopt;
  if (digits->find_first_not_of("0123456789.eE+-") != std::string::npos) return std::nullopt;
  if (digits->front() == '+' || digits->front() == '-') return std::nullopt;
  double value = 0;
  const char* begin = digits->data();
  const char* end = begin + digits->size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (stopped != end || error == std::errc::invalid_argument) return std::nullopt;
  // Out of range: strtod tells overflow from underflow.
  if (error == std::errc::result_out_of_range) value = std::strtod(begin, nullptr);
  return sign * value;
}

Value parse_integer(Arena& arena, std::string_view text, unsigned base, bool& too_big) {
  too_big = false;
  text = stripped(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  bool prefixed = false;
  if (text.size() > 1 && text[0] == '0') {
    const char marker = static_cast<char>(text[1] | 0x20);
    const unsigned named = marker == 'x' ? 16 : marker == 'o' ? 8 : marker == 'b' ? 2 : 0;
    if (named != 0 && (base == 0 || base == named)) {
      base = named;
      prefixed = true;
      text.remove_prefix(2);
      if (!text.empty() && text[0] == '_') text.remove_prefix(1);
    }
  }
  const bool literal = base == 0;
  if (literal) base = 10;
  std::string digits;
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    if (digit_of(c) >= base) return {};
    digits += c;
    after_digit = true;
  }
  if (!after_digit) return {};
  // int("012", 0) is as wrong as the literal.
  if (literal && !prefixed && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos) return {};
  auto number = big_parse(digits, base);
  if (!number) {
    too_big = true;
    return {};
  }
  number->negative = negative && !number->zero();
  return integer_value(arena, *number);
}

}  // namespace ckptlint::python
