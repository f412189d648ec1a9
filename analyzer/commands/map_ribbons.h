// A device map as something to draw: a ribbon a device, with its blocks in order of execution.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "ckptlint/module_graph.h"
#include "placement/simulate.h"

namespace ckptlint {

// A module or tensor that lies on one device as a whole.
struct RibbonBlock {
  std::string name;        // dotted
  std::string class_name;  // of a tensor, its kind
  Bytes bytes;             // each tensor where it counts
  bool cut = false;        // a part of something that is to stay whole, the rest of which lies on another device
};

struct Ribbon {
  Device device;
  std::optional<Bytes> budget;  // none for disk, or where there is no limit
  Bytes used;
  std::vector<RibbonBlock> blocks;
};

// Two blocks that hold the same tensor under two names.
struct RibbonTie {
  std::size_t from_ribbon = 0, from_block = 0, to_ribbon = 0, to_block = 0;
  std::string from, to;  // the tensor's names
};

struct Ribbons {
  std::vector<Ribbon> ribbons;
  std::vector<RibbonTie> ties;
  std::vector<std::string> lost;  // tensors without a device, repeated names folded
};

// Blocks are as small as what is never split, and no smaller; what is less than a five-hundredth of the model stays in
// one piece as well.
Result<Ribbons> ribbons_of(const Placement& placement, const PlacementQuestion& question,
                           const PlacementSimulator& simulator);

}  // namespace ckptlint
