// `ckptlint graph`: the module graph of a model repo, as a tree for people or as JSON for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "graph/tree.h"
#include "input/options.h"

namespace ckptlint {

struct GraphOptions {
  ModelOptions model;
  OutputOptions output;
  TreeOptions tree;
};

int run_graph(const GraphOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
