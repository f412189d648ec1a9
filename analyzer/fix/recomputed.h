// Stored buffers whose values the constructor computes as well.
#pragma once

#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// Loading::recomputed, ascending.  What is too large to be compared, or cannot be read, is left out.
std::vector<TensorId> recomputed_buffers(const ModuleGraph& graph, const Checkpoint& checkpoint, const FileTree& repo,
                                         const Loading& loading);

}  // namespace ckptlint
