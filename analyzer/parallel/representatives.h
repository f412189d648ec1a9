// Blocks of a model that stand for others which a plan treats alike: layers that differ in their number.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "ckptlint/checkpoint.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

struct Representatives {
  std::vector<std::string> modules;  // the names of all in the first block of each kind, and of those in no block
  std::set<std::string, std::less<>> numbers;  // of those blocks, the first in their names
  std::vector<std::uint32_t> tensors;          // of each tensor of the graph, the one that stands for it
};

// A block is what is below a number in a name: a layer, an expert of it.  Two are of one kind where they have the same
// modules, of the same classes with tensors of the same dtypes and shapes.
Representatives representatives_of(const ModuleGraph& graph);

// The stored tensors without those of blocks that are stored like an earlier one, the same names below the number,
// dtypes and shapes, and whose number is none of `few`.
std::vector<std::uint32_t> representative_rows(const Checkpoint& checkpoint, const Representatives& few);

}  // namespace ckptlint
