// Which dtypes torch fills with random numbers.
#pragma once

#include "library/torch/tensors.h"

namespace ckptlint::python::torch {

enum class Distribution { kNormal, kUniform, kTruncatedNormal };

// Raises what torch raises where the tensor's dtype takes no such numbers, as those of quantized weights do not.
void refuse_dtype_for(Interpreter& in, const Tensor* tensor, Distribution distribution);

}  // namespace ckptlint::python::torch
