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

Value where(Call& call, Arg given_condition, Arg input, Arg other) {
  Operand condition = operand(given_condition);
  if (input.absent()) give_up("the positions of true elements");
  const Operand yes = operand(input), no = operand(other);
  const Operand both[] = {yes, no};
  const Dtype dtype = result_type(call.in, both);
  return map_ternary(call, condition, yes, no, Dtype::kFloat64, dtype, choose);
}

// x.where(condition, other)
Value where_method(Call& call, Arg input, Arg condition, Arg other) { return where(call, condition, input, other); }

Value clamp(Call& call, Arg given_input, Arg min, Arg max) {
  const Operand input = operand(given_input);
  const double infinity = std::numeric_limits<double>::infinity();
  if (min.absent() && max.absent()) call.runtime_error("torch.clamp: At least one of 'min' or 'max' must not be None");
  const Operand low = min.absent() ? constant(input.dtype, -infinity) : operand(min);
  const Operand high = max.absent() ? constant(input.dtype, infinity) : operand(max);
  Operand all[3] = {input, low, high};
  const std::size_t count = 3;
  if (min.absent()) all[1] = high;
  if (max.absent()) all[2] = low;
  const Dtype dtype = result_type(call.in, {all, count});
  return map_ternary(call, input, low, high, is_floating(dtype) ? dtype : Dtype::kFloat64, dtype,
                     [](double x, double lo, double hi) {
                       if (std::isnan(x)) return x;
                       const double raised = x < lo ? lo : x;
                       return raised > hi ? hi : raised;
                     });
}

// clamp_min and clamp_max.
Value clamp_one(Call& call, Arg given_input, Arg limit) {
  const Operand input = operand(given_input), bound = operand(limit);
  const Operand both[] = {input, bound};
  const Dtype dtype = result_type(call.in, both);
  if (call.op.code == 0)
    return map_binary(call, input, bound, dtype, dtype, [](double x, double lo) { return x < lo ? lo : x; });
  return map_binary(call, input, bound, dtype, dtype, [](double x, double hi) { return x > hi ? hi : x; });
}

Value masked_fill(Call& call, Arg given_input, Arg given_mask, Arg given_value) {
  const Operand input = operand(given_input), mask = operand(given_mask), value = operand(given_value);
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

Value lerp(Call& call, Arg input, Arg end, Arg given_weight) {
  const Operand a = operand(input), b = operand(end), weight = operand(given_weight);
  return map_ternary(call, a, b, weight, a.dtype, a.dtype, [](double x, double y, double w) {
    return std::fabs(w) < 0.5 ? x + w * (y - x) : y - (y - x) * (1 - w);
  });
}

Value add_combined(Call& call, Arg input, Arg tensor1, Arg tensor2, Arg given_value) {
  const Operand all[] = {operand(input), operand(tensor1), operand(tensor2)};
  const Dtype dtype = result_type(call.in, all);
  const double value = given_value.number(1);
  Operand scaled = all[1];
  if (value != 1) scaled.elements = {};
  if (call.op.code == 0)
    return map_ternary(call, all[0], scaled, all[2], dtype, dtype,
                       [](double x, double a, double b) { return x + a * b; });
  return map_ternary(call, all[0], scaled, all[2], dtype, dtype,
                     [](double x, double a, double b) { return x + a / b; });
}

Value threshold(Call& call, Arg given_input, Arg threshold, Arg given_value, Arg) {
  const Operand input = operand(given_input), limit = operand(threshold), value = operand(given_value);
  return map_ternary(call, input, limit, value, input.dtype, input.dtype,
                     [](double x, double t, double v) { return x > t ? x : v; });
}

constexpr Op kChoicesOps[] = {
    op<"condition, input=, other=, *, out=", where>("where", kFunction),
    op<"input, condition, other", where_method>("where", kMethod),
    op<"input, min=, max=, *, out=", clamp>("clamp", kBoth, true),
    op<"input, min=, max=, *, out=", clamp>("clip", kBoth, true),
    op<"input, min, *, out=", clamp_one>("clamp_min", kBoth, true, 0),
    op<"input, max, *, out=", clamp_one>("clamp_max", kBoth, true, 1),
    op<"input, mask, value", masked_fill>("masked_fill", kBoth, true),
    op<"input, end, weight, *, out=", lerp>("lerp", kBoth, true),
    op<"input, tensor1, tensor2, *, value=, out=", add_combined>("addcmul", kBoth, true, 0),
    op<"input, tensor1, tensor2, *, value=, out=", add_combined>("addcdiv", kBoth, true, 1),
    op<"input, threshold, value, inplace=", threshold>("threshold", kFunction, true),
};

}  // namespace

void install_choices(Interpreter& in, Module* torch) { install_ops(in, torch, kChoicesOps); }

}  // namespace ckptlint::python::torch
