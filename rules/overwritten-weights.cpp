// Reports that `_init_weights` overwrites tensors that were loaded.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_overwritten_weights(const Model& model, Findings& out) {
  const std::vector<TensorId>& tensors = model.init_weights->overwritten;
  if (tensors.empty()) return;
  Finding& finding = out.emplace_back();
  finding.tensors = model.graph->names_of(tensors);
  finding.message = fmt::format("`_init_weights` writes {} again after {} loaded", listed_names(finding.tensors),
                                tensors.size() == 1 ? "it was" : "they were");
  finding.labels = places_of(model, tensors, "loaded, then overwritten");
  finding.notes.push_back(
      "transformers 5 calls `_init_weights` when the checkpoint is loaded, for modules with anything left "
      "to set, such as a non-persistent buffer: what writes in place does not see that a tensor is loaded");
  finding.remedies = {GuardWrites{tensors}};
}

}  // namespace

extern const Rule overwritten_weights = {
    .name = "overwritten-weights",
    .family = Family::kValues,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kRebuild,
    .summary = "`_init_weights` overwrites tensors that were loaded",
    .why =
        "The functions of `transformers.initialization`, and of torch.nn.init while they are guarded, leave "
        "alone what was loaded. Methods such as `normal_` and `zero_` do not: the weights are replaced by "
        "random values, and the report of from_pretrained is clean.",
    .example =
        "def _init_weights(self, module):\n    if isinstance(module, MyAttention):\n        module.bias.data.zero_()",
    .remedy =
        "Use `init.normal_`, `init.zeros_` and the like of `transformers.initialization` on the tensors "
        "themselves; or test `getattr(tensor, \"_is_hf_initialized\", False)` first.",
    .references = "transformers issue 46620; flash-linear-attention PR 754; `_initialize_weights` of transformers 5.",
    .check = check_overwritten_weights,
};

}  // namespace ckptlint
