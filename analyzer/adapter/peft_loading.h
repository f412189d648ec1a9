// How PEFT loads an adapter on its base model, by PEFT's own code.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file_tree.h"
#include "ckptlint/adapter.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/known.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

struct SavedAdapter {
  nlohmann::ordered_json config;  // adapter_config.json
  Checkpoint stored;
};
// Those that an X-LoRA adapter mixes, by the path in its `adapters`.
using MixedAdapters = std::map<std::string, SavedAdapter>;

// The adapters of folders of the repo that the config mixes.
MixedAdapters mixed_adapters(const FileTree& repo, const nlohmann::ordered_json& config);

// PeftModel.from_pretrained for the stored tensors, with `config` (adapter_config.json).  The package `peft` has to be
// among the sources of `base`, whose model is changed by it.  `graph`: of the base as it was.  Not known where the
// library's code could not be followed.
Known<Adapter> load_with_peft(const Checkpoint& adapter, const nlohmann::ordered_json& config,
                              const MixedAdapters& mixed, EvaluatedModel& base, const ModuleGraph& graph);

}  // namespace ckptlint
