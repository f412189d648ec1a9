// int, bool, float, complex.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "library/builtins/builtins.h"
#include "library/builtins/methods.h"
#include "python/evaluate/arithmetic.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/signature.h"
#include "python/values/bigint.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

// ---- int

Value integer_from_text(Interpreter& in, std::string_view text, const Value& base) {
  const std::int64_t radix = base.missing() ? 10 : in.to_int(base);
  if (radix != 0 && (radix < 2 || radix > 36)) in.raise_value_error("int() base must be >= 2 and <= 36, or 0");
  bool too_big = false;
  const Value made = parse_integer(in.arena, text, static_cast<unsigned>(radix), too_big);
  if (too_big) return in.unknown("an integer of more than 32,768 bits");
  if (!made.missing()) return made;
  in.raise_value_error(fmt::format("invalid literal for int() with base {}: {}", radix, in.repr(in.string(text))));
}

Value integer_from_float(Interpreter& in, double value) {
  if (std::isnan(value)) in.raise_value_error("cannot convert float NaN to integer");
  if (std::isinf(value)) in.raise(in.exception("OverflowError"), "cannot convert float infinity to integer");
  return integer_value(in.arena, big_number(value));
}

Value integer_from(Interpreter& in, const Value& given) {
  if (given.is(Kind::kTensor)) {
    const Value scalar = tensor_scalar(in, given.as<Tensor>());
    if (scalar.missing()) return in.unknown("the contents of a tensor");
    return scalar.is(Kind::kFloat) ? integer_from_float(in, scalar.real) : Value::of(scalar.as_int());
  }
  for (Str* name : {in.sym.__int__, in.sym.__index__, in.intern("__trunc__")}) {
    const Value answer = try_dunder(in, given, name);
    if (answer.missing() || answer.unknown()) {
      if (answer.unknown()) return answer;
      continue;
    }
    const Value& plain = unwrap(answer);
    if (!is_any_integer(plain))
      in.raise_type_error(fmt::format("{} returned non-int (type {})", name->view(), in.type_name(answer)));
    return number_unary(in, Operator::kPositive, plain);
  }
  const Value& plain = unwrap(given);
  if (is_any_integer(plain)) return number_unary(in, Operator::kPositive, plain);
  if (plain.is(Kind::kFloat)) return integer_from_float(in, plain.real);
  if (plain.is(Kind::kStr)) return integer_from_text(in, plain.as<Str>()->view(), Value{});
  if (plain.is(Kind::kBytes)) return integer_from_text(in, plain.as<Bytes>()->data, Value{});
  if (may_have_dunder(given)) return in.unknown("int() of an instance of a class with an unknown base");
  in.raise_type_error(fmt::format("int() argument must be a string, a bytes-like object or a real number, not '{}'",
                                  in.type_name(given)));
}

Value int_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, x, base] = bind<"cls, x=, base=">(in, "int", arguments);
  if (x.missing()) return as_instance_of(in, cls, in.classes.integer, Value::of(0));
  if (base.missing()) return as_instance_of(in, cls, in.classes.integer, integer_from(in, x));
  const Value& plain = unwrap(x);
  if (!plain.is(Kind::kStr) && !plain.is(Kind::kBytes))
    in.raise_type_error("int() can't convert non-string with explicit base");
  const std::string_view text = plain.is(Kind::kStr) ? plain.as<Str>()->view() : plain.as<Bytes>()->data;
  return as_instance_of(in, cls, in.classes.integer, integer_from_text(in, text, base));
}

Value number_self(Interpreter& in, const Arguments& arguments) {
  const Value& self = builtin_self(in, arguments);
  if (!is_any_number(self))
    in.raise_type_error(fmt::format("descriptor for numbers doesn't apply to a '{}' object", in.type_name(self)));
  return self;
}

