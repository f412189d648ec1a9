// The format mini-language of CPython 3.11: format(), f-strings and str.format() of numbers and text.
#include "python/evaluate/format_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"
#include "python/values/bigint.h"
#include "python/values/limits.h"
#include "python/values/number_text.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

std::int64_t read_number(Interpreter& in, std::string_view text, std::size_t& at) {
  std::int64_t number = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    if (number > 100'000'000'000) in.raise_value_error("Too many decimal digits in format string");
    number = number * 10 + (text[at++] - '0');
  }
  return number;
}

[[noreturn]] void raise_unknown_code(Interpreter& in, char code, const char* type) {
  in.raise_value_error(fmt::format("Unknown format code '{}' for object of type '{}'", code, type));
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

void pad(std::string& out, const std::string& fill, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out += fill;
}

Value too_wide(Interpreter& in) { return in.unknown("a very wide formatted text"); }

// Digits in groups, at least `width` characters long when `zero`: leading zeros are grouped like other digits.
std::string grouped(const std::string& digits, char separator, int group, std::int64_t width) {
  if (separator == 0) {
    std::string out;
    const auto missing = width - static_cast<std::int64_t>(digits.size());
    if (missing > 0) out.assign(static_cast<std::size_t>(missing), '0');
    return out + digits;
  }
  std::string reversed;
  std::int64_t placed = 0;
  auto next = digits.rbegin();
  while (next != digits.rend() || static_cast<std::int64_t>(reversed.size()) < width) {
    if (placed != 0 && placed % group == 0) reversed += separator;
    reversed += next != digits.rend() ? *next++ : '0';
    ++placed;
  }
  return {reversed.rbegin(), reversed.rend()};
}

// A number in its parts: sign and prefix, digits that may be grouped, and the rest.
struct NumberParts {
  std::string sign;
  std::string prefix;
  std::string digits;
  std::string rest;
};

Value laid_out(Interpreter& in, const NumberParts& parts, const FormatSpec& spec, int group) {
  if (spec.width > static_cast<std::int64_t>(kMaxTextBytes / 8)) return too_wide(in);
  const char align = spec.align != 0 ? spec.align : spec.zero ? '=' : '>';
  const bool zeros = align == '=' && spec.fill == "0";
  const auto fixed = static_cast<std::int64_t>(parts.sign.size() + parts.prefix.size() + parts.rest.size());
  const std::string digits = grouped(parts.digits, spec.grouping, group, zeros ? spec.width - fixed : 0);
  const std::int64_t missing = spec.width - fixed - static_cast<std::int64_t>(digits.size());
  std::string out;
  const std::int64_t before = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  if (align != '=') pad(out, spec.fill, before);
  out += parts.sign + parts.prefix;
  if (align == '=') pad(out, spec.fill, missing);
  out += digits + parts.rest;
  if (align == '<' || align == '^') pad(out, spec.fill, missing - before);
  return in.string(out);
}

std::string sign_text(bool negative, char sign) {
  if (negative) return "-";
  return sign == '+' ? "+" : sign == ' ' ? " " : "";
}

Value formatted_plain(Interpreter& in, const Value& value, std::string_view spec) {
  const Value& plain = unwrap(value);
  const std::string type = in.type_name(value);
  if (const auto format = slots_of(in, plain).format) return format(in, plain, spec, type);
  in.raise_type_error(fmt::format("unsupported format string passed to {}.__format__", type));
}

}  // namespace

