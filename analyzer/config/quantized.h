// Quantized weights among stored tensors.
#pragma once

#include <vector>

#include "ckptlint/checkpoint.h"
#include "ckptlint/quantization.h"

namespace ckptlint {

// By module.  Knows what bitsandbytes, GPTQ, AWQ, compressed-tensors, NVIDIA's ModelOpt, fp8 with scales, MXFP4 and MLX
// store; other quantized tensors are not told from plain ones.
std::vector<QuantizedWeight> quantized_weights(const Checkpoint& checkpoint);

}  // namespace ckptlint
