// "pattern" % values.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "python/evaluate/format_spec.h"
#include "python/types/str.h"
#include "python/values/bigint.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// Hands out the values in turn, or by key.
class Values {
 public:
  Values(Interpreter& in, const Value& given) : in_(in), given_(given) {
    const Value& plain = unwrap(given);
    if (plain.is(Kind::kTuple)) tuple_ = plain.as<Tuple>();
  }

  Value next() {
    if (tuple_ == nullptr) {
      if (taken_++ != 0) raise_too_few();
      return given_;
    }
    if (taken_ >= tuple_->count) raise_too_few();
    return tuple_->items[taken_++];
  }
  Value keyed(std::string_view key) {
    if (tuple_ != nullptr || !(unwrap(given_).is(Kind::kDict) || given_.is(Kind::kInstance))) {
      in_.raise_type_error("format requires a mapping");
    }
    mapping_ = true;
    return in_.item(given_, Value::of(in_.intern(key)));
  }
  void finish() {
    const bool left = tuple_ != nullptr ? taken_ < tuple_->count : taken_ == 0;
    const bool may_be_unused = unwrap(given_).is(Kind::kDict) || unwrap(given_).is(Kind::kList);
    if (left && !mapping_ && !may_be_unused)
      in_.raise_type_error("not all arguments converted during string formatting");
  }

 private:
  [[noreturn]] void raise_too_few() { in_.raise_type_error("not enough arguments for format string"); }

  Interpreter& in_;
  const Value& given_;
  const Tuple* tuple_ = nullptr;
  std::size_t taken_ = 0;
  bool mapping_ = false;
};

struct Conversion {
  FormatSpec spec;
  bool left = false;
  char type = 0;
};

Value converted_integer(Interpreter& in, const Value& value, Conversion& conversion) {
  Value number = unwrap(value);
  if (number.is(Kind::kFloat) && std::string_view("diu").find(conversion.type) != std::string_view::npos) {
    if (!std::isfinite(number.real)) {
      in.raise_value_error(std::isnan(number.real) ? "cannot convert float NaN to integer"
                                                   : "cannot convert float infinity to integer");
    }
    number = integer_value(in.arena, big_number(number.real));
  }
  if (!is_any_integer(number)) {
    const bool decimal = std::string_view("diu").find(conversion.type) != std::string_view::npos;
    Value index;
    if (!number.is(Kind::kFloat) && in.find_attribute(value, in.sym.__index__, index)) {
      number = Value::of(in.to_int(value));
    } else {
      in.raise_type_error(fmt::format("%{} format: {} is required, not {}", conversion.type,
                                      decimal ? "a real number" : "an integer", in.type_name(value)));
    }
  }
  FormatSpec spec = conversion.spec;
  spec.type = std::string_view("diu").find(conversion.type) != std::string_view::npos ? 'd' : conversion.type;
  if (spec.precision < 0) return formatted_integer(in, number, spec);
  // A precision is the least number of digits.
  if (spec.precision > static_cast<std::int64_t>(kMaxTextBytes / 8)) return in.unknown("a very wide formatted text");
  FormatSpec digits_only;
  digits_only.type = spec.type;
  const Value digits = formatted_integer(in, number, digits_only);
  std::string text(digits.as<Str>()->view());
  const bool negative = text[0] == '-';
  if (negative) text.erase(0, 1);
  const std::string sign = negative ? "-" : spec.sign == '+' ? "+" : spec.sign == ' ' ? " " : "";
  const std::string prefix = spec.alternate && spec.type != 'd' ? std::string{'0', spec.type} : "";
  std::int64_t digits_wanted = spec.precision;
  if (spec.fill == "0")
    digits_wanted = std::max(digits_wanted, spec.width - static_cast<std::int64_t>(sign.size() + prefix.size()));
  const std::int64_t missing = digits_wanted - static_cast<std::int64_t>(text.size());
  if (missing > static_cast<std::int64_t>(kMaxTextBytes / 8)) return in.unknown("a very wide formatted text");
  text = sign + prefix + std::string(static_cast<std::size_t>(std::max<std::int64_t>(0, missing)), '0') + text;
  FormatSpec layout;
  layout.width = spec.width;
  layout.align = conversion.left ? '<' : '>';
  return formatted_text(in, text, layout);
}

