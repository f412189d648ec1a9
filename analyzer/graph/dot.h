// The module graph as a drawing.
#pragma once

#include <string>

#include "ckptlint/module_graph.h"
#include "graph/outline.h"

namespace ckptlint {

// A digraph in Graphviz' DOT language: a box for each module, repeated ones folded as in the tree, with class, size and
// what it registers itself; dashed edges for tied and shared tensors and modules.  Every name is escaped.
std::string graph_dot(const ModuleGraph& graph, const OutlineOptions& options = {});

}  // namespace ckptlint
