// What each rank holds, as JSON: one object on one line without a line break at its end.
#pragma once

#include <iosfwd>

#include "ckptlint/parallel_map.h"

namespace ckptlint {

// {"world": N, "ranks": [{NAME: [dtype, global shape, local shape], ...}, ...]} with every parameter and buffer, or
// {"world": N, "error": "Type: message"} where the library raises.
void write_shards(const ParallelMap& map, std::ostream& out);

}  // namespace ckptlint
