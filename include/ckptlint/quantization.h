// Tensors that quantizing tools store in place of a weight, told by their names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/quantization_methods.h"

namespace ckptlint {

// The parts of one quantized weight.
struct QuantizedWeight {
  std::string module;                // "model.layers.0.mlp.down_proj"
  const QuantizedLayout* layout;     // of a row of the table
  std::vector<std::uint32_t> parts;  // indexes into Checkpoint::tensors, ascending; the first values, then scales
  std::vector<std::string> absent;   // names of parts without which the values mean nothing
  std::string packing;               // what names, dtypes and shapes say that it is: "NVFP4", "GPTQ, 4 bit", ...
};

}  // namespace ckptlint
