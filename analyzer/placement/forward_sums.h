// What the forward methods of a model add up, read from their source.
#pragma once

#include <functional>
#include <vector>

#include "ckptlint/module_graph.h"
#include "placement/output_sums.h"

namespace ckptlint {

// The sums of two terms and more in the forward of every module of `graph` whose source is known.  Read statement by
// statement, without running anything: residual = x; x = self.attn(x); x = residual + x; return x + self.mlp(x) is a
// sum of `attn` and `mlp`.  What a loop or a `try` assigns is not followed, and additions under a condition do not
// count, so that a sum that is reported is one that every call of the forward adds up.  `.to(device)` ends it.
// Only modules for which `wanted` says so are read.
std::vector<OutputSum> forward_sums(const ModuleGraph& graph, const PlacementTree& tree,
                                    const std::function<bool(ModuleId)>& wanted);

}  // namespace ckptlint