Value converted_character(Interpreter& in, const Value& value, const FormatSpec& layout) {
  if (const Str* text = as_text(value)) {
    if (text_length(text->view()) != 1) in.raise_type_error("%c requires int or char");
    return formatted_text(in, text->view(), layout);
  }
  if (!is_any_integer(unwrap(value))) in.raise_type_error("%c requires int or char");
  const std::int64_t code = in.to_int(value);
  if (code < 0 || code > 0x10ffff) in.raise(in.exception("OverflowError"), "%c arg not in range(0x110000)");
  std::string text;
  append_code_point(text, static_cast<char32_t>(code));
  return formatted_text(in, text, layout);
}

Value converted(Interpreter& in, const Value& value, Conversion& conversion, std::size_t index) {
  if (value.unknown()) return value;
  FormatSpec layout;
  layout.width = conversion.spec.width;
  layout.align = conversion.left ? '<' : '>';
  switch (conversion.type) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return converted_integer(in, value, conversion);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      if (value.is(Kind::kTensor)) return in.unknown("the text of a tensor");
      FormatSpec spec = conversion.spec;
      spec.type = conversion.type;
      return formatted_float(in, in.to_double(value), spec);
    }
    case 'c':
      return converted_character(in, value, layout);
    case 's':
    case 'r':
    case 'a': {
      const Value text = conversion.type == 's'   ? in.str_value(value)
                         : conversion.type == 'r' ? in.repr_value(value)
                                                  : in.ascii_value(value);
      if (text.unknown()) return text;
      layout.precision = conversion.spec.precision;
      return formatted_text(in, text.as<Str>()->view(), layout);
    }
    default:
      in.raise_value_error(fmt::format("unsupported format character '{}' (0x{:x}) at index {}", conversion.type,
                                       static_cast<unsigned char>(conversion.type), index));
  }
}

}  // namespace

Value percent_format(Interpreter& in, std::string_view pattern, const Value& arguments) {
  if (arguments.unknown()) return arguments;
  Values values(in, arguments);
  std::string out;
  Value met;  // the first Unknown: the rest is still checked for errors
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t sign = pattern.find('%', at);
    out += pattern.substr(at, sign == std::string_view::npos ? sign : sign - at);
    if (sign == std::string_view::npos) break;
    at = sign + 1;
    const auto current = [&]() -> char {
      if (at >= pattern.size()) in.raise_value_error("incomplete format");
      return pattern[at];
    };
    in.step();
    if (current() == '%') {
      out += '%';
      ++at;
      continue;
    }
    Conversion conversion;
    Value value;
    if (current() == '(') {
      int depth = 1;
      const std::size_t begin = ++at;
      while (depth > 0) {
        if (at >= pattern.size()) in.raise_value_error("incomplete format key");
        depth += pattern[at] == '(' ? 1 : pattern[at] == ')' ? -1 : 0;
        ++at;
      }
      value = values.keyed(pattern.substr(begin, at - 1 - begin));
    }
    for (bool flags = true; flags;) {
      switch (current()) {
        case '-':
          conversion.left = true;
          break;
        case '+':
          conversion.spec.sign = '+';
          break;
        case ' ':
          if (conversion.spec.sign == 0) conversion.spec.sign = ' ';
          break;
        case '#':
          conversion.spec.alternate = true;
          break;
        case '0':
          conversion.spec.zero = true;
          break;
        default:
          flags = false;
          continue;
      }
      ++at;
    }
    const auto number = [&]() -> std::int64_t {
      if (current() == '*') {
        ++at;
        const Value given = values.next();
        if (!unwrap(given).is_integral()) in.raise_type_error("* wants int");
        return in.to_int(given);
      }
      std::int64_t read = 0;
      while (current() >= '0' && current() <= '9') {
        if (read > 100'000'000'000) in.raise_value_error("width too big");
        read = read * 10 + (pattern[at++] - '0');
      }
      return read;
    };
    conversion.spec.width = number();
    if (conversion.spec.width < 0) {
      conversion.left = true;
      conversion.spec.width = -conversion.spec.width;
    }
    if (current() == '.') {
      ++at;
      conversion.spec.precision = std::max<std::int64_t>(0, number());
    }
    while (current() == 'l' || current() == 'h' || current() == 'L') ++at;
    conversion.type = current();
    const std::size_t index = at++;
    if (conversion.left) {
      conversion.spec.align = '<';
    } else if (conversion.spec.zero) {
      conversion.spec.fill = "0";
    }
    if (value.missing()) value = values.next();
    const Value text = converted(in, value, conversion, index);
    if (text.unknown()) {
      if (met.missing()) met = text;
    } else {
      out += text.as<Str>()->view();
    }
    if (out.size() > kMaxTextBytes) return in.unknown("a very long string");
  }
  values.finish();
  return met.missing() ? in.string(out) : met;
}

}  // namespace ckptlint::python
