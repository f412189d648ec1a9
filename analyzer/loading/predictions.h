// The layers that predict further tokens, which generate(use_mtp=True) builds and loads beside the model.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ckptlint/checkpoint.h"
#include "ckptlint/known.h"
#include "ckptlint/predictions.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// What MtpModel.from_pretrained of the evaluated release makes of the stored tensors; without layers where the release
// has no such class, or the config no such layers.  `config`: config.json.  Not known where the library's code could
// not be followed, or raises.
Known<Predictions> find_predictions(const Checkpoint& checkpoint, const nlohmann::ordered_json& config,
                                    EvaluatedModel& evaluated);

}  // namespace ckptlint