FormatSpec parse_format_spec(Interpreter& in, std::string_view text, std::string_view type) {
  FormatSpec spec;
  std::size_t at = 0;
  bool explicit_fill = false;
  if (!text.empty()) {
    const std::size_t first = std::min(character_bytes(text[0]), text.size());
    if (first < text.size() && is_align(text[first])) {
      spec.fill = std::string(text.substr(0, first));
      spec.align = text[first];
      explicit_fill = true;
      at = first + 1;
    } else if (is_align(text[0])) {
      spec.align = text[0];
      at = 1;
    }
  }
  const auto take = [&](char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  };
  if (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == ' ')) spec.sign = text[at++];
  spec.no_negative_zero = take('z');
  spec.alternate = take('#');
  if (!explicit_fill && take('0')) {
    spec.fill = "0";
    spec.zero = true;
  }
  spec.width = read_number(in, text, at);
  if (take(',')) spec.grouping = ',';
  if (take('_')) {
    if (spec.grouping != 0) in.raise_value_error("Cannot specify both ',' and '_'.");
    spec.grouping = '_';
  }
  if (at < text.size() && text[at] == ',') {
    in.raise_value_error(spec.grouping == ',' ? "Cannot specify ',' with ','." : "Cannot specify both ',' and '_'.");
  }
  if (take('.')) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9')
      in.raise_value_error("Format specifier missing precision");
    spec.precision = read_number(in, text, at);
  }
  if (text.size() - at > 1) {
    in.raise_value_error(fmt::format("Invalid format specifier '{}' for object of type '{}'", text, type));
  }
  if (at < text.size()) spec.type = text[at];
  if (spec.grouping != 0 && spec.type != 0) {
    const std::string_view allowed = spec.grouping == ',' ? "deEfFgG%" : "deEfFgG%boxX";
    if (allowed.find(spec.type) == std::string_view::npos) {
      in.raise_value_error(fmt::format("Cannot specify '{}' with '{}'.", spec.grouping, spec.type));
    }
  }
  return spec;
}

Value formatted_text(Interpreter& in, std::string_view text, const FormatSpec& spec) {
  if (spec.type != 0 && spec.type != 's') raise_unknown_code(in, spec.type, "str");
  if (spec.sign != 0) {
    in.raise_value_error(spec.sign == ' ' ? "Space not allowed in string format specifier"
                                          : "Sign not allowed in string format specifier");
  }
  if (spec.no_negative_zero) in.raise_value_error("Negative zero coercion (z) not allowed in string format specifier");
  if (spec.alternate) in.raise_value_error("Alternate form (#) not allowed in string format specifier");
  if (spec.align == '=') in.raise_value_error("'=' alignment not allowed in string format specifier");
  if (spec.grouping != 0) in.raise_value_error(fmt::format("Cannot specify '{}' with 's'.", spec.grouping));
  if (spec.width > static_cast<std::int64_t>(kMaxTextBytes / 8)) return too_wide(in);
  if (spec.precision >= 0) text = text_between(text, 0, spec.precision);
  const std::int64_t missing = std::max<std::int64_t>(0, spec.width - text_length(text));
  const std::int64_t before = spec.align == '>' ? missing : spec.align == '^' ? missing / 2 : 0;
  std::string out;
  pad(out, spec.fill, before);
  out += text;
  pad(out, spec.fill, missing - before);
  return in.string(out);
}

Value formatted_integer(Interpreter& in, const Value& integer, const FormatSpec& spec) {
  const char type = spec.type == 0 || spec.type == 'n' ? 'd' : spec.type;
  if (std::string_view("eEfFgG%").find(type) != std::string_view::npos) {
    return formatted_float(in, in.to_double(integer), spec);
  }
  if (std::string_view("bcdoxX").find(type) == std::string_view::npos)
    raise_unknown_code(in, type, integer.is(Kind::kBool) ? "bool" : "int");
  if (spec.precision >= 0) in.raise_value_error("Precision not allowed in integer format specifier");
  if (spec.no_negative_zero) in.raise_value_error("Negative zero coercion (z) not allowed in integer format specifier");
  if (type == 'c') {
    if (spec.sign != 0) in.raise_value_error("Sign not allowed with integer format specifier 'c'");
    if (spec.alternate) in.raise_value_error("Alternate form (#) not allowed with integer format specifier 'c'");
    if (integer.is(Kind::kBigInt)) in.raise(in.exception("OverflowError"), "Python int too large to convert to C long");
    const std::int64_t code = in.to_int(integer);
    if (code < 0 || code > 0x10ffff) in.raise(in.exception("OverflowError"), "%c arg not in range(0x110000)");
    std::string text;
    append_code_point(text, static_cast<char32_t>(code));
    FormatSpec as_text = spec;
    as_text.type = 's';
    as_text.align = spec.align == 0 || spec.align == '=' ? '>' : spec.align;
    return formatted_text(in, text, as_text);
  }
  const unsigned base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'd' ? 10 : 16;
  NumberParts parts;
  parts.digits = integer_text(integer, base);
  const bool negative = parts.digits[0] == '-';
  if (negative) parts.digits.erase(0, 1);
  if (type == 'X') parts.digits = upper(parts.digits);
  parts.sign = sign_text(negative, spec.sign);
  if (spec.alternate && base != 10) parts.prefix = {'0', type};
  return laid_out(in, parts, spec, base == 10 ? 3 : 4);
}

