// The parts of a model that stand for others which a plan treats alike: layers and experts that differ in their numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/checkpoint.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

struct Representatives {
  std::vector<std::string> modules;    // their names, the first of each kind
  std::vector<std::uint32_t> tensors;  // of each tensor of the graph, the one that stands for it
};

// Modules whose names differ in numbers alone, of one class and with tensors of the same names, dtypes and shapes are of
// one kind.
Representatives representatives_of(const ModuleGraph& graph);

// The stored tensors without those of blocks that are stored like an earlier one: the same names below the number, dtypes and
// shapes.
std::vector<std::uint32_t> representative_rows(const Checkpoint& checkpoint);

}  // namespace ckptlint
