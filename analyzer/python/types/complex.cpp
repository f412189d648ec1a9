// complex: two floats, and the arithmetic of them.
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "python/evaluate/dunder.h"
#include "python/evaluate/format_spec.h"
#include "python/evaluate/hashing.h"
#include "python/types/methods.h"
#include "python/types/number.h"
#include "python/types/rows.h"
#include "python/values/complex_number.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

using Number = ComplexNumber;

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

// What complex() makes of an argument that is no text: a number, or what the object's own method gives.
Number part_of(Interpreter& in, const Value& given, bool first, bool& unknown) {
  if (const std::optional<Number> number = number_of(in, given)) return *number;
  for (const char* name : {"__complex__", "__float__", "__index__"}) {
    const Value answer = first || name[2] != 'c' ? try_dunder(in, given, in.intern(name)) : Value();
    if (answer.missing()) continue;
    if (const std::optional<Number> number = number_of(in, answer)) return *number;
    unknown = true;
    return {};
  }
  if (given.unknown() || may_have_dunder(given)) {
    unknown = true;
    return {};
  }
  in.raise_type_error(fmt::format("complex() {} argument must be a {}number, not '{}'", first ? "first" : "second",
                                  first ? "string or a " : "", in.type_name(given)));
}

// Whether an underscore does not stand between two digits.
bool has_stray_underscore(std::string_view text) {
  const auto is_digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (std::size_t at = text.find('_'); at != std::string_view::npos; at = text.find('_', at + 1)) {
    if (at == 0 || !is_digit(at - 1) || !is_digit(at + 1)) return true;
  }
  return false;
}

Value complex_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, real, imag] = bind<"cls, real=, imag=">(in, "complex", arguments);
  const auto text_of = [](const Value& given) { return given.missing() ? nullptr : as_text(given); };
  if (const Str* text = text_of(real)) {
    if (!imag.missing()) in.raise_type_error("complex() can't take second arg if first is a string");
    const std::optional<Number> number = parse_complex(text->view());
    if (!number) {
      in.raise_value_error(has_stray_underscore(text->view())
                               ? fmt::format("could not convert string to complex: {}", in.repr(unwrap(real)))
                               : "complex() arg is a malformed string");
    }
    return as_instance_of(in, cls, in.classes.complex, make(in, *number));
  }
  if (text_of(imag) != nullptr) in.raise_type_error("complex() second arg can't be a string");
  bool unknown = false;
  const Number first = real.missing() ? Number() : part_of(in, real, true, unknown);
  const Number second = imag.missing() ? Number() : part_of(in, imag, false, unknown);
  if (unknown) return in.unknown("a complex number");
  const auto is_complex = [&](const Value& given) { return given.is(Kind::kInstance); };
  Number made(first.real(), imag.missing() ? first.imag() : second.real());  // the sign of a zero stays
  if (!imag.missing() && is_complex(imag)) made.real(made.real() - second.imag());
  if (!imag.missing() && is_complex(real)) made.imag(made.imag() + first.imag());
  return as_instance_of(in, cls, in.classes.complex, make(in, made));
}

enum class Operation : std::int64_t { kAdd, kSubtract, kMultiply, kDivide, kPower };

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
      return make(in, complex_product(left, right));
    case Operation::kDivide:
      if (const std::optional<Number> quotient = complex_quotient(left, right)) return make(in, *quotient);
      in.raise(in.exception("ZeroDivisionError"), "complex division by zero");
    case Operation::kPower: {
      const std::optional<Number> power = complex_power(left, right);
      if (!power) in.raise(in.exception("ZeroDivisionError"), "0.0 to a negative or complex power");
      if (std::isinf(power->real()) || std::isinf(power->imag())) {
        in.raise(in.exception("OverflowError"), "complex exponentiation");
      }
      return make(in, *power);
    }
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
  constexpr std::uint64_t kOfImaginary = 1'000'003;
  const Number self = self_of(in, arguments);
  const auto real = known_hash(in, Value::of(self.real()));
  const auto imaginary = known_hash(in, Value::of(self.imag()));
  if (!real || !imaginary) return in.unknown("the hash of a complex number");
  const auto hash = static_cast<std::int64_t>(*real + kOfImaginary * *imaginary);
  return Value::of(hash == -1 ? -2 : hash);
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

// One part as the format says, without width; `sign` as in FormatSpec.
std::string formatted_part(Interpreter& in, double part, FormatSpec spec, char sign) {
  const bool shortest = spec.type == 0 && spec.precision < 0;
  spec.width = 0;
  spec.align = 0;
  spec.fill = " ";
  spec.sign = sign;
  if (spec.type == 0 && !shortest) spec.type = 'g';
  std::string text = in.str(formatted_float(in, part, spec));
  if (shortest && text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

Value complex_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given] = method_arguments<"self, format_spec">(in, "complex.__format__", arguments);
  if (given.unknown()) return given;
  const std::string text = in.str(given);
  if (text.empty()) return complex_repr(in, arguments, {});
  const std::string type = in.type_name(self);
  FormatSpec spec = parse_format_spec(in, text, type);
  if (spec.type != 0 && std::string_view("eEfFgGn").find(spec.type) == std::string_view::npos) {
    in.raise_value_error(fmt::format("Unknown format code '{}' for object of type '{}'", spec.type, type));
  }
  if (spec.fill == "0") in.raise_value_error("Zero padding is not allowed in complex format specifier");
  if (spec.align == '=') in.raise_value_error("'=' alignment flag is not allowed in complex format specifier");
  if (spec.precision > kMaxPrecision || (spec.type == 0 && spec.alternate)) {
    return in.unknown("a complex number in a format");
  }
  const Number number = self_of(in, arguments);
  const bool plain = spec.type == 0;
  const bool imaginary_alone = plain && number.real() == 0 && !std::signbit(number.real());
  std::string out = imaginary_alone ? "" : formatted_part(in, number.real(), spec, spec.sign);
  out += formatted_part(in, number.imag(), spec, imaginary_alone ? spec.sign : '+') + "j";
  if (plain && !imaginary_alone) out = "(" + out + ")";
  FormatSpec layout;
  layout.fill = spec.fill;
  layout.align = spec.align == 0 ? '>' : spec.align;
  layout.width = spec.width;
  return formatted_text(in, out, layout);
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
