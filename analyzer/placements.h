// The device maps that a check simulates, and what they lose between them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ckptlint/model.h"
#include "commands.h"
#include "placement/library_version.h"
#include "placement/simulate.h"

namespace ckptlint {

// What was asked about placement.
struct PlacementRequest {
  MapMode mode = MapMode::kAuto;
  std::vector<std::pair<std::string, Device>> by_hand;  // a map given instead of a mode; empty: the mode counts
  std::vector<Budget> budgets;                          // empty: search all equal budgets
  std::vector<std::string> keep_whole;                  // classes that count as no-split beyond the model's own
  bool accelerate_asked = false;                        // calls of accelerate's own functions are asked about, too
  LibraryVersion accelerate = kLatestAccelerate;
  LibraryVersion transformers = kLatestTransformers;
};

// From the command line.  `transformers` is the release to imitate, or empty for the latest that is known.
Result<PlacementRequest> placement_request(const PlacementOptions& options, const std::string& transformers);

// A map as JSON, {"name": device, ...}, in its order.
Result<std::vector<std::pair<std::string, Device>>> parse_device_map(std::string_view json, const std::string& shown);

// Always simulated: what from_pretrained does.  With budgets, or where accelerate is asked about: also
// infer_auto_device_map with the model's no-split classes, without them, and without them but with buffers kept on a
// split.
Result<Placements> simulate_placements(const ModuleGraph& graph, const PlacementRequest& request);

// What the placements rest on, for the report: the budgets, and each call that lost nothing or crashed.
std::vector<std::string> grounds_of(const Placements& placements);

}  // namespace ckptlint
