// float.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "base/python_hash.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/format_spec.h"
#include "python/evaluate/printer.h"
#include "python/types/number.h"
#include "python/types/rows.h"
#include "python/values/bigint.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

// ---- slots

Truth float_truth(Interpreter&, const Value& value) { return truth_of(value.real != 0); }

std::optional<std::uint64_t> float_hash(Interpreter&, const Value& value, int) {
  return std::isnan(value.real) ? std::nullopt : std::optional<std::uint64_t>(python_hash(value.real));
}

void repr_float(Printer& printer, const Value& value) { printer.out += float_repr(value.real); }

Value format_float(Interpreter& in, const Value& value, std::string_view spec, std::string_view type) {
  return formatted_float(in, value.real, parse_format_spec(in, spec, type));
}

// ---- methods

Value float_from(Interpreter& in, const Value& given) {
  const Value& plain = unwrap(given);
  if (plain.is(Kind::kStr) || plain.is(Kind::kBytes)) {
    const std::string_view text = plain.is(Kind::kStr) ? plain.as<Str>()->view() : plain.as<Bytes>()->data;
    if (const auto number = parse_float(text)) return Value::of(*number);
    in.raise_value_error(fmt::format("could not convert string to float: {}", in.repr(plain)));
  }
  if (given.is(Kind::kTensor)) {
    const Value scalar = tensor_scalar(in, given.as<Tensor>());
    return scalar.missing() ? in.unknown("the contents of a tensor") : Value::of(scalar.as_double());
  }
  const Value answer = try_dunder(in, given, in.sym.__float__);
  if (!answer.missing()) return answer.unknown() ? answer : Value::of(in.to_double(answer));
  const Value index = try_dunder(in, given, in.sym.__index__);
  if (!index.missing()) return index.unknown() ? index : Value::of(in.to_double(index));
  if (is_any_number(plain)) return Value::of(in.to_double(plain));
  if (may_have_dunder(given)) return in.unknown("float() of an instance of a class with an unknown base");
  in.raise_type_error(fmt::format("float() argument must be a string or a real number, not '{}'", in.type_name(given)));
}

Value float_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, x] = method_arguments<"cls, x=">(in, "float", arguments);
  return as_instance_of(in, cls, in.classes.real, arguments.count == 1 ? Value::of(0.0) : float_from(in, x));
}

Value float_is_integer(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value self = number_self(in, arguments);
  if (!self.is(Kind::kFloat)) return Value::of(true);
  return Value::of(std::isfinite(self.real) && self.real == std::floor(self.real));
}

Value float_ratio(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value self = number_self(in, arguments);
  if (std::isnan(self.as_double())) in.raise_value_error("cannot convert NaN to integer ratio");
  if (std::isinf(self.as_double())) in.raise(in.exception("OverflowError"), "cannot convert Infinity to integer ratio");
  int exponent = 0;
  double mantissa = std::frexp(self.as_double(), &exponent);
  for (int i = 0; i < 300 && mantissa != std::floor(mantissa); ++i) {
    mantissa *= 2;
    --exponent;
  }
  const BigNumber numerator =
      *big_shift_left(big_number(mantissa), exponent > 0 ? static_cast<std::uint64_t>(exponent) : 0);
  const BigNumber denominator =
      *big_shift_left(big_number(std::int64_t{1}), exponent < 0 ? static_cast<std::uint64_t>(-exponent) : 0);
  return in.tuple({integer_value(in.arena, numerator), integer_value(in.arena, denominator)});
}

Value float_hex(Interpreter& in, const Arguments& arguments, const Value&) {
  const double value = number_self(in, arguments).as_double();
  if (!std::isfinite(value)) return in.string(float_repr(value));
  if (value == 0) return in.string(std::signbit(value) ? "-0x0.0p+0" : "0x0.0p+0");
  int exponent = 0;
  const double mantissa = std::frexp(std::fabs(value), &exponent) * 2;
  --exponent;
  double fraction = mantissa;
  // Subnormal numbers keep the smallest exponent.
  if (exponent < -1022) {
    fraction = std::ldexp(mantissa, exponent + 1022);
    exponent = -1022;
  }
  const auto bits = static_cast<std::uint64_t>(std::ldexp(fraction - std::floor(fraction), 52));
  return in.string(fmt::format("{}0x{}.{:013x}p{}{}", value < 0 ? "-" : "", static_cast<int>(fraction), bits,
                               exponent < 0 ? "" : "+", exponent));
}

Value float_from_hex(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, string] = method_arguments<"cls, string">(in, "fromhex", arguments);
  std::string text(stripped(text_argument(in, string, "fromhex() argument")));
  if (const auto plain = parse_float(text); plain && !std::isfinite(*plain)) return Value::of(*plain);
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  if (text.compare(sign, 2, "0x") != 0 && text.compare(sign, 2, "0X") != 0) text.insert(sign, "0x");
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || text.size() <= sign + 2) {
    in.raise_value_error("invalid hexadecimal floating-point string");
  }
  return Value::of(value);
}

}  // namespace

constinit const TypeSlots kFloatSlots = {
    .type = &Interpreter::Classes::real,
    .truth = float_truth,
    .hash = float_hash,
    .repr = repr_float,
    .format = format_float,
    .equal = number_equal,
    .order = number_order,
    .unary = number_unary,
    .binary = number_operator,
};

void fill_float(Interpreter& in) {
  Class* real = in.classes.real;
  in.static_method(real, "__new__", spread<float_new>);
  in.class_method(real, "fromhex", spread<float_from_hex>);
  add_number_methods(in, real);
  add_methods(in, real,
              {{"is_integer", known_receiver<float_is_integer>},
               {"as_integer_ratio", known_receiver<float_ratio>},
               {"hex", known_receiver<float_hex>}});
}

}  // namespace ckptlint::python
