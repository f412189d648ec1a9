// clean_device_map: names that go to one device together become their common module's name.
#pragma once

#include <vector>

#include "placement/infer.h"

namespace ckptlint {

// Rows in the order of the library's dict: those that stay, then the new ones as its recursion makes them.  It walks
// the children of a module in the order of a Python set.
std::vector<MapRow> clean_map(const PlacementTree& tree, std::vector<MapRow> map);

}  // namespace ckptlint
