// Reports that a repo has an adapter beside the weights of a whole model.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kAdapterBesideKinds = {DefectKind::kAdapterBeside};

// Whether the adapter was merged into the weights, their values alone would tell.
void check_adapter_beside_weights(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kAdapterBesideKinds, out);
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].severity = Severity::kInfo;
    out[i].notes = {
        "where the package peft is installed, `from_pretrained` of transformers 5 puts the adapter on these weights if they "
        "are a local folder: an adapter that was merged into them counts twice",
        "of a repo of the Hub, and with transformers 4, it loads the base model that adapter_config.json names in place of "
        "these weights",
        "if the adapter was merged into the weights, take adapter_config.json and the adapter's weights out of the repo"};
  }
}

}  // namespace

extern const Rule adapter_beside_weights = {
    .name = "adapter-beside-weights",
    .family = Family::kAdapters,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint,
    .summary = "a repo has an adapter beside the weights of a whole model",
    .why =
        "from_pretrained takes adapter_config.json as the word for an adapter, whatever else the repo has. A merged model in "
        "which the adapter was left is loaded with the adapter on top of it, or not at all, by where it lies and by the "
        "release.",
    .example = "a merged model was saved into the folder of its adapter, where adapter_model.safetensors was left",
    .remedy = "Publish the merged model without the adapter's two files, and the adapter in a repo of its own.",
    .references = "`maybe_load_adapters` of transformers 5.23.0; `from_pretrained` of transformers 4.57.6.",
    .check = check_adapter_beside_weights,
};

}  // namespace ckptlint
