// A checkpoint as `ckptlint list` shows it.
#pragma once

#include <string>
#include <string_view>

#include "ckptlint/checkpoint.h"

namespace ckptlint {

// For people: repeated names folded, totals by type and by file, what is wrong, which other weights are there.  `shown`
// is what was asked for.
std::string listing_text(const Checkpoint& checkpoint, std::string_view shown);

// For programs: one JSON object on one line, with every tensor.  Fields: path; sets [{entry, format, sharded,
// automatic, chosen, why}]; files [{path, format, bytes, tensors, exists, loadable, metadata}]; tensors [{name, dtype,
// shape, bytes, file, begin, end}] sorted by name, dtype being torch's name or, where the format packs values, its own;
// total {tensors, bytes}; defects [{kind, file, offset, tensor, stops_loading, message}].
std::string listing_json(const Checkpoint& checkpoint, std::string_view shown);

}  // namespace ckptlint
