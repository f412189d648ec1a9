// Tensors that quantizing tools store in place of a weight, told by their names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

// The parts of one quantized weight.
struct QuantizedWeight {
  std::string module;                // "model.layers.0.mlp.down_proj"
  std::string_view scheme;           // "GPTQ or AWQ", "bitsandbytes, 4 bit", ...: for people
  std::vector<std::uint32_t> parts;  // indexes into Checkpoint::tensors, ascending; the first values, then scales
  std::vector<std::string> absent;   // names of parts without which the values mean nothing
};

}  // namespace ckptlint
