// int and bool.
#include <fmt/format.h>

#include <cstring>

#include "base/python_hash.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/format_spec.h"
#include "python/evaluate/printer.h"
#include "python/types/number.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/bigint.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

// ---- slots

Truth bool_truth(Interpreter&, const Value& value) { return truth_of(value.boolean); }
Truth int_truth(Interpreter&, const Value& value) { return truth_of(value.integer != 0); }

std::optional<std::uint64_t> int_hash(Interpreter&, const Value& value, int) { return python_hash(value.as_int()); }

std::optional<std::uint64_t> big_hash(Interpreter&, const Value& value, int) {
  const auto* number = value.as<BigInt>();
  if (number->count == 0) return std::nullopt;
  constexpr std::uint64_t kModulus = (std::uint64_t{1} << 61) - 1;
  std::uint64_t rest = 0;
  for (std::uint32_t i = number->count; i-- > 0;)
    rest = static_cast<std::uint64_t>(((static_cast<unsigned __int128>(rest) << 32) | number->limbs[i]) % kModulus);
  const auto signed_rest = static_cast<std::int64_t>(rest);
  return python_hash(number->negative ? -signed_rest : signed_rest);
}

void repr_bool(Printer& printer, const Value& value) { printer.out += value.boolean ? "True" : "False"; }
void repr_int(Printer& printer, const Value& value) { printer.out += integer_text(value, 10); }

Value format_int(Interpreter& in, const Value& value, std::string_view spec, std::string_view type) {
  return formatted_integer(in, value, parse_format_spec(in, spec, type));
}

// ---- construction

Value integer_from_text(Interpreter& in, std::string_view text, const Value& base) {
  const std::int64_t radix = base.missing() ? 10 : in.to_int(base);
  if (radix != 0 && (radix < 2 || radix > 36)) in.raise_value_error("int() base must be >= 2 and <= 36, or 0");
  bool too_big = false;
  const Value made = parse_integer(in.arena, text, static_cast<unsigned>(radix), too_big);
  if (too_big) return in.unknown("an integer of more than 32,768 bits");
  if (!made.missing()) return made;
  in.raise_value_error(fmt::format("invalid literal for int() with base {}: {}", radix, in.repr(in.string(text))));
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

Value bool_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, x] = method_arguments<"cls, x=">(in, "bool", arguments);
  if (arguments.count == 1) return Value::of(false);
  const Truth truth = in.truth(x);
  if (truth == Truth::kUnknown) return x.unknown() ? x : in.unknown("a condition that is not known");
  return Value::of(truth == Truth::kTrue);
}

// ---- methods

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

Value one(Interpreter&, const Arguments&, const Value&) { return Value::of(1); }

}  // namespace

constinit const TypeSlots kBoolSlots = {
    .type = &Interpreter::Classes::boolean,
    .truth = bool_truth,
    .hash = int_hash,
    .repr = repr_bool,
    .format = format_int,
    .equal = number_equal,
    .order = number_order,
    .unary = number_unary,
    .binary = number_operator,
};
constinit const TypeSlots kIntSlots = {
    .type = &Interpreter::Classes::integer,
    .truth = int_truth,
    .hash = int_hash,
    .repr = repr_int,
    .format = format_int,
    .equal = number_equal,
    .order = number_order,
    .unary = number_unary,
    .binary = number_operator,
};
constinit const TypeSlots kBigIntSlots = {
    // never 0
    .type = &Interpreter::Classes::integer,
    .hash = big_hash,
    .repr = repr_int,
    .format = format_int,
    .equal = number_equal,
    .order = number_order,
    .unary = number_unary,
    .binary = number_operator,
};

void fill_int(Interpreter& in) {
  Class* integer = in.classes.integer;
  in.static_method(integer, "__new__", spread<int_new>);
  in.static_method(in.classes.boolean, "__new__", bool_new);
  in.class_method(integer, "from_bytes", spread<int_from_bytes>);
  add_number_methods(in, integer);
  add_operators(in, integer, {"and__", "or__", "xor__", "lshift__", "rshift__", "invert__"});
  add_methods(in, integer,
              {{"__index__", known_receiver<int_itself>},
               {"bit_length", known_receiver<int_bit_length>},
               {"bit_count", known_receiver<int_bit_count>},
               {"as_integer_ratio", known_receiver<int_ratio>},
               {"to_bytes", spread<int_to_bytes>}});
  in.property(integer, "numerator", int_itself);
  in.property(integer, "denominator", one);
}

}  // namespace ckptlint::python
