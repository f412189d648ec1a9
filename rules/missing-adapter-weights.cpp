// Reports that adapter_config.json lies in a repo without the weights of an adapter.
#include <algorithm>
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kMissingAdapterKinds = {DefectKind::kAdapterAbsent};

void check_missing_adapter_weights(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kMissingAdapterKinds, out);
  const auto& sets = model.checkpoint->sets;
  const bool mlx =
      std::any_of(sets.begin(), sets.end(), [](const WeightSet& set) { return set.entry == "adapters.safetensors"; });
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].notes.clear();
    if (mlx || !model.checkpoint->has_weights()) out[i].severity = Severity::kError;
    if (mlx) {
      out[i].notes.emplace_back("adapters.safetensors is what MLX saves and loads; PEFT does not read it");
      continue;
    }
    if (!model.checkpoint->has_weights()) {
      out[i].notes.emplace_back("`save_pretrained` of PEFT's model writes both; upload the other file");
      continue;
    }
    out[i].notes.emplace_back(
        "where the package peft is installed, `from_pretrained` looks for the adapter after the weights and ends in a "
        "FileNotFoundError; transformers 4 loads the base model that the file names instead of these weights");
    out[i].notes.emplace_back(
        "if the adapter was merged into the weights, remove adapter_config.json; otherwise upload the adapter's weights");
  }
}

}  // namespace

extern const Rule missing_adapter_weights = {
    .name = "missing-adapter-weights",
    .family = Family::kAdapters,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "adapter_config.json is there, and the weights of the adapter are not",
    .why =
        "from_pretrained takes adapter_config.json as the word for an adapter, whatever else the repo has, and PEFT reads "
        "the adapter's weights from adapter_model.safetensors or adapter_model.bin alone.",
    .example = "a merged model was saved into the folder of its adapter, whose adapter_config.json was left there",
    .remedy = "Remove adapter_config.json from the repo of a merged model; upload the weights of an adapter.",
    .references = "`find_adapter_config_file` and `load_adapter` of transformers; `load_peft_weights` of PEFT.",
    .check = check_missing_adapter_weights,
};

}  // namespace ckptlint
