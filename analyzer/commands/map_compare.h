// Maps of one model side by side: of several modes, or of several releases.
#pragma once

#include <string>
#include <vector>

#include "ckptlint/device_map.h"
#include "ckptlint/module_graph.h"
#include "placement/placement_tree.h"
#include "placement/simulate.h"

namespace ckptlint {

// One column: what was asked, and the map, or what equal budgets show where none are given.
struct ComparedMap {
  std::string label;  // as the user named it
  std::string asked;  // in full
  Flavour flavour = Flavour::kTransformers;
  Placement placement;
  std::vector<Witness> witnesses;  // instead of a placement, which then has the crash alone that they show
};

// Loads by device, what is lost, and the parts of the model that the maps put on different devices.
std::string comparison_text(const PlacementTree& tree, const std::vector<ComparedMap>& maps);
// For each number of devices: the least budget that works, and how much of what is below loses something.
std::string witness_comparison_text(const std::vector<ComparedMap>& maps);
// [{asked, ...what `map --format json` answers}, ...] on one line.
std::string comparison_json(const ModuleGraph& graph, const std::vector<ComparedMap>& maps);

}  // namespace ckptlint
