// Reports that stored keys that a pattern hides would be what the model lacks, under another name.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_hidden_weights(const Model& model, Findings& out) {
  for (const ShiftedKeys& hidden : model.leftovers->hidden) {
    Finding& finding = out.emplace_back();
    std::vector<TensorId> tensors;
    for (const KeyPair& pair : hidden.pairs) tensors.push_back(pair.tensor);
    finding.tensors = model.graph->names_of(tensors);
    const StoredTensor& stored = model.checkpoint->tensors[hidden.pairs.front().stored];
    finding.message = fmt::format("{} {} missing, and what fits is stored but ignored", listed_names(finding.tensors),
                                  tensors.size() == 1 ? "is" : "are");
    finding.labels = {
        stored_place(*model.checkpoint, stored, fmt::format("the model has it as `{}`", finding.tensors.front()))};
    for (Label& label : places_of(model, {tensors.front()}, "expected here"))
      finding.labels.push_back(std::move(label));
    finding.notes.push_back(
        "a pattern in `_keys_to_ignore_on_load_unexpected` takes the stored keys out of the report, so that "
        "only half of what is wrong is said");
  }
}

}  // namespace

extern const Rule hidden_weights = {
    .name = "hidden-weights",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "stored keys that a pattern hides would be what the model lacks, under another name",
    .why =
        "The pattern was written for keys that nothing uses. Here it hides weights that the model starts from "
        "random values instead.",
    .example =
        "_keys_to_ignore_on_load_unexpected = [r\"(^|\\.)mtp\\..*\"]\n# and the model has "
        "`model.mtp.layers.0.proj.weight`, which the checkpoint calls `mtp.layers.0.proj.weight`",
    .remedy = "Remove the pattern, and convert the keys: `base_model_prefix`, or an entry in conversion_mapping.py.",
    .references = "transformers issue 46129.",
    .check = check_hidden_weights,
};

}  // namespace ckptlint
