// Reports that tensors are stored without elements, as ZeRO-3 leaves them.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_empty_placeholders(const Model& model, Findings& out) {
  const auto& placeholders = model.leftovers->placeholders;
  if (placeholders.empty()) return;
  Finding& finding = out.emplace_back();
  std::vector<TensorId> tensors;
  tensors.reserve(placeholders.size());
  for (const MismatchedKey& key : placeholders) tensors.push_back(key.tensor);
  finding.tensors = model.graph->names_of(tensors);
  finding.message =
      fmt::format("{} {} stored without elements", listed_names(finding.tensors), tensors.size() == 1 ? "is" : "are");
  finding.labels = {
      stored_place(*model.checkpoint, model.checkpoint->tensors[placeholders.front().stored], "a placeholder")};
  finding.notes.push_back(
      "DeepSpeed ZeRO-3 leaves such placeholders in the model while its parts lie on other ranks: the "
      "values were not gathered before saving, and are not in this checkpoint");
  for (const WeightSet& set : model.checkpoint->sets) {
    if (!set.difference || set.difference->other_shapes < placeholders.size() || set.difference->only_chosen != 0)
      continue;
    finding.notes.push_back(fmt::format("`{}` has them in other shapes: where that one is whole, delete `{}`",
                                        set.entry, finding.labels.front().file));
  }
}

}  // namespace

extern const Rule empty_placeholders = {
    .name = "empty-placeholders",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "tensors are stored without elements, as ZeRO-3 leaves them",
    .why =
        "The weights were not saved. from_pretrained raises on the sizes or, with "
        "`ignore_mismatched_sizes=True`, starts from random values.",
    .example = "model.safetensors has `model.layers.0.mlp.up_proj.weight` with the shape [0]",
    .remedy =
        "Gather before saving: `stage3_gather_16bit_weights_on_model_save`, or `zero_to_fp32.py` on the "
        "checkpoint of DeepSpeed.",
    .references = "transformers issue 20082; DeepSpeed issue 2413.",
    .check = check_empty_placeholders,
};

}  // namespace ckptlint
