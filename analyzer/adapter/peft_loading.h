// How PEFT loads an adapter on its base model, by PEFT's own code.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ckptlint/adapter.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/known.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// PeftModel.from_pretrained for the stored tensors, with `config` (adapter_config.json).  The package `peft` has to be
// among the sources of `base`, whose model is changed by it.  `graph`: of the base as it was.  Not known where the
// library's code could not be followed.
Known<Adapter> load_with_peft(const Checkpoint& adapter, const nlohmann::ordered_json& config, EvaluatedModel& base,
                              const ModuleGraph& graph);

}  // namespace ckptlint
