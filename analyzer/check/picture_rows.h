// The module tree of a picture.
#pragma once

#include "ckptlint/loading.h"
#include "placement/blocks.h"
#include "placement/placement_tree.h"
#include "report/picture.h"

namespace ckptlint {

// Adds the lines of the graph, folded, with the blocks that each is about; `loading` may be null.
void add_rows(const PlacementTree& tree, const Blocks& blocks, const Loading* loading, ModelPicture& picture);

}  // namespace ckptlint
