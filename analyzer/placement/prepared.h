// What a PlacementSimulator keeps of its graph.
#pragma once

#include "placement/placement_tree.h"
#include "placement/simulate.h"

namespace ckptlint {

struct PlacementSimulator::Prepared {
  Result<PlacementTree> tree;  // the error of a graph that no placement can be made of
};

}  // namespace ckptlint
