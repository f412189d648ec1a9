// Comparisons, logic and bits.
#include <algorithm>
#include <cmath>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/operators.h"

namespace ckptlint::python::torch {
namespace {

enum Code : std::int64_t {
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kLogicalAnd,
  kLogicalOr,
  kLogicalXor,
  kBitAnd,
  kBitOr,
  kBitXor,
  kLeft,
  kRight,
};

std::int64_t whole(double x) { return static_cast<std::int64_t>(x); }

double shift_left(double x, double y) { return y < 0 || y > 62 ? 0 : std::ldexp(x, static_cast<int>(y)); }
double shift_right(double x, double y) {
  return std::floor(y < 0 || y > 62 ? (x < 0 ? -1 : 0) : std::ldexp(x, -static_cast<int>(y)));
}

Value compare(Call& call, std::int64_t code, const Operand& a, const Operand& b) {
  const Operand both[] = {a, b};
  const Dtype dtype = result_type(call.in, both);
  const auto decide = [&](Binary f) { return map_binary(call, a, b, dtype, Dtype::kBool, f); };
  const auto truth = [&](Binary f) { return map_binary(call, a, b, Dtype::kFloat64, Dtype::kBool, f); };
  const auto bits = [&](Binary f) {
    if (is_floating(dtype) || is_complex(dtype)) {
      constexpr const char* kNames[] = {"bitwise_and", "bitwise_or", "bitwise_xor", "lshift", "rshift"};
      call.in.raise(call.in.exception("NotImplementedError"), "\"" + std::string(kNames[code - kBitAnd]) +
                                                                  "_cpu\" not implemented for '" +
                                                                  std::string(scalar_name(dtype)) + "'");
    }
    return map_binary(call, a, b, dtype, dtype, f);
  };
  switch (code) {
    case kEq:
      return decide([](double x, double y) { return x == y ? 1.0 : 0.0; });
    case kNe:
      return decide([](double x, double y) { return x != y ? 1.0 : 0.0; });
    case kLt:
      return decide([](double x, double y) { return x < y ? 1.0 : 0.0; });
    case kLe:
      return decide([](double x, double y) { return x <= y ? 1.0 : 0.0; });
    case kGt:
      return decide([](double x, double y) { return x > y ? 1.0 : 0.0; });
    case kGe:
      return decide([](double x, double y) { return x >= y ? 1.0 : 0.0; });
    case kLogicalAnd:
      return truth([](double x, double y) { return x != 0 && y != 0 ? 1.0 : 0.0; });
    case kLogicalOr:
      return truth([](double x, double y) { return x != 0 || y != 0 ? 1.0 : 0.0; });
    case kLogicalXor:
      return truth([](double x, double y) { return (x != 0) != (y != 0) ? 1.0 : 0.0; });
    case kBitAnd:
      return bits([](double x, double y) { return static_cast<double>(whole(x) & whole(y)); });
    case kBitOr:
      return bits([](double x, double y) { return static_cast<double>(whole(x) | whole(y)); });
    case kBitXor:
      return bits([](double x, double y) { return static_cast<double>(whole(x) ^ whole(y)); });
    case kLeft:
      return bits(shift_left);
    default:
      return bits(shift_right);
  }
}

// "input, other, *, out="
Value binary(Call& call) {
  if (!call.is_tensor(0) && !call.is_tensor(1)) call.tensor(0);  // raises
  return compare(call, call.op.code, operand(call, 0), operand(call, 1));
}

// "input, other, rtol=, atol=, equal_nan="
Value is_close(Call& call) {
  const Operand a = operand(call, 0), b = operand(call, 1);
  const double relative = call.number(2, 1e-5), absolute = call.number(3, 1e-8);
  const bool equal_nan = call.flag(4, false);
  const Sizes sizes = broadcast(call.in, a.sizes, b.sizes);
  const Operand both[] = {a, b};
  Tensor* out = make_tensor(call.in, Dtype::kBool, sizes, result_device(call.in, both));
  if (!a.elements.known || !b.elements.known) return Value::of(out);
  if (double* contents = make_contents(call.in, out)) {
    Odometer at(sizes);
    at.add(broadcast_strides(a.sizes, sizes));
    at.add(broadcast_strides(b.sizes, sizes));
    const std::int64_t count = numel(out);
    for (std::int64_t i = 0; i < count; ++i, at.next()) {
      const double x = a.elements[at.offset(0)], y = b.elements[at.offset(1)];
      const bool close = x == y || (std::isfinite(y) && std::fabs(x - y) <= absolute + relative * std::fabs(y)) ||
                         (equal_nan && std::isnan(x) && std::isnan(y));
      contents[i] = close ? 1 : 0;
    }
  }
  return Value::of(out);
}

Value all_of(Call& call, const Tensor* truths) {
  const Known elements = known(truths);
  if (!elements.known) give_up("a comparison of tensors");
  if (is_meta(call.in, truths)) call.runtime_error("Tensor.item() cannot be called on meta tensors");
  const std::int64_t count = numel(truths);
  for (std::int64_t i = 0; i < count; ++i) {
    if (elements[i] == 0) return Value::of(false);
    if (elements.uniform()) break;
  }
  return Value::of(true);
}

Value all_close(Call& call) { return all_of(call, is_close(call).as<Tensor>()); }

// "input, other"
Value equal(Call& call) {
  Tensor* a = call.tensor(0);
  Tensor* b = call.tensor(1);
  if (!(sizes_of(a) == sizes_of(b))) return Value::of(false);
  return all_of(call, compare(call, kEq, operand(call, 0), operand(call, 1)).as<Tensor>());
}

// "elements, test_elements, *, assume_unique=, invert="
Value is_in(Call& call) {
  const Operand a = operand(call, 0), b = operand(call, 1);
  const bool invert = call.flag(3, false);
  const Operand both[] = {a, b};
  Tensor* out = make_tensor(call.in, Dtype::kBool, a.sizes, result_device(call.in, both));
  std::int64_t candidates = 1;
  for (std::int64_t size : b.sizes) candidates *= size;
  if (!a.elements.known || !b.elements.known || candidates > kMaxContents) return Value::of(out);
  if (double* contents = make_contents(call.in, out)) {
    std::vector<double> sorted;
    for (std::int64_t j = 0; j < candidates; ++j) {
      if (!std::isnan(b.elements[j])) sorted.push_back(b.elements[j]);
    }
    std::sort(sorted.begin(), sorted.end());
    const std::int64_t count = numel(out);
    for (std::int64_t i = 0; i < count; ++i) {
      contents[i] = std::binary_search(sorted.begin(), sorted.end(), a.elements[i]) != invert ? 1 : 0;
    }
  }
  return Value::of(out);
}

constexpr const char* kPair = "input, other, *, out=";

constexpr Op kOps[] = {
    {"eq", kPair, binary, kBoth, true, kEq},
    {"ne", kPair, binary, kBoth, true, kNe},
    {"not_equal", kPair, binary, kBoth, true, kNe},
    {"lt", kPair, binary, kBoth, true, kLt},
    {"less", kPair, binary, kBoth, true, kLt},
    {"le", kPair, binary, kBoth, true, kLe},
    {"less_equal", kPair, binary, kBoth, true, kLe},
    {"gt", kPair, binary, kBoth, true, kGt},
    {"greater", kPair, binary, kBoth, true, kGt},
    {"ge", kPair, binary, kBoth, true, kGe},
    {"greater_equal", kPair, binary, kBoth, true, kGe},
    {"logical_and", kPair, binary, kBoth, true, kLogicalAnd},
    {"logical_or", kPair, binary, kBoth, true, kLogicalOr},
    {"logical_xor", kPair, binary, kBoth, true, kLogicalXor},
    {"bitwise_and", kPair, binary, kBoth, true, kBitAnd},
    {"bitwise_or", kPair, binary, kBoth, true, kBitOr},
    {"bitwise_xor", kPair, binary, kBoth, true, kBitXor},
    {"bitwise_left_shift", kPair, binary, kBoth, true, kLeft},
    {"bitwise_right_shift", kPair, binary, kBoth, true, kRight},
    {"__and__", kPair, binary, kMethod, false, kBitAnd},
    {"__or__", kPair, binary, kMethod, false, kBitOr},
    {"__xor__", kPair, binary, kMethod, false, kBitXor},
    {"__lshift__", kPair, binary, kMethod, false, kLeft},
    {"__rshift__", kPair, binary, kMethod, false, kRight},
    {"__eq__", kPair, binary, kMethod, false, kEq},
    {"__ne__", kPair, binary, kMethod, false, kNe},
    {"isclose", "input, other, rtol=, atol=, equal_nan=", is_close},
    {"allclose", "input, other, rtol=, atol=, equal_nan=", all_close},
    {"equal", "input, other", equal},
    {"isin", "elements, test_elements, *, assume_unique=, invert=", is_in, kFunction},
};

}  // namespace

Value operator_comparison(Interpreter& in, Operator op, const Value& left, const Value& right) {
  Value arguments[2] = {left, right};
  Call call{in, *in.torch, kOps[0], arguments};
  const Operand a = operand(call, 0);
  const Operand b = operand(call, 1);
  switch (op) {
    case Operator::kEqual:
      return compare(call, kEq, a, b);
    case Operator::kNotEqual:
      return compare(call, kNe, a, b);
    case Operator::kLess:
      return compare(call, kLt, a, b);
    case Operator::kLessEqual:
      return compare(call, kLe, a, b);
    case Operator::kGreater:
      return compare(call, kGt, a, b);
    case Operator::kGreaterEqual:
      return compare(call, kGe, a, b);
    case Operator::kBitAnd:
      return compare(call, kBitAnd, a, b);
    case Operator::kBitOr:
      return compare(call, kBitOr, a, b);
    case Operator::kBitXor:
      return compare(call, kBitXor, a, b);
    case Operator::kShiftLeft:
      return compare(call, kLeft, a, b);
    case Operator::kShiftRight:
      return compare(call, kRight, a, b);
    default:
      return {Kind::kNotImplemented, {}};
  }
}

void install_comparisons(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

}  // namespace ckptlint::python::torch