Value int_bit_length(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(static_cast<std::int64_t>(big_bit_length(big_number(number_self(in, arguments)))));
}
Value int_bit_count(Interpreter& in, const Arguments& arguments, const Value&) {
  std::int64_t count = 0;
  for (const std::uint32_t limb : big_number(number_self(in, arguments)).limbs) count += __builtin_popcount(limb);
  return Value::of(count);
}
Value int_itself(Interpreter& in, const Arguments& arguments, const Value&) {
  return number_unary(in, Operator::kPositive, number_self(in, arguments));
}
Value int_ratio(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.tuple({int_itself(in, arguments, Value{}), Value::of(1)});
}
Value number_truncated(Interpreter& in, const Arguments& arguments, const Value&) {
  return integer_from(in, number_self(in, arguments));
}
Value number_as_float(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(in.to_double(number_self(in, arguments)));
}
Value number_truth(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(in.truth(number_self(in, arguments)) == Truth::kTrue);
}
Value number_abs(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(*dict_find(in.builtins->attributes, in.intern("abs")), {number_self(in, arguments)});
}
Value number_round(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value& round = *dict_find(in.builtins->attributes, in.intern("round"));
  const Value self = number_self(in, arguments);
  return arguments.count > 1 ? in.call(round, {self, arguments[1]}) : in.call(round, {self});
}
Value number_divmod(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_other] = method_arguments<"self, other">(in, "__divmod__", arguments);
  const Value self = number_self(in, arguments);
  const Value other = unwrap(given_other);
  return in.tuple({in.binary(Operator::kFloorDiv, self, other), in.binary(Operator::kMod, self, other)});
}
Value float_floor(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Value self = number_self(in, arguments);
  if (!self.is(Kind::kFloat)) return number_unary(in, Operator::kPositive, self);
  return integer_from_float(in, data.boolean ? std::ceil(self.real) : std::floor(self.real));
}

bool big_endian(Interpreter& in, const Value& order) {
  const std::string_view text = order.missing() ? "big" : text_argument(in, order, "byteorder");
  if (text != "big" && text != "little") in.raise_value_error("byteorder must be either 'little' or 'big'");
  return text == "big";
}

Value int_to_bytes(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_length, byteorder, two_complement] =
      bind<"self, length=, byteorder=, *, signed=">(in, "to_bytes", arguments);
  const BigNumber number = big_number(number_self(in, arguments));
  const std::int64_t length = given_length.missing() ? 1 : in.to_int(given_length);
  const bool is_signed = !two_complement.missing() && in.truth(two_complement) == Truth::kTrue;
  if (length < 0) in.raise_value_error("length argument must be non-negative");
  if (number.negative && !is_signed) in.raise(in.exception("OverflowError"), "can't convert negative int to unsigned");
  std::uint64_t bits = big_bit_length(number);
  if (is_signed && !number.zero()) {
    BigNumber below = number;  // -128 fits where 128 does not
    if (number.negative) below = *big_add(number, big_number(std::int64_t{1}));
    bits = big_bit_length(below) + 1;
  }
  if (bits > static_cast<std::uint64_t>(length) * 8) in.raise(in.exception("OverflowError"), "int too big to convert");
  if (length > 1 << 20) return in.unknown("a very long bytes object");
  std::string bytes;
  for (std::int64_t i = 0; i < length; ++i) {
    const BigNumber shifted = big_shift_right(number, static_cast<std::uint64_t>(i) * 8);
    const BigNumber low = big_bits(BitOperation::kAnd, shifted, big_number(std::int64_t{255}));
    bytes += static_cast<char>(low.zero() ? 0 : low.limbs[0]);
  }
  return bytes_value(in, big_endian(in, byteorder) ? std::string(bytes.rbegin(), bytes.rend()) : bytes);
}

Value int_from_bytes(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, source, byteorder, two_complement] =
      bind<"cls, bytes, byteorder=, *, signed=">(in, "from_bytes", arguments);
  std::string data;
  const Value& given = unwrap(source);
  if (given.is(Kind::kBytes)) {
    data = given.as<Bytes>()->data;
  } else {
    for (const Value& item : in.collect(given)->items) data += static_cast<char>(in.to_int(item));
  }
  if (data.size() > kMaxLimbs * 4) return in.unknown("an integer of more than 32,768 bits");
  if (!big_endian(in, byteorder)) data.assign(data.rbegin(), data.rend());
  std::string digits;
  for (const char c : data) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  BigNumber number = *big_parse(digits, 16);
  const bool is_signed = !two_complement.missing() && in.truth(two_complement) == Truth::kTrue;
  if (is_signed && !data.empty() && (static_cast<unsigned char>(data[0]) & 0x80) != 0) {
    const auto wrap = big_shift_left(big_number(std::int64_t{1}), data.size() * 8);
    if (!wrap) return in.unknown("an integer of more than 32,768 bits");
    number = *big_subtract(number, *wrap);
  }
  return as_instance_of(in, cls, in.classes.integer, integer_value(in.arena, number));
}

