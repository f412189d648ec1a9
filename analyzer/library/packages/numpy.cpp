// numpy: numpy.py, on lists; arrays of more elements than that is good for keep shape and type only.
//
// Its scalars are here: position tables call np.power and np.sin a million times.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "library/host/embedded.h"
#include "library/packages/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"
#include "python/types/number.h"

namespace ckptlint::python {
namespace {

using Scalar = std::numeric_limits<double>;

Class* float64_class(Interpreter& in) {
  return dict_find(in.native_module("_numpy", false)->attributes, in.intern("float64"))->as<Class>();
}

// numpy.float64 is a float of its own class, so that tensors made of it can be float64.
Value make_float64(Interpreter& in, Class* type, double value) {
  Instance* made = in.instance(type);
  made->payload = Value::of(value);
  return Value::of(made);
}

Value make_unknown(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [text] = by_position<"what">(arguments);
  Str* what = as_str(text);
  return in.unknown(what == nullptr ? "a value of numpy" : what->view());
}

// float64 op number and number op float64; division by zero is infinite, as in numpy.
template <Operator op, bool reflected>
Value scalar_binary(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_other] = by_position<"self, other">(arguments);
  Value self = plain(instance), other = plain(given_other);
  if (other.unknown()) return other;
  if (!other.is_number()) return {Kind::kNotImplemented, {}};
  Value left = reflected ? other : self, right = reflected ? self : other;
  Class* type = in.type_of(instance);
  if (op == Operator::kDiv && right.as_double() == 0) {
    double top = left.as_double();
    return make_float64(in, type,
                        top == 0 || std::isnan(top) ? Scalar::quiet_NaN() : std::copysign(Scalar::infinity(), top));
  }
  Value result = number_binary(in, op, left, right);
  return result.is(Kind::kFloat) ? make_float64(in, type, result.real) : result;
}

Value scalar_negative(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  return make_float64(in, in.type_of(self), -plain(self).as_double());
}
Value scalar_absolute(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  return make_float64(in, in.type_of(self), std::fabs(plain(self).as_double()));
}

double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

Value scalar_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string("np.float64(" + in.repr(plain(self_of(arguments))) + ")");
}
Value scalar_str(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(in.repr(plain(self_of(arguments))));
}
Value scalar_item(Interpreter&, const Arguments& arguments, const Value&) { return plain(self_of(arguments)); }
Value scalar_dtype(Interpreter& in, const Arguments&, const Value&) {
  return in.call(in.import_name("numpy", "dtype"), {in.string("float64")});
}
Value scalar_astype(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, dtype] = by_position<"self, dtype">(arguments);
  Value kind = in.call(in.import_name("numpy", "dtype"), {dtype});
  return in.call_method(kind, in.intern("_cast"), {plain(self)});
}

struct MathFunction {
  const char* name;
  double (*apply)(double);
};
constexpr MathFunction kFunctions[] = {
    {"sqrt", std::sqrt},   {"log", std::log},     {"log2", std::log2},   {"log10", std::log10},
    {"log1p", std::log1p}, {"exp", std::exp},     {"expm1", std::expm1}, {"sin", std::sin},
    {"cos", std::cos},     {"tan", std::tan},     {"arcsin", std::asin}, {"arccos", std::acos},
    {"arctan", std::atan}, {"tanh", std::tanh},   {"sinh", std::sinh},   {"cosh", std::cosh},
    {"ceil", std::ceil},   {"floor", std::floor}, {"trunc", std::trunc}, {"rint", std::nearbyint},
    {"sign", sign_of},
};

// The function of one number.  `data` is (index, function for everything else).
Value unary_call(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [x] = by_position<"x">(arguments);
  auto* pair = data.as<Tuple>();
  Value number = arguments.count == 1 && arguments.keyword_count == 0 ? plain(x) : Value{};
  if (!number.is_number()) return in.call(pair->items[1], arguments);
  return make_float64(in, float64_class(in), kFunctions[pair->items[0].integer].apply(number.as_double()));
}

