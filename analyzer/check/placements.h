// The device maps that a check simulates, and what they lose between them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ckptlint/model.h"
#include "input/placement_request.h"
#include "placement/simulate.h"

namespace ckptlint {

// Always simulated: what from_pretrained does.  With budgets, or where accelerate is asked about: also
// infer_auto_device_map with the model's no-split classes, without them, and without them but with buffers kept on a
// split.
Result<Placements> simulate_placements(const ModuleGraph& graph, const PlacementRequest& request);

// What from_pretrained asks of itself, of a map that is not given by hand.
PlacementQuestion question_of_loading(const ModuleGraph& graph, const PlacementRequest& request);
// "`from_pretrained(device_map="auto")` of transformers 5.23.0"
std::string text_of_loading(const ModuleGraph& graph, const PlacementRequest& request);
// The graph as if these classes were among those that are not split; nothing where they are.
std::optional<ModuleGraph> with_kept_whole(const ModuleGraph& graph, const std::vector<std::string>& keep_whole);

// transformers before 5.1, and diffusers, refuse a mode for a model, or a model within it, that does not say what is to
// stay whole; and a quantizer of diffusers may raise whatever the budgets.
std::optional<LibraryCrash> refused_mode(const ModuleGraph& graph, const PlacementLibraries& libraries);

// What the library raises at the least budget at which one of these witnesses of `base` crashes; nothing where none
// does.
Result<std::optional<LibraryCrash>> crash_in(const std::vector<Witness>& witnesses, const PlacementQuestion& base,
                                             const PlacementSimulator& simulator);

// What the placements rest on, for the report: the budgets, and each call that lost nothing or crashed.
std::vector<std::string> grounds_of(const Placements& placements);
// The same of a quantizer: whose sizes and budgets they are.
std::string ground_of(const Quantizer& quantizer);

}  // namespace ckptlint
