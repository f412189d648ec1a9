// What `ckptlint map` shows to people.
#pragma once

#include <string>
#include <vector>

#include "ckptlint/device_map.h"
#include "ckptlint/module_graph.h"
#include "placement/simulate.h"
#include "placement/suggest.h"
#include "report/map_strip.h"

namespace ckptlint {

// One line on the model: its class, its size, the largest part that is never split.
std::string size_text(const ModuleGraph& graph, const ModelSize& size);

// The devices, a line each: budget, load, what is free.
// With a ribbon a device, of the only map of `picture`.
std::string loads_text(const std::vector<DeviceLoad>& loads, const ModelPicture& picture, const StripStyle& style);
// The map, device by device in its own order, repeated names folded.
std::string map_text(const DeviceMap& map);
// What has no device, and why; empty if everything has one.
std::string losses_text(const ModuleGraph& graph, const std::vector<LostTensor>& lost);
// What the libraries warn about, and what they should; empty if there is nothing.  Of a map that was made, why a device
// stays empty, if it was made with its trace.
std::string notes_text(const ModuleGraph& graph, const Placement& placement);
std::string crash_text(const LibraryCrash& crash);
std::string trace_text(const ModuleGraph& graph, const std::vector<PlacementStep>& trace);
// How evenly the devices are filled.
std::string balance_text(const Balance& balance);
// For each number of devices: the budgets under which something is lost, and the smallest that works.
std::string witnesses_text(const ModuleGraph& graph, const std::vector<Witness>& witnesses);

}  // namespace ckptlint
