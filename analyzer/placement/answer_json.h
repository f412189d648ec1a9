// Answers as JSON, one object on one line without a line break at its end.  Sizes are in bytes, fractions included.
#pragma once

#include <string>
#include <vector>

#include "ckptlint/device_map.h"
#include "ckptlint/module_graph.h"
#include "placement/simulate.h"

namespace ckptlint {

// balanced_memory [[device, bytes], ...] (accelerate alone), device_map [[name, device], ...], unplaced [name, ...],
// notes {offloaded_buffer_bytes, tied_apart, minimum_memory} where there are any; or error and where, the exception's
// type and the function that raises it.  With a trace: trace [{step, device, name, needed, available, reserved, ...}].
std::string answer_json(const ModuleGraph& graph, const Placement& placement, Flavour flavour);

// witnesses [{devices, searched, losses [{from, to, lost, spills}], crashes, smallest_working, safe_from, complete}]; a
// range is [from, to], to null for "without end".
std::string witnesses_json(const ModuleGraph& graph, const std::vector<Witness>& witnesses);

// device_map, loads [[device, used, budget], ...], balance {emptiest, fullest, over_even_share}, spills.
std::string suggestion_json(const SuggestedMap& suggested);

// A map to paste: {"name": device, ...} over several lines, the same in JSON and in Python.
std::string pasted_map(const DeviceMap& map);

}  // namespace ckptlint
