// Views that several files make.  All raise as torch does.
#pragma once

#include <optional>
#include <vector>

#include "library/torch/ops.h"

namespace ckptlint::python::torch {

// aten's computeStride: how a view of shape `wanted` steps over elements of shape `sizes` with `strides`; empty where
// only a copy has that shape.  Both have the same number of elements.
std::optional<Sizes> view_strides(const Sizes& sizes, const Sizes& strides, const Sizes& wanted);
// Fills in a -1.
Sizes infer_size(Call& call, const Sizes& wanted, std::int64_t count);

Tensor* reshaped(Call& call, Tensor* input, const Sizes& wanted);
Tensor* narrowed(Call& call, Tensor* input, int dim, std::int64_t start, std::int64_t length, std::int64_t step);
Tensor* selected(Call& call, Tensor* input, int dim, std::int64_t index);
Tensor* expanded(Call& call, Tensor* input, const Sizes& wanted);
Tensor* permuted(Call& call, Tensor* input, const Sizes& order);
Tensor* unsqueezed(Call& call, Tensor* input, int dim);

// .T, .mT, .H, .mH; kMissing for other names.
Value transposed_attribute(Interpreter& in, Tensor* tensor, std::string_view name);
// torch.Size
Value size_value(Interpreter& in, const Sizes& sizes);

}  // namespace ckptlint::python::torch
