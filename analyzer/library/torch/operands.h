// Operands of element-wise operations: tensors and Python numbers, their common dtype, and one pass over their
// elements.
#pragma once

#include "library/torch/ops.h"

namespace ckptlint::python::torch {

struct Operand {
  Tensor* tensor = nullptr;  // null: a Python number
  Known elements;
  Dtype dtype = Dtype::kFloat32;
  Sizes sizes;
};

// A tensor or number; raises TypeError for anything else.
Operand operand(const Arg& argument);
Operand operand(Tensor* tensor);
// at::result_type: tensors with dimensions outrank scalars of the same kind, which outrank Python numbers.  Raises
// where the types do not promote.
Dtype result_type(Interpreter& in, std::span<const Operand> operands);
// Where the result lives: raises RuntimeError where tensors of different devices meet, scalars on the cpu excepted.
Device* result_device(Interpreter& in, std::span<const Operand> operands);
bool any_requires_grad(std::span<const Operand> operands);

using Unary = double (*)(double);
using Binary = double (*)(double, double);
using Ternary = double (*)(double, double, double);

// Applies f after rounding the operands to `compute`, and rounds to `result`.
Value map_unary(Call& call, const Operand& a, Dtype compute, Dtype result, Unary f);
Value map_binary(Call& call, const Operand& a, const Operand& b, Dtype compute, Dtype result, Binary f);
Value map_ternary(Call& call, const Operand& a, const Operand& b, const Operand& c, Dtype compute, Dtype result,
                  Ternary f);

// Floating results of integer operands have the default dtype.
inline Dtype floating_result(Call& call, Dtype dtype) {
  return is_floating(dtype) || is_complex(dtype) ? dtype : call.torch.default_dtype;
}

}  // namespace ckptlint::python::torch
