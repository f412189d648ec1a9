// Where adapter_config.json and the stored tensors of an adapter contradict each other, whatever its base model is.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "ckptlint/adapter.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

// What the config and the names and shapes of tensors decide alone, in the order of AdapterContradiction::Kind: for the
// types LORA, TRAINABLE_TOKENS, VERA, PROMPT_TUNING, PREFIX_TUNING and P_TUNING, as peft 0.21.2 reads them
// (LoraLayer.update_layer, get_pattern_key, BaseTuner._check_target_module_exists, TrainableTokensLayer.update_layer,
// VeraModel._remap_adapter_state_dict_for_load).  What rests on the base model as well is left out.
std::vector<AdapterContradiction> contradictions_of(const Checkpoint& adapter, const nlohmann::ordered_json& config);

}  // namespace ckptlint
