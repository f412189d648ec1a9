// Choosing between operands: where, clamp, masks, lerp.
#include <cmath>
#include <limits>

#include "library/torch/install.h"
#include "library/torch/operands.h"

namespace ckptlint::python::torch {
namespace {

Operand constant(Dtype dtype, double value) {
  Operand made;
  made.dtype = dtype;
  made.elements = {nullptr, value, true};
  return made;
}

double choose(double condition, double yes, double no) { return condition != 0 ? yes : no; }

// "condition, input=, other=, *, out="
Value where(Call& call) {
  Operand condition = operand(call, 0);
  if (call.absent(1)) give_up("the positions of true elements");
  const Operand yes = operand(call, 1), no = operand(call, 2);
  const Operand both[] = {yes, no};
  const Dtype dtype = result_type(call.in, both);
  return map_ternary(call, condition, yes, no, Dtype::kFloat64, dtype, choose);
}

// x.where(condition, other)
Value where_method(Call& call) {
  std::swap(call.a[0], call.a[1]);
  return where(call);
}

// "input, min=, max=, *, out="
Value clamp(Call& call) {
  const Operand input = operand(call, 0);
  const double infinity = std::numeric_limits<double>::infinity();
  if (call.absent(1) && call.absent(2))
    call.runtime_error("torch.clamp: At least one of 'min' or 'max' must not be None");
  const Operand low = call.absent(1) ? constant(input.dtype, -infinity) : operand(call, 1);
  const Operand high = call.absent(2) ? constant(input.dtype, infinity) : operand(call, 2);
  Operand all[3] = {input, low, high};
  const std::size_t count = 3;
  if (call.absent(1)) all[1] = high;
  if (call.absent(2)) all[2] = low;
  const Dtype dtype = result_type(call.in, {all, count});
  return map_ternary(call, input, low, high, is_floating(dtype) ? dtype : Dtype::kFloat64, dtype,
                     [](double x, double lo, double hi) {
                       if (std::isnan(x)) return x;
                       const double raised = x < lo ? lo : x;
                       return raised > hi ? hi : raised;
                     });
}

// "input, min, *, out=" and "input, max, *, out="
Value clamp_one(Call& call) {
  const Operand input = operand(call, 0), bound = operand(call, 1);
  const Operand both[] = {input, bound};
  const Dtype dtype = result_type(call.in, both);
  if (call.op.code == 0)
    return map_binary(call, input, bound, dtype, dtype, [](double x, double lo) { return x < lo ? lo : x; });
  return map_binary(call, input, bound, dtype, dtype, [](double x, double hi) { return x > hi ? hi : x; });
}

// "input, mask, value"
Value masked_fill(Call& call) {
  const Operand input = operand(call, 0), mask = operand(call, 1), value = operand(call, 2);
  if (mask.dtype != Dtype::kBool) {
    call.runtime_error("masked_fill_ only supports boolean masks, but got mask with dtype " +
                       std::string(scalar_name(mask.dtype)));
  }
  if (input.elements.known || mask.elements.known) {
    return map_ternary(call, mask, value, input, Dtype::kFloat64, input.dtype, choose);
  }
  const Operand unknown = {input.tensor, {}, input.dtype, input.sizes};
  return map_ternary(call, mask, value, unknown, Dtype::kFloat64, input.dtype, choose);
}

// "input, end, weight, *, out="
Value lerp(Call& call) {
  const Operand a = operand(call, 0), b = operand(call, 1), weight = operand(call, 2);
  return map_ternary(call, a, b, weight, a.dtype, a.dtype, [](double x, double y, double w) {
    return std::fabs(w) < 0.5 ? x + w * (y - x) : y - (y - x) * (1 - w);
  });
}

// "input, tensor1, tensor2, *, value=, out="
Value add_combined(Call& call) {
  const Operand all[] = {operand(call, 0), operand(call, 1), operand(call, 2)};
  const Dtype dtype = result_type(call.in, all);
  const double value = call.number(3, 1);
  Operand scaled = all[1];
  if (value != 1) scaled.elements = {};
  if (call.op.code == 0)
    return map_ternary(call, all[0], scaled, all[2], dtype, dtype,
                       [](double x, double a, double b) { return x + a * b; });
  return map_ternary(call, all[0], scaled, all[2], dtype, dtype,
                     [](double x, double a, double b) { return x + a / b; });
}

// "input, threshold, value, inplace="
Value threshold(Call& call) {
  const Operand input = operand(call, 0), limit = operand(call, 1), value = operand(call, 2);
  return map_ternary(call, input, limit, value, input.dtype, input.dtype,
                     [](double x, double t, double v) { return x > t ? x : v; });
}

constexpr Op kOps[] = {
    {"where", "condition, input=, other=, *, out=", where, kFunction},
    {"where", "input, condition, other", where_method, kMethod},
    {"clamp", "input, min=, max=, *, out=", clamp, kBoth, true},
    {"clip", "input, min=, max=, *, out=", clamp, kBoth, true},
    {"clamp_min", "input, min, *, out=", clamp_one, kBoth, true, 0},
    {"clamp_max", "input, max, *, out=", clamp_one, kBoth, true, 1},
    {"masked_fill", "input, mask, value", masked_fill, kBoth, true},
    {"lerp", "input, end, weight, *, out=", lerp, kBoth, true},
    {"addcmul", "input, tensor1, tensor2, *, value=, out=", add_combined, kBoth, true, 0},
    {"addcdiv", "input, tensor1, tensor2, *, value=, out=", add_combined, kBoth, true, 1},
    {"threshold", "input, threshold, value, inplace=", threshold, kFunction, true},
};

}  // namespace

void install_choices(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

}  // namespace ckptlint::python::torch