Value bool_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, x] = method_arguments<"cls, x=">(in, "bool", arguments);
  if (arguments.count == 1) return Value::of(false);
  const Truth truth = in.truth(x);
  if (truth == Truth::kUnknown) return x.unknown() ? x : in.unknown("a condition that is not known");
  return Value::of(truth == Truth::kTrue);
}

// ---- float

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

Value real_part(Interpreter& in, const Arguments& arguments, const Value&) {
  return number_unary(in, Operator::kPositive, number_self(in, arguments));
}
Value imaginary_part(Interpreter& in, const Arguments& arguments, const Value&) {
  return number_self(in, arguments).is(Kind::kFloat) ? Value::of(0.0) : Value::of(0);
}
Value one(Interpreter&, const Arguments&, const Value&) { return Value::of(1); }

// Complex numbers are known by their parts alone; arithmetic with them is not modelled.
Value complex_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, real, imag] = bind<"cls, real=, imag=">(in, "complex", arguments);
  for (const Value& part : {real, imag}) {
    if (!part.missing() && !is_any_number(unwrap(part))) return in.unknown("a complex number");
  }
  const auto part = [&](const Value& given) { return Value::of(given.missing() ? 0.0 : in.to_double(given)); };
  Instance* made = in.instance(in.classes.complex);
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.intern("real"), part(real));
  dict_set(in.arena, made->attributes, in.intern("imag"), part(imag));
  return Value::of(made);
}
Value complex_unknown(Interpreter& in, const Arguments&, const Value&) { return in.unknown("a complex number"); }

}  // namespace

void fill_numbers(Interpreter& in) {
  auto& c = in.classes;
  in.static_method(c.integer, "__new__", spread<int_new>);
  in.static_method(c.boolean, "__new__", bool_new);
  in.static_method(c.real, "__new__", spread<float_new>);
  in.static_method(c.complex, "__new__", spread<complex_new>);
  in.class_method(c.integer, "from_bytes", spread<int_from_bytes>);
  in.class_method(c.real, "fromhex", spread<float_from_hex>);
  for (Class* type : {c.integer, c.real}) {
    add_text_methods(in, type);
    add_comparisons(in, type, true);
    add_operators(in, type, {"add__", "sub__", "mul__", "truediv__", "floordiv__", "mod__", "pow__", "neg__", "pos__"});
    add_methods(in, type,
                {{"__int__", known_receiver<number_truncated>},
                 {"__trunc__", known_receiver<number_truncated>},
                 {"__float__", known_receiver<number_as_float>},
                 {"__bool__", known_receiver<number_truth>},
                 {"__abs__", known_receiver<number_abs>},
                 {"__round__", spread<number_round>},
                 {"__divmod__", spread<number_divmod>},
                 {"conjugate", known_receiver<real_part>}});
    in.property(type, "real", real_part);
    in.property(type, "imag", imaginary_part);
    in.method(type, "__floor__", known_receiver<float_floor>, Value::of(false));
    in.method(type, "__ceil__", known_receiver<float_floor>, Value::of(true));
  }
  add_operators(in, c.integer, {"and__", "or__", "xor__", "lshift__", "rshift__", "invert__"});
  add_methods(in, c.integer,
              {{"__index__", known_receiver<int_itself>},
               {"bit_length", known_receiver<int_bit_length>},
               {"bit_count", known_receiver<int_bit_count>},
               {"as_integer_ratio", known_receiver<int_ratio>},
               {"to_bytes", spread<int_to_bytes>}});
  in.property(c.integer, "numerator", real_part);
  in.property(c.integer, "denominator", one);
  add_methods(in, c.real,
              {{"is_integer", known_receiver<float_is_integer>},
               {"as_integer_ratio", known_receiver<float_ratio>},
               {"hex", known_receiver<float_hex>}});
  for (const char* name :
       {"__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__pow__",
        "__rpow__", "__neg__", "__abs__", "__eq__", "__repr__", "__str__", "conjugate"}) {
    in.method(c.complex, name, complex_unknown);
  }
}

}  // namespace ckptlint::python
