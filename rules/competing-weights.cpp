// Reports that two sets of weights in one repo hold different tensors.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

// Sets differ in a few names where one was made from the other: tied tensors, buffers that are no longer saved.
bool is_another_model(const SetDifference& difference) {
  return difference.other_shapes > 0 || difference.same < 4 * (difference.only_there + difference.only_chosen);
}

void check_competing_weights(const Model& model, Findings& out) {
  const auto& sets = model.checkpoint->sets;
  const auto chosen = std::find_if(sets.begin(), sets.end(), [](const WeightSet& set) { return set.chosen; });
  if (chosen == sets.end() || !chosen->automatic || model.checkpoint->named) return;
  for (const WeightSet& set : sets) {
    if (set.chosen || !set.difference || !is_another_model(*set.difference)) continue;
    const SetDifference& difference = *set.difference;
    Finding& finding = out.emplace_back();
    // Files that from_pretrained never looks for are there for other loaders.
    const bool looked_for = set.why.starts_with("passed over");
    finding.severity = looked_for ? Severity::kWarning : Severity::kInfo;
    finding.message = fmt::format("`{}` and `{}` hold different tensors", chosen->entry, set.entry);
    finding.labels.push_back(Label::stored(chosen->entry, "", "taken by `from_pretrained`: " + chosen->why));
    finding.labels.push_back(Label::stored(set.entry, difference.example, set.why));
    finding.notes.push_back(
        fmt::format("{} in the first alone, {} in the second alone, {} in both with other shapes, {} alike",
                    difference.only_chosen, difference.only_there, difference.other_shapes, difference.same));
    finding.notes.push_back("loaders that take every weight file of a folder mix the two");
  }
}

}  // namespace

extern const Rule competing_weights = {
    .name = "competing-weights",
    .family = Family::kFiles,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint,
    .summary = "two sets of weights in one repo hold different tensors",
    .why =
        "from_pretrained takes the first that it finds and never looks at the other, which may be the one "
        "that was meant; loaders that take every file of a folder load both.",
    .example =
        "model.safetensors, quantized, beside model.safetensors.index.json "
        "and the shards that it was made from",
    .remedy = "Keep one of them, or move the other to a folder of its own.",
    .references = "vllm issues 4989, 40765; mlx-vlm issue 1329; lerobot issue 826.",
    .check = check_competing_weights,
};

}  // namespace ckptlint
