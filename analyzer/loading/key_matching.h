// Stored keys against the state dict of the model.
#pragma once

#include "ckptlint/checkpoint.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// What convert_and_load_state_dict_in_model, tie_weights and _adjust_missing_and_unexpected_keys of transformers 5.23.0
// make of the keys of an unquantized checkpoint, with the legacy renamings that every model has (LayerNorm.gamma and
// .beta, weight_g and weight_v, a doubled `model.model`) and none of those that conversion_mapping.py lists by model.
Loading match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint);

}  // namespace ckptlint
