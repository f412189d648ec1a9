// Quantized weights among stored tensors.
#pragma once

#include <vector>

#include "ckptlint/checkpoint.h"
#include "ckptlint/config.h"
#include "ckptlint/quantization.h"

namespace ckptlint {

// By module: those of a layout of some method in the table.  Other quantized tensors are not told from plain ones.
// `config` may be null: it only says how many bits a packing has where shapes leave that open.
std::vector<QuantizedWeight> quantized_weights(const Checkpoint& checkpoint, const Quantization* config);

}  // namespace ckptlint
