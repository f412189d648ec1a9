// The tensor types of GGUF, by ggml's numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ckptlint/dtype.h"

namespace ckptlint {

struct GgufType {
  std::string_view name;
  Dtype dtype = Dtype::kUint8;  // kUint8 for packed ones
  std::uint64_t block_elements = 1;
  std::uint64_t block_bytes = 1;
};

std::optional<GgufType> gguf_type(std::uint32_t number);

}  // namespace ckptlint
