// The keys of an adapter against its base model, as PEFT reads them.
#pragma once

#include <string>

#include "base/file_tree.h"
#include "ckptlint/adapter.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// Whether a repo is an adapter: it has adapter_config.json, a JSON object.
bool is_adapter(const FileTree& repo);

// `base_model_name_or_path` of adapter_config.json, or empty.
std::string adapter_base(const FileTree& repo);

// Keys are "base_model.model.<module>.lora_A.weight" and their like, and "base_model.model.<module>.weight" of
// `modules_to_save`; what belongs to no module (prompts) is left out of all lists.
Adapter match_adapter(const Checkpoint& adapter, const ModuleGraph& base);

}  // namespace ckptlint
