// GGUF: what llama.cpp loads.  A header of typed metadata and tensor rows, then aligned tensor data.
#pragma once

#include <string_view>

#include "base/byte_source.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {

// Versions 2 and 3, little-endian.  Shapes are given in torch's order, which is the reverse of the file's.  Metadata
// values become text; arrays are told by length and type alone.
WeightFile read_gguf(const ByteSource& source, std::string_view path, const ReadLimits& limits);

}  // namespace ckptlint
