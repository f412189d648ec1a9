// Reports that the library's own conversion of the stored keys raises an exception.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

// Other rules name it, and say what loading ends in.
bool has_cause(const Model& model) {
  if (!model.leftovers) return false;
  const std::vector<OtherPacking>& packings = model.leftovers->packings;
  return std::any_of(packings.begin(), packings.end(),
                     [](const OtherPacking& packing) { return packing.cause != OtherPacking::Cause::kParts; });
}

void check_failing_conversion(const Model& model, Findings& out) {
  if (model.loading->raises.empty() || (model.finish && *model.finish) || has_cause(model)) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`from_pretrained` ends in {}", model.loading->raises);
  if (model.loading->raised_at.known()) finding.labels = {Label::at(model.loading->raised_at, "raised here")};
  if (!model.checkpoint->shards.empty())
    finding.labels.push_back(
        Label::stored(model.checkpoint->shards.front().path, "", "the keys of the checkpoint lead to it"));
  if (!model.graph->library.empty()) {
    const Loading* compared = model.loading->compared.get();
    if (compared != nullptr && !compared->missing.empty())
      finding.notes.push_back(fmt::format("{} {} not stored, so that nothing can be moved from there",
                                          listed_names(model.graph->names_of(compared->missing)),
                                          compared->missing.size() == 1 ? "is" : "are"));
    return;
  }
  finding.notes.push_back(
      model.loading->compared
          ? "transformers 4 puts stored tensors into the model one by one, or hands them to the quantizer, once their "
            "keys are compared; it comes to no end with these"
          : "the library renames and converts stored keys before it compares them, and these do not fit its conversions");
}

}  // namespace

extern const Rule failing_conversion = {
    .name = "failing-conversion",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "the library's own conversion of the stored keys raises an exception",
    .why = "The model cannot be loaded: from_pretrained raises instead of reporting what is missing.",
    .example =
        "model.safetensors has `model.layers.0.mlp.experts.{0..7}.gate_proj.weight`, but no `up_proj.weight` "
        "of expert 3: its tensors cannot be stacked",
    .remedy =
        "Complete the checkpoint, or save it in one of the layouts that the library converts: see the entry "
        "of the model type in conversion_mapping.py.",
    .references =
        "`convert_and_load_state_dict_in_model` of transformers 5; `_get_key_renaming_mapping` of transformers 4.57.",
    .check = check_failing_conversion,
};

}  // namespace ckptlint
