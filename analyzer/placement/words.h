// Placement in sentences for people.  Names are made safe to show.
#pragma once

#include <string>

#include "ckptlint/device_map.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// "`layers.8` does not fit on 0: needs 1.2 GiB, 0.9 GiB left; it is split, and its buffer `layer_scalar` is dropped".
std::string sentence_of(const ModuleGraph& graph, const PlacementStep& step);

// Why a tensor has no device: "`layers.8` does not fit on 0 (needs 1.2 GiB, 0.9 GiB left) and is split, which drops its
// own buffers".
std::string sentence_of(const ModuleGraph& graph, const LostTensor& lost);

// "2 x 5.9 to 7.4 GiB", "2 x 5.9 GiB or more"; with as many digits, up to six, as tell the ends apart.
std::string range_text(std::uint32_t devices, const BudgetRange& range);

}  // namespace ckptlint
