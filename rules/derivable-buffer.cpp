// Reports that a buffer that the constructor computes from the config is stored all the same.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// A device map loses it, which is said with the same remedy.
bool is_lost(const Model& model, TensorId id) {
  if (!model.placements) return false;
  const std::vector<Loss>& losses = model.placements->losses;
  return std::any_of(losses.begin(), losses.end(), [&](const Loss& loss) {
    return std::find(loss.tensors.begin(), loss.tensors.end(), id) != loss.tensors.end();
  });
}

void check_derivable_buffer(const Model& model, Findings& out) {
  std::map<std::string, std::vector<TensorId>> groups;  // by the class of the owner
  for (const TensorId id : model.loading->recomputed) {
    const Tensor& tensor = model.graph->tensor(id);
    if (is_derived(tensor) && !is_lost(model, id)) groups[model.graph->module(tensor.owner).class_name].push_back(id);
  }
  for (const auto& [owner, tensors] : groups) {
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kInfo;
    finding.tensors = model.graph->names_of(tensors);
    const bool one = tensors.size() == 1;
    finding.message = fmt::format("{} follow{} from the config, and {} stored all the same",
                                  listed_names(finding.tensors), one ? "s" : "", one ? "is" : "are");
    finding.labels = places_of(model, tensors, "computed here, and registered as a persistent buffer");
    finding.notes.push_back(fmt::format(
        "the stored value{} that of the constructor; a persistent buffer has to be in every checkpoint, and a "
        "device map has to give it a device",
        one ? " is" : "s are"));
    finding.remedies = {DropPersistence{tensors}};
  }
}

}  // namespace

extern const Rule derivable_buffer = {
    .name = "derivable-buffer",
    .family = Family::kValues,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "a buffer that the constructor computes from the config is stored all the same",
    .why =
        "A persistent buffer is part of the state dict: checkpoints that lack it load with a warning, those "
        "that have another size of it fail, tools that know of parameters alone drop it, and automatic device "
        "maps leave it without a device where its module is split. "
        "One that is computed anyway has all of this for nothing.",
    .example = "self.register_buffer(\"position_ids\", torch.arange(config.max_position_embeddings))",
    .remedy =
        "Register it with `persistent=False`, with a pattern in `_keys_to_ignore_on_load_unexpected` for the "
        "checkpoints that carry it and, for transformers 5, which builds models without values, a branch of "
        "`_init_weights` that computes it again. A buffer that "
        "is trained, counted or calibrated stays as it is.",
    .references =
        "transformers issues 6882 and 44493, pull request 24505; vLLM "
        "pull request 44371; accelerate issues 3956 and 4014.",
    .check = check_derivable_buffer,
};

}  // namespace ckptlint
