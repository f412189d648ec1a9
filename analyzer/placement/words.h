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

}  // namespace ckptlint
