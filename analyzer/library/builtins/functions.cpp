// Functions on numbers and text, and those that reach outside and therefore give nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "library/builtins/builtins.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"
#include "python/types/number.h"
#include "python/types/sequence.h"
#include "python/values/bigint.h"
#include "python/values/number_text.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

Value len(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = function_arguments<"obj">(in, "len", arguments);
  return length_value(in, obj);
}

Value repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = function_arguments<"obj">(in, "repr", arguments);
  return in.repr_value(obj);
}

Value ascii(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = function_arguments<"obj">(in, "ascii", arguments);
  return in.ascii_value(obj);
}

Value format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [value, format_spec] = function_arguments<"value, format_spec=">(in, "format", arguments);
  return in.format_value(value, arguments.count == 2 ? text_argument(in, format_spec, "format() argument 2") : "");
}

Value chr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [i] = function_arguments<"i">(in, "chr", arguments);
  const std::int64_t code = in.to_int(i);
  if (code < 0 || code > 0x10ffff) in.raise_value_error("chr() arg not in range(0x110000)");
  std::string text;
  append_code_point(text, static_cast<char32_t>(code));
  return character(in, text);
}

Value ord(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [c] = function_arguments<"c">(in, "ord", arguments);
  const Value& plain = unwrap(c);
  if (plain.is(Kind::kBytes) && plain.as<Bytes>()->data.size() == 1) {
    return Value::of(std::int64_t{static_cast<unsigned char>(plain.as<Bytes>()->data[0])});
  }
  if (!plain.is(Kind::kStr)) {
    in.raise_type_error(fmt::format("ord() expected string of length 1, but {} found", in.type_name(c)));
  }
  const std::string_view text = plain.as<Str>()->view();
  const std::int64_t length = text_length(text);
  if (length != 1)
    in.raise_type_error(fmt::format("ord() expected a character, but string of length {} found", length));
  return Value::of(static_cast<std::int64_t>(code_point(text)));
}

// hex, oct and bin; data is the base.
Value in_base(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [number] = function_arguments<"number">(in,
                                                     data.integer == 16  ? "hex"
                                                     : data.integer == 8 ? "oct"
                                                                         : "bin",
                                                     arguments);
  const Value& plain = unwrap(number);
  std::string digits =
      integer_text(is_any_integer(plain) ? plain : Value::of(in.to_int(number)), static_cast<unsigned>(data.integer));
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  return in.string(fmt::format("{}0{}{}", negative ? "-" : "",
                               data.integer == 16  ? 'x'
                               : data.integer == 8 ? 'o'
                                                   : 'b',
                               digits));
}

Value abs(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = function_arguments<"x">(in, "abs", arguments);
  if (given.is(Kind::kTensor)) return in.call_method(given, in.intern("abs"));
  if (const Value answer = try_dunder(in, given, in.sym.__abs__); !answer.missing()) return answer;
  const Value& plain = unwrap(given);
  if (plain.is(Kind::kFloat)) return Value::of(std::fabs(plain.real));
  if (!is_any_integer(plain)) {
    in.raise_type_error(fmt::format("bad operand type for abs(): '{}'", in.type_name(given)));
  }
  const bool negative = compare_numbers(plain, Value::of(0)) == NumberOrder::kLess;
  return number_unary(in, negative ? Operator::kNegate : Operator::kPositive, plain);
}

// The nearest multiple of 10^-digits; ties go to the even neighbour.
Value round_integer(Interpreter& in, const Value& number, std::int64_t digits) {
  if (digits >= 0) return number_unary(in, Operator::kPositive, number);
  if (digits < -10000) return Value::of(0);
  const auto unit = big_power(big_number(std::int64_t{10}), static_cast<std::uint64_t>(-digits));
  if (!unit) return Value::of(0);
  BigNumber quotient;
  BigNumber rest;
  big_divide(big_number(number), *unit, quotient, rest);
  const int half = big_compare(*big_add(rest, rest), *unit);
  const bool odd = !quotient.zero() && (quotient.limbs[0] & 1) != 0;
  if (half > 0 || (half == 0 && odd)) quotient = *big_add(quotient, big_number(std::int64_t{1}));
  return integer_value(in.arena, *big_multiply(quotient, *unit));
}

Value round_float(Interpreter& in, double number, const Value& digits) {
  if (digits.missing() || digits.is_none()) {
    if (std::isnan(number)) in.raise_value_error("cannot convert float NaN to integer");
    if (std::isinf(number)) in.raise(in.exception("OverflowError"), "cannot convert float infinity to integer");
    return integer_value(in.arena, big_number(std::nearbyint(number)));
  }
  const std::int64_t places = in.to_int(digits);
  if (!std::isfinite(number) || places > 323) return Value::of(number);
  if (places < -308) return Value::of(std::copysign(0.0, number));
  if (places >= 0) return Value::of(*parse_float(float_text(number, 'f', static_cast<int>(places), false)));
  // Whole units, on the exact integer; what is behind its point only decides a tie.
  const auto unit = big_power(big_number(std::int64_t{10}), static_cast<std::uint64_t>(-places));
  if (!unit) return Value::of(std::copysign(0.0, number));
  const double magnitude = std::fabs(number);
  BigNumber quotient;
  BigNumber rest;
  big_divide(big_number(magnitude), *unit, quotient, rest);
  const int half = big_compare(*big_add(rest, rest), *unit);
  const bool odd = !quotient.zero() && (quotient.limbs[0] & 1) != 0;
  if (half > 0 || (half == 0 && (odd || magnitude != std::floor(magnitude))))
    quotient = *big_add(quotient, big_number(std::int64_t{1}));
  const auto rounded = big_multiply(quotient, *unit);
  const double value = rounded ? big_to_double(*rounded) : HUGE_VAL;
  if (std::isinf(value)) in.raise(in.exception("OverflowError"), "rounded value too large to represent");
  return Value::of(std::copysign(value, number));
}

