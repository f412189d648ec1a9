// Reports that a checkpoint of a whole model has an adapter in it that was not merged.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unmerged_adapter(const Model& model, Findings& out) {
  const UnmergedAdapter& adapter = model.leftovers->adapter;
  if (adapter.keys.empty()) return;
  Finding& finding = out.emplace_back();
  std::vector<TensorId> renamed;
  for (const ShiftedKeys& shift : adapter.shifted) {
    for (const KeyPair& pair : shift.pairs) renamed.push_back(pair.tensor);
  }
  finding.tensors = model.graph->names_of(renamed);
  const std::size_t count = adapter.keys.size();
  const bool lora = std::any_of(adapter.keys.begin(), adapter.keys.end(),
                                [](const UnexpectedKey& key) { return key.key.find(".lora_") != key.key.npos; });
  finding.message =
      fmt::format("{} adapter was saved with the model and not merged into it: {} of its tensors {} not loaded",
                  lora ? "a LoRA" : "an", count, count == 1 ? "is" : "are");
  if (!renamed.empty()) {
    finding.message += fmt::format(", nor {} of the model's, which {} other names here", renamed.size(),
                                   renamed.size() == 1 ? "has" : "have");
  }
  const StoredTensor& stored = model.checkpoint->tensors[adapter.keys.front().stored];
  finding.labels.push_back(stored_place(*model.checkpoint, stored, "of the adapter, not loaded"));
  if (!renamed.empty()) {
    const KeyPair& pair = adapter.shifted.front().pairs.front();
    finding.labels.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[pair.stored],
                                          fmt::format("the model has it as `{}`", finding.tensors.front())));
    finding.notes.emplace_back(
        "`from_pretrained` starts what is missing from random values, and says so in a warning "
        "alone");
  }
  if (renamed.empty() && model.loading->missing.empty()) {
    finding.severity = Severity::kWarning;
    finding.notes.emplace_back(
        "nothing of the model's is missing: if the adapter was merged into these weights, take its keys out of the file");
  }
  finding.notes.emplace_back(
      "merge it before saving: `model.merge_and_unload().save_pretrained(...)` of PEFT; or save the adapter alone and "
      "publish it as one");
  finding.notes.emplace_back("renaming or ignoring these keys would load the model without what was trained");
}

}  // namespace

extern const Rule unmerged_adapter = {
    .name = "unmerged-adapter",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "a checkpoint of a whole model has an adapter in it that was not merged",
    .why =
        "The layers that an adapter wraps have other names in the checkpoint, so that they start from random values, and "
        "the adapter itself is left out: what was trained is lost. Beside weights that are all there, the adapter may have "
        "been merged into them and left behind: a warning.",
    .example =
        "model.safetensors has `model.layers.0.self_attn.q_proj.base_layer.weight` and `...q_proj.lora_A.default.weight`",
    .remedy =
        "Merge the adapter and save again, or save the adapter alone. A pattern or a key mapping that silences the report "
        "gives the model as it was before training.",
    .references = "`merge_and_unload` of PEFT.",
    .check = check_unmerged_adapter,
};

}  // namespace ckptlint
