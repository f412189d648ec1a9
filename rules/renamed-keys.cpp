// Reports that tensors are stored under a word that is another one in the model.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_renamed_keys(const Model& model, Findings& out) {
  for (const RenamedKeys& renamed : model.leftovers->renamed) {
    Finding& finding = out.emplace_back();
    std::vector<TensorId> tensors;
    for (const KeyPair& pair : renamed.pairs) tensors.push_back(pair.tensor);
    finding.tensors = model.graph->names_of(tensors);
    const bool one = tensors.size() == 1;
    finding.message = fmt::format("{} {} missing, and stored under `{}` where the model says `{}`",
                                  listed_names(finding.tensors), one ? "is" : "are", renamed.from, renamed.to);
    finding.labels = places_of(model, {tensors.front()}, fmt::format("called `{}` here", renamed.to));
    const StoredTensor& stored = model.checkpoint->tensors[renamed.pairs.front().stored];
    finding.labels.insert(finding.labels.begin(), stored_place(*model.checkpoint, stored, "not loaded"));
    finding.notes.push_back(fmt::format("the rest of {} the same, and so {} the shape{}",
                                        one ? "the name is" : "their names is", one ? "is" : "are", one ? "" : "s"));
    finding.notes.push_back(
        "`from_pretrained` starts what is missing from random or constant values, and says so in a warning alone");
    finding.remedies = {MapKeys{renamed.from, renamed.to, true, stored_names(model, renamed.pairs)}};
  }
}

}  // namespace

extern const Rule renamed_keys = {
    .name = "renamed-keys",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "tensors are stored under a word that is another one in the model",
    .why =
        "An attribute of the code was renamed after the checkpoint was saved, or the reverse. from_pretrained "
        "leaves out what it does not expect and starts what is missing from random values.",
    .example =
        "self.target_model = ...\n"
        "# model.safetensors has `patched_model.up.weight`",
    .remedy =
        "Rename the stored keys, or the attribute; or pass `key_mapping={r\"old\\.\": \"new.\"}` to "
        "from_pretrained; or register a conversion for the model type.",
    .references = "transformers issues 11809 and 26796; lerobot PR 1256.",
    .check = check_renamed_keys,
};

}  // namespace ckptlint
