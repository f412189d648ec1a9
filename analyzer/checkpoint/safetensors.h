// safetensors: an 8-byte little-endian length, a JSON header of that length, the tensors' bytes.
#pragma once

#include <string_view>

#include "base/byte_source.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {

// Judges a file as the reference implementation 0.8.0 does (`SafeTensors::read_metadata`): whatever it refuses is a
// defect that stops loading.  Tensors whose bytes are not where they should be keep their rows, for their names, dtypes
// and shapes still say what was meant; tensors of unknown dtype do not.
WeightFile read_safetensors(const ByteSource& source, std::string_view path, const ReadLimits& limits,
                            const ListedNames& listed);

}  // namespace ckptlint