Value round(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [number, ndigits] = bind<"number, ndigits=">(in, "round", arguments);
  if (number.is(Kind::kTensor)) return in.call_method(number, in.intern("round"));
  const Value method = ndigits.missing() ? try_dunder(in, number, in.intern("__round__"))
                                         : try_dunder(in, number, in.intern("__round__"), {ndigits});
  if (!method.missing()) return method;
  const Value& plain = unwrap(number);
  if (is_any_integer(plain))
    return round_integer(in, plain, ndigits.missing() || ndigits.is_none() ? 0 : in.to_int(ndigits));
  if (!plain.is(Kind::kFloat)) {
    in.raise_type_error(fmt::format("type {} doesn't define __round__ method", in.type_name(number)));
  }
  return round_float(in, plain.real, ndigits);
}

Value divmod(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x, y] = function_arguments<"x, y">(in, "divmod", arguments);
  const Value answer = try_dunder(in, x, in.intern("__divmod__"), {y});
  if (!answer.missing() && !answer.is(Kind::kNotImplemented)) return answer;
  for (const Value& each : {x, y}) {
    if (each.is(Kind::kInstance) && in.is_subclass(each.as<Instance>()->type, in.classes.complex)) {
      in.raise_type_error(
          fmt::format("unsupported operand type(s) for divmod(): '{}' and '{}'", in.type_name(x), in.type_name(y)));
    }
  }
  const Value quotient = in.binary(Operator::kFloorDiv, x, y);
  return in.tuple({quotient, in.binary(Operator::kMod, x, y)});
}

Value pow(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [base, exp, mod] = bind<"base, exp, mod=">(in, "pow", arguments);
  if (mod.missing() || mod.is_none()) return in.binary(Operator::kPow, base, exp);
  for (const Value& each : {base, exp, mod}) {
    if (!is_any_integer(unwrap(each))) {
      in.raise_type_error("pow() 3rd argument not allowed unless all arguments are integers");
    }
  }
  return modular_power(in, unwrap(base), unwrap(exp), unwrap(mod));
}

// ---- identity and hashes

Value id(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = function_arguments<"obj">(in, "id", arguments);
  // Scalars are not objects here: equal ones get equal numbers, which no address has.
  if (!given.is_object())
    return Value::of(((given.integer << 8 | static_cast<int>(given.kind)) << 1 | 1) & 0x7fffffffffffffff);
  return Value::of(given.integer);
}

Value hash(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = function_arguments<"obj">(in, "hash", arguments);
  return hash_of(in, obj);
}

// What is printed counts where it is written to an object of the evaluated code.
Value print(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [sep, end, file, flush] = bind<"*, sep=, end=, file=, flush=">(
      in, "print", Arguments{nullptr, 0, arguments.keywords, arguments.keyword_count});
  if (file.missing() || file.is_none() || file.unknown()) return Value::none();
  const Value method = in.attribute(file, in.intern("write"));
  const auto write = [&](Value text) { in.call(method, Arguments{&text, 1}); };
  const auto or_text = [&](const Value& given, const char* usual) {
    return given.missing() || given.is_none() ? in.string(usual) : given;
  };
  for (std::size_t i = 0; i < arguments.count; ++i) {
    if (i > 0) write(or_text(sep, " "));
    write(arguments[i].unknown() ? arguments[i] : in.string(in.str(arguments[i])));
  }
  write(or_text(end, "\n"));
  return Value::none();
}

// ---- what evaluated code cannot have

Value no_input(Interpreter& in, const Arguments&, const Value&) { return in.unknown("input()"); }
Value leave(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value code = arguments.count == 0 ? Value::none() : arguments[0];
  throw PyRaise{in.call(Value::of(in.exception("SystemExit")), {code}), in.here()};
}
Value unknown_value(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.unknown(arguments[0].is(Kind::kClass) ? arguments[0].as<Class>()->name->view() : "a value");
}

}  // namespace

void fill_functions(Interpreter& in) {
  Module* builtins = in.builtins;
  define_all(in, builtins,
             {{"print", print},
              {"len", len},
              {"repr", repr},
              {"ascii", ascii},
              {"format", spread<format>},
              {"chr", spread<chr>},
              {"ord", spread<ord>},
              {"abs", spread<abs>},
              {"round", spread<round>},
              {"divmod", spread<divmod>},
              {"pow", spread<pow>},
              {"id", id},
              {"hash", hash},
              {"input", no_input},
              {"breakpoint", give_none},
              {"help", give_none},
              {"exit", leave},
              {"quit", leave}});
  in.define(builtins, "hex", spread<in_base>, Value::of(16));
  in.define(builtins, "oct", spread<in_base>, Value::of(8));
  in.define(builtins, "bin", spread<in_base>, Value::of(2));
  for (const char* name : {"bytearray", "memoryview"}) {
    Class* type = in.make_class(name, {in.classes.object});
    in.static_method(type, "__new__", unknown_value);
    in.define(builtins, name, Value::of(type));
  }
}

}  // namespace ckptlint::python
