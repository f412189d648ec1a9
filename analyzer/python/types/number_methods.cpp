// The methods that int and float share.
#include <fmt/format.h>

#include <cmath>

#include "python/types/number.h"
#include "python/values/bigint.h"

namespace ckptlint::python {
namespace {

Value number_truncated(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value self = number_self(in, arguments);
  return self.is(Kind::kFloat) ? integer_from_float(in, self.real) : number_unary(in, Operator::kPositive, self);
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
  const auto [instance, ndigits] = by_position<"self, ndigits=">(arguments);
  const Value& round = *dict_find(in.builtins->attributes, in.intern("round"));
  const Value self = number_self(in, arguments);
  return ndigits.missing() ? in.call(round, {self}) : in.call(round, {self, ndigits});
}
Value number_divmod(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_other] = method_arguments<"self, other">(in, "__divmod__", arguments);
  const Value self = number_self(in, arguments);
  const Value other = unwrap(given_other);
  return in.tuple({in.binary(Operator::kFloorDiv, self, other), in.binary(Operator::kMod, self, other)});
}

Value number_floor(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Value self = number_self(in, arguments);
  if (!self.is(Kind::kFloat)) return number_unary(in, Operator::kPositive, self);
  return integer_from_float(in, data.boolean ? std::ceil(self.real) : std::floor(self.real));
}

Value real_part(Interpreter& in, const Arguments& arguments, const Value&) {
  return number_unary(in, Operator::kPositive, number_self(in, arguments));
}
Value imaginary_part(Interpreter& in, const Arguments& arguments, const Value&) {
  return number_self(in, arguments).is(Kind::kFloat) ? Value::of(0.0) : Value::of(0);
}

}  // namespace

Value number_self(Interpreter& in, const Arguments& arguments) {
  const Value& self = builtin_self(in, arguments);
  if (!is_any_number(self))
    in.raise_type_error(fmt::format("descriptor for numbers doesn't apply to a '{}' object", in.type_name(self)));
  return self;
}

Value integer_from_float(Interpreter& in, double value) {
  if (std::isnan(value)) in.raise_value_error("cannot convert float NaN to integer");
  if (std::isinf(value)) in.raise(in.exception("OverflowError"), "cannot convert float infinity to integer");
  return integer_value(in.arena, big_number(value));
}

void add_number_methods(Interpreter& in, Class* type) {
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
  in.method(type, "__floor__", known_receiver<number_floor>, Value::of(false));
  in.method(type, "__ceil__", known_receiver<number_floor>, Value::of(true));
}

}  // namespace ckptlint::python
