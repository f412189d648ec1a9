// The layers that predict further tokens, which generate(use_mtp=True) builds and loads beside the model.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ckptlint/checkpoint.h"
#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "ckptlint/predictions.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// What MtpModel.from_pretrained of the evaluated release makes of the stored tensors.  Where the release has no such
// class, or it finds no such layers in the config although config.json announces some, and nothing in the code of the
// model's classes speaks of them: that, and which of the tensors that `loading` left over are theirs by their names.
// Without layers where the model generates nothing, or none are announced.  Not known where the library's code could
// not be followed, or raises.
Known<Predictions> find_predictions(const Checkpoint& checkpoint, const Loading& loading, const ModuleGraph& graph,
                                    const nlohmann::ordered_json& config, EvaluatedModel& evaluated);

}  // namespace ckptlint
