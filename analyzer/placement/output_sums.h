// Outputs that have to be on one device, and maps that put them on several.
//
// A map gives each of its modules a hook that moves what goes into it to its device.  Nothing moves what comes out:
// where a module is not in the map itself, because it was taken apart, its forward adds up what its parts return
// wherever they are, and torch refuses to add tensors of two devices.
#pragma once

#include <cstdint>
#include <vector>

#include "ckptlint/device_map.h"
#include "placement/infer.h"
#include "placement/placement_tree.h"

namespace ckptlint {

// What one forward adds up, in one sum or in several that share a term.
struct OutputSum {
  ModuleId module = ModuleId::kNone;  // whose forward it is
  std::vector<NodeId> parts;          // below it: modules whose output is a term, tensors of its own
  bool with_input = false;            // what the caller passes is a term too; if not, there are two parts or more
  Span where;                         // the addition that brings the last of them in
};

struct SumApart {
  std::uint32_t sum = 0;         // index into the sums
  NodeId first = NodeId::kNone;  // kNone: what the caller passes
  NodeId second = NodeId::kNone;
  Device first_device;  // where they work: what is offloaded works on the first accelerator
  Device second_device;
};

// The sums with terms on two devices, ascending.  What the map does not tell counts as in its place.
std::vector<SumApart> sums_apart(const PlacementTree& tree, const std::vector<OutputSum>& sums,
                                 const std::vector<MapRow>& map, const std::vector<Device>& devices);
// The same for a finished map.
std::vector<SumApart> sums_apart(const PlacementTree& tree, const std::vector<OutputSum>& sums, const DeviceMap& map);

}  // namespace ckptlint
