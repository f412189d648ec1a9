// What there is to draw of a model: its blocks where device maps put them, and its modules.
#pragma once

#include <string>

#include "base/result.h"
#include "ckptlint/loading.h"
#include "ckptlint/model.h"
#include "input/placement_request.h"
#include "placement/simulate.h"
#include "report/picture.h"

namespace ckptlint {

// One map, as `question` was answered.  `loading`, if it is not null, tells which tensors of the modules are stored. An
// error where the graph is none that a map could be made of.
Result<ModelPicture> picture_of_map(const PlacementSimulator& simulator, const PlacementQuestion& question,
                                    const Placement& placement, const Loading* loading);

// All maps that a moving budget leads to: the equal one of 1, 2, 4 and 8 accelerators, or with budgets each of theirs
// in turn while the others stay.
Result<ModelPicture> picture_of_budgets(const PlacementSimulator& simulator, const PlacementQuestion& question,
                                        const Loading* loading);

// What `check` draws of a model: from_pretrained's maps, or the one given by hand.  Where `no_map` says why nothing is
// known of maps, the modules alone.
Result<ModelPicture> picture_of_model(const ModuleGraph& graph, const PlacementRequest& request, const Loading* loading,
                                      const std::string& no_map = "");

}  // namespace ckptlint
