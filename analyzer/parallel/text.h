// What each rank holds, in words.
#pragma once

#include <string>
#include <vector>

#include "ckptlint/parallel_map.h"

namespace ckptlint {

// A line a rank: memory, what of it is cut, a bar; ranks that are alike share a line.
std::string ranks_text(const ParallelMap& map, std::size_t width, bool blocks);
// What the plan does to the tensors, style by style, and what it does not name.
std::string shards_text(const ParallelMap& map, bool verbose);
// What a forward pass on each rank that differs ends in: "error: ..." where one raises; empty where all come to their
// end.
std::string forward_text(const ParallelMap& map);
// The rules that name nothing.
std::string stale_rules_text(const ParallelMap& map, bool verbose);

}  // namespace ckptlint