// unary("sqrt", function): the function with a short way for single numbers.
Value unary(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, function] = by_position<"name, function">(arguments);
  for (std::size_t i = 0; i < std::size(kFunctions); ++i) {
    if (as_str(name) != nullptr && as_str(name)->view() == kFunctions[i].name) {
      return in.native_static(kFunctions[i].name, unary_call, in.tuple({Value::of(i), function}));
    }
  }
  return function;
}

// The same for power(a, b), whose integers stay integers.  `data` is the function for everything else.
Value power_call(Interpreter& in, const Arguments& arguments, const Value& otherwise) {
  const auto [x1, x2] = by_position<"x1, x2">(arguments);
  Value base = plain(x1), exponent = plain(x2);
  if (arguments.count != 2 || !base.is_number() || !exponent.is_number()) return in.call(otherwise, arguments);
  Value result = base.is_integral() && exponent.is_integral() && exponent.as_int() >= 0
                     ? number_binary(in, Operator::kPow, base, exponent)
                     : Value::of(std::pow(base.as_double(), exponent.as_double()));
  return result.is(Kind::kFloat) ? make_float64(in, float64_class(in), result.real) : result;
}
Value power(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [otherwise] = by_position<"otherwise">(arguments);
  return in.native_static("power", power_call, otherwise);
}

template <Operator op>
void add_operator(Interpreter& in, Class* type, const char* name, const char* reflected) {
  in.method(type, name, scalar_binary<op, false>);
  in.method(type, reflected, scalar_binary<op, true>);
}

}  // namespace

void install_numpy(Interpreter& in) {
  Module* module = in.native_module("_numpy", false);
  in.define(module, "unknown", make_unknown);
  in.define(module, "unary", unary);
  in.define(module, "power", power);
  Class* parent = in.classes.object;
  for (const char* name : {"generic", "number", "floating"}) {
    parent = in.make_class(name, {parent});
    in.define(module, name, Value::of(parent));
  }
  Class* base = in.make_class("float64", {in.classes.real, parent}, Layout::kFloat);
  in.method(base, "__repr__", scalar_repr);
  in.method(base, "__str__", scalar_str);
  in.method(base, "item", scalar_item);
  in.method(base, "tolist", scalar_item);
  in.method(base, "astype", scalar_astype);
  in.property(base, "dtype", scalar_dtype);
  in.set_class(base, "shape", in.tuple({}));
  in.set_class(base, "ndim", Value::of(0));
  in.set_class(base, "size", Value::of(1));
  add_operator<Operator::kAdd>(in, base, "__add__", "__radd__");
  add_operator<Operator::kSub>(in, base, "__sub__", "__rsub__");
  add_operator<Operator::kMul>(in, base, "__mul__", "__rmul__");
  add_operator<Operator::kDiv>(in, base, "__truediv__", "__rtruediv__");
  add_operator<Operator::kFloorDiv>(in, base, "__floordiv__", "__rfloordiv__");
  add_operator<Operator::kMod>(in, base, "__mod__", "__rmod__");
  add_operator<Operator::kPow>(in, base, "__pow__", "__rpow__");
  in.method(base, "__neg__", scalar_negative);
  in.method(base, "__abs__", scalar_absolute);
  in.define(module, "float64", Value::of(base));
  for (const char* part : {"types", "arrays", "shapes", "elementwise", "reductions", "names"})
    in.embedded_module(fmt::format("_numpy_{}", part), embedded_text(fmt::format("packages/numpy_{}.py", part)), false);
  in.embedded_module("numpy", embedded_text("packages/numpy.py"), true);
  for (const char* name : {"numpy.linalg", "numpy.fft", "numpy.typing", "numpy.testing", "numpy.core", "numpy.lib",
                           "numpy.polynomial", "numpy.ma"}) {
    in.embedded_module(name, "", true);
  }
  in.embedded_module("scipy.optimize", embedded_text("packages/scipy_optimize.py"), true);
}

}  // namespace ckptlint::python
