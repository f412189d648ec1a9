// complex: two floats, and the arithmetic of them.
#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <optional>

#include "python/evaluate/hashing.h"
#include "python/types/methods.h"
#include "python/types/number.h"
#include "python/types/rows.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

using Number = std::complex<double>;

Value make(Interpreter& in, const Number& number) {
  Instance* made = in.instance(in.classes.complex);
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.intern("real"), Value::of(number.real()));
  dict_set(in.arena, made->attributes, in.intern("imag"), Value::of(number.imag()));
  return Value::of(made);
}

// A complex number or a plain one; nothing for anything else.
std::optional<Number> number_of(Interpreter& in, const Value& value) {
  if (value.is(Kind::kInstance) && in.is_subclass(value.as<Instance>()->type, in.classes.complex)) {
    Dict* parts = value.as<Instance>()->attributes;
    const Value* real = parts == nullptr ? nullptr : dict_find(parts, in.intern("real"));
    const Value* imaginary = parts == nullptr ? nullptr : dict_find(parts, in.intern("imag"));
    const bool whole = real != nullptr && real->is(Kind::kFloat) && imaginary != nullptr && imaginary->is(Kind::kFloat);
    return whole ? std::optional(Number(real->real, imaginary->real)) : std::nullopt;
  }
  const Value& plain = unwrap(value);
  if (is_any_number(plain)) return Number(in.to_double(plain), 0);
  return std::nullopt;
}

Number self_of(Interpreter& in, const Arguments& arguments) {
  const std::optional<Number> self = number_of(in, arguments[0]);
  if (!self) in.raise_type_error("a complex number is expected");
  return *self;
}

Value complex_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, real, imag] = bind<"cls, real=, imag=">(in, "complex", arguments);
  Number made(0, 0);
  Number unit(1, 0);
  for (const Value& part : {real, imag}) {
    if (!part.missing()) {
      const std::optional<Number> number = number_of(in, part);
      if (!number) return in.unknown("a complex number");  // of text, or of an object that makes one
      made += *number * unit;
    }
    unit = Number(0, 1);
  }
  return make(in, made);
}

enum class Operation : std::int64_t { kAdd, kSubtract, kMultiply, kDivide, kPower };

Number power(const Number& base, const Number& exponent) {
  const double whole = exponent.real();
  if (exponent.imag() != 0 || whole != std::floor(whole) || std::fabs(whole) > 100) return std::pow(base, exponent);
  Number result(1, 0);
  for (double i = 0; i < std::fabs(whole); ++i) result *= base;
  return whole < 0 ? Number(1, 0) / result : result;
}

// data: the operation, plus 8 where the operands are the other way round.
Value arithmetic(Interpreter& in, const Arguments& arguments, const Value& data) {
  const std::optional<Number> first = number_of(in, arguments[0]);
  const std::optional<Number> second = number_of(in, arguments[1]);
  if (!first || !second) return arguments[1].unknown() ? arguments[1] : not_implemented();
  const bool reversed = data.integer >= 8;
  const Number left = reversed ? *second : *first;
  const Number right = reversed ? *first : *second;
  switch (static_cast<Operation>(data.integer % 8)) {
    case Operation::kAdd:
      return make(in, left + right);
    case Operation::kSubtract:
      return make(in, left - right);
    case Operation::kMultiply:
      return make(in, left * right);
    case Operation::kDivide:
      if (right == Number(0, 0)) in.raise(in.exception("ZeroDivisionError"), "complex division by zero");
      return make(in, left / right);
    case Operation::kPower:
      return make(in, power(left, right));
  }
  return not_implemented();
}

Value complex_abs(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(std::abs(self_of(in, arguments)));
}
Value complex_negative(Interpreter& in, const Arguments& arguments, const Value&) {
  return make(in, -self_of(in, arguments));
}
Value complex_positive(Interpreter& in, const Arguments& arguments, const Value&) {
  return make(in, self_of(in, arguments));
}
Value complex_conjugate(Interpreter& in, const Arguments& arguments, const Value&) {
  return make(in, std::conj(self_of(in, arguments)));
}
Value complex_bool(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(self_of(in, arguments) != Number(0, 0));
}
Value complex_equal(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::optional<Number> other = number_of(in, arguments[1]);
  return other ? Value::of(self_of(in, arguments) == *other) : not_implemented();
}
Value complex_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  const Number self = self_of(in, arguments);
  if (self.imag() == 0) return hash_of(in, Value::of(self.real()));
  return in.unknown("the hash of a complex number");
}

std::string part_text(double part) {
  std::string text = float_repr(part);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}
Value complex_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Number self = self_of(in, arguments);
  if (self.real() == 0 && !std::signbit(self.real())) return in.string(part_text(self.imag()) + "j");
  const std::string imaginary = part_text(self.imag());
  const bool signed_text = imaginary[0] == '-' || imaginary[0] == '+';
  return in.string(fmt::format("({}{}{}j)", part_text(self.real()), signed_text ? "" : "+", imaginary));
}

// With a format that says how numbers are written, as both parts are, without brackets; width and alignment are those
// of the whole and not followed.
Value complex_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given] = method_arguments<"self, format_spec">(in, "complex.__format__", arguments);
  if (given.unknown()) return given;
  const std::string spec = in.str(given);
  if (spec.empty()) return complex_repr(in, arguments, {});
  constexpr std::string_view kTypes = "eEfFgGn";
  const std::size_t digits = spec.find_first_not_of("+- ");
  const bool of_parts = kTypes.find(spec.back()) != std::string_view::npos && spec.find_first_of(",_0<>=^") != 0 &&
                        digits != std::string::npos && (spec[digits] == '.' || digits + 1 == spec.size());
  if (!of_parts) return in.unknown("a complex number in a format");
  const Number number = self_of(in, arguments);
  return in.string(in.format(Value::of(number.real()), spec) +
                   in.format(Value::of(number.imag()), "+" + spec.substr(digits)) + "j");
}

// The parts are attributes of the instance, which nobody may set.
template <int part>
Value complex_part(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::optional<Number> self = number_of(in, arguments[0]);
  if (!self) return in.unknown("a part of a complex number");
  return Value::of(part == 0 ? self->real() : self->imag());
}
Value refuse_part(Interpreter& in, const Arguments&, const Value&) {
  in.raise(in.exception("AttributeError"), "readonly attribute");
}

}  // namespace

void fill_complex(Interpreter& in) {
  Class* type = in.classes.complex;
  in.static_method(type, "__new__", spread<complex_new>);
  in.method(type, "__init__", give_none);
  const char* const operations[][2] = {{"__add__", "__radd__"},
                                       {"__sub__", "__rsub__"},
                                       {"__mul__", "__rmul__"},
                                       {"__truediv__", "__rtruediv__"},
                                       {"__pow__", "__rpow__"}};
  for (std::int64_t i = 0; i < 5; ++i) {
    in.method(type, operations[i][0], arithmetic, Value::of(i));
    in.method(type, operations[i][1], arithmetic, Value::of(i + 8));
  }
  in.property(type, "real", complex_part<0>, refuse_part);
  in.property(type, "imag", complex_part<1>, refuse_part);
  add_methods(in, type,
              {{"__abs__", complex_abs},
               {"__neg__", complex_negative},
               {"__pos__", complex_positive},
               {"__bool__", complex_bool},
               {"__eq__", complex_equal},
               {"__hash__", complex_hash},
               {"__repr__", complex_repr},
               {"__str__", complex_repr},
               {"__format__", complex_format},
               {"conjugate", complex_conjugate}});
}

}  // namespace ckptlint::python
