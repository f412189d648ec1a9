// The module graph for people: a tree in which repeated blocks are folded.
#pragma once

#include <string>

#include "ckptlint/module_graph.h"
#include "graph/outline.h"

namespace ckptlint {

struct TreeOptions {
  bool where = false;  // the source line of each row
  OutlineOptions outline;
};

// One line a module or tensor: `layers.0..47  LlamaDecoderLayer x48`, with sizes, dtypes, persistent buffers marked,
// ties shown; then totals, and what could not be evaluated.  Every name is made printable.
std::string graph_tree(const ModuleGraph& graph, const TreeOptions& options = {});

// Bytes as people read them: "1.2 GiB".
std::string readable_bytes(double bytes);

}  // namespace ckptlint
