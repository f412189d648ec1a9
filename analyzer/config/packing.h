// The name of the way in which a quantized weight is stored.
#pragma once

#include <string>

#include "ckptlint/checkpoint.h"
#include "ckptlint/config.h"
#include "ckptlint/quantization.h"

namespace ckptlint {

// For people: "FP8, a scale for each row", "NVFP4", "GPTQ, 4 bit".  By names, dtypes and shapes; the layout's own name
// where these do not tell it apart.  `config` may be null.
std::string packing_of(const Checkpoint& checkpoint, const QuantizedWeight& weight, const Quantization* config);

}  // namespace ckptlint
