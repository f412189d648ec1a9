// Comparisons, logic and bits.
#include <algorithm>
#include <cmath>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/operators.h"

namespace ckptlint::python::torch {
namespace {

enum Comparison : std::int64_t {
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

Value binary(Call& call, Arg input, Arg other) {
  if (!input.is_tensor() && !other.is_tensor()) input.tensor();  // raises
  return compare(call, call.op.code, operand(input), operand(other));
}

Value is_close(Call& call, Arg input, Arg other, Arg rtol, Arg atol, Arg given_equal_nan) {
  const Operand a = operand(input), b = operand(other);
  const double relative = rtol.number(1e-5), absolute = atol.number(1e-8);
  const bool equal_nan = given_equal_nan.flag(false);
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

Value all_close(Call& call, Arg input, Arg other, Arg rtol, Arg atol, Arg equal_nan) {
  return all_of(call, is_close(call, input, other, rtol, atol, equal_nan).as<Tensor>());
}

Value equal(Call& call, Tensor* a, Tensor* b) {
  if (!(sizes_of(a) == sizes_of(b))) return Value::of(false);
  return all_of(call, compare(call, kEq, operand(a), operand(b)).as<Tensor>());
}

Value is_in(Call& call, Arg elements, Arg test_elements, Arg, Arg given_invert) {
  const Operand a = operand(elements), b = operand(test_elements);
  const bool invert = given_invert.flag(false);
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

constexpr SignatureText kPair = "input, other, *, out=";

constexpr Op kComparisonsOps[] = {
    op<kPair, binary>("eq", kBoth, true, kEq),
    op<kPair, binary>("ne", kBoth, true, kNe),
    op<kPair, binary>("not_equal", kBoth, true, kNe),
    op<kPair, binary>("lt", kBoth, true, kLt),
    op<kPair, binary>("less", kBoth, true, kLt),
    op<kPair, binary>("le", kBoth, true, kLe),
    op<kPair, binary>("less_equal", kBoth, true, kLe),
    op<kPair, binary>("gt", kBoth, true, kGt),
    op<kPair, binary>("greater", kBoth, true, kGt),
    op<kPair, binary>("ge", kBoth, true, kGe),
    op<kPair, binary>("greater_equal", kBoth, true, kGe),
    op<kPair, binary>("logical_and", kBoth, true, kLogicalAnd),
    op<kPair, binary>("logical_or", kBoth, true, kLogicalOr),
    op<kPair, binary>("logical_xor", kBoth, true, kLogicalXor),
    op<kPair, binary>("bitwise_and", kBoth, true, kBitAnd),
    op<kPair, binary>("bitwise_or", kBoth, true, kBitOr),
    op<kPair, binary>("bitwise_xor", kBoth, true, kBitXor),
    op<kPair, binary>("bitwise_left_shift", kBoth, true, kLeft),
    op<kPair, binary>("bitwise_right_shift", kBoth, true, kRight),
    op<kPair, binary>("__and__", kMethod, false, kBitAnd),
    op<kPair, binary>("__or__", kMethod, false, kBitOr),
    op<kPair, binary>("__xor__", kMethod, false, kBitXor),
    op<kPair, binary>("__lshift__", kMethod, false, kLeft),
    op<kPair, binary>("__rshift__", kMethod, false, kRight),
    op<kPair, binary>("__eq__", kMethod, false, kEq),
    op<kPair, binary>("__ne__", kMethod, false, kNe),
    op<"input, other, rtol=, atol=, equal_nan=", is_close>("isclose"),
    op<"input, other, rtol=, atol=, equal_nan=", all_close>("allclose"),
    op<"input, other", equal>("equal"),
    op<"elements|element, test_elements|test_element, *, assume_unique=, invert=", is_in>("isin", kFunction),
};

}  // namespace

Value operator_comparison(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const Value arguments[] = {left, right};
  Call call{in, *in.torch, kComparisonsOps[0], arguments};
  const Operand a = operand(Arg(call, 0));
  const Operand b = operand(Arg(call, 1));
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

void install_comparisons(Interpreter& in, Module* torch) { install_ops(in, torch, kComparisonsOps); }

}  // namespace ckptlint::python::torch