Value formatted_float(Interpreter& in, double value, const FormatSpec& spec) {
  char type = spec.type == 'n' ? 'g' : spec.type;
  if (type != 0 && std::string_view("eEfFgG%").find(type) == std::string_view::npos) {
    raise_unknown_code(in, type, "float");
  }
  if (spec.precision > kMaxPrecision) return too_wide(in);
  const bool uppercase = type == 'E' || type == 'F' || type == 'G';
  if (uppercase) type = static_cast<char>(type + 32);
  const bool percent = type == '%';
  if (percent) {
    value *= 100;
    type = 'f';
  }
  const int precision = spec.precision < 0 ? 6 : static_cast<int>(spec.precision);
  std::string text = type != 0            ? float_text(value, type, precision, spec.alternate)
                     : spec.precision < 0 ? float_repr(value)
                                          : float_general(value, precision, spec.alternate);
  bool negative = text[0] == '-';
  if (negative) text.erase(0, 1);
  if (std::isnan(value)) negative = false;
  if (spec.alternate && std::isfinite(value) && text.find('.') == std::string::npos)
    text.insert(std::min(text.find('e'), text.size()), ".");
  const bool only_zeros = text.substr(0, text.find('e')).find_first_not_of("0.") == std::string::npos;
  if (spec.no_negative_zero && only_zeros) negative = false;
  if (uppercase) text = upper(text);
  NumberParts parts;
  parts.sign = sign_text(negative, spec.sign);
  std::size_t whole = text.find_first_not_of("0123456789");
  if (!std::isfinite(value)) whole = text.size();  // "inf" is padded like digits, and grouped like none
  if (whole == std::string::npos) whole = text.size();
  parts.digits = text.substr(0, whole);
  parts.rest = text.substr(whole);
  if (percent) parts.rest += '%';
  FormatSpec layout = spec;
  if (!std::isfinite(value)) layout.grouping = 0;
  return laid_out(in, parts, layout, 3);
}

Value Interpreter::format_value(const Value& value, std::string_view spec) {
  if (value.unknown()) return value;
  if (value.is(Kind::kInstance)) {
    const Value* found = find_dunder(*this, value, intern("__format__"));
    const Value* ordinary = class_lookup(classes.object, intern("__format__"));
    if (found != nullptr && !(ordinary != nullptr && found->same(*ordinary))) {
      const Nesting nesting(*this);
      const Value answer = call_dunder(*this, *found, value, {string(spec)});
      if (answer.unknown() || as_text(answer) != nullptr) return answer.unknown() ? answer : unwrap(answer);
      raise_type_error(fmt::format("__format__ must return a str, not {}", type_name(answer)));
    }
    if (value.as<Instance>()->type->has_unknown_base)
      return unknown("the text of an instance of a class with an unknown base");
  }
  if (spec.empty()) return str_value(value);
  return formatted_plain(*this, value, spec);
}

std::string Interpreter::format(const Value& value, std::string_view spec) {
  const Value text = format_value(value, spec);
  return str(text);
}

}  // namespace ckptlint::python
