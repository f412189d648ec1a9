// Reports non-persistent buffers that only the first rank of FSDP sets, where that is asked for with `--fsdp`.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unset_on_other_ranks(const Model& model, Findings& out) {
  const std::vector<TensorId>& buffers = *model.unset_elsewhere;
  if (buffers.empty()) return;
  Finding& finding = out.emplace_back();
  finding.tensors = model.graph->names_of(buffers);
  const bool one = buffers.size() == 1;
  finding.message = fmt::format("{} {} computed on the first rank alone, where FSDP has it load the model for all",
                                listed_names(finding.tensors), one ? "is" : "are");
  finding.labels = places_of(model, buffers, "outside the state dict");
  finding.notes.push_back(
      "on other ranks the library counts the model itself as initialised, so that `_init_weights` is not "
      "called for it, and gives its buffers placeholders");
  finding.notes.push_back(
      "harmless where buffers are sent from the first rank to the others, as FSDP 1 does with `sync_module_states`");
}

}  // namespace

extern const Rule unset_on_other_ranks = {
    .name = "unset-on-other-ranks",
    .family = Family::kValues,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kRebuild | Facts::kFsdp,
    .summary = "a non-persistent buffer that only the first rank of FSDP sets (asked for with `--fsdp`)",
    .why =
        "With `cpu_ram_efficient_loading` one rank reads the checkpoint, and what is in the state dict is "
        "sent to the others. A non-persistent buffer is in no state dict: every rank has to compute it, and "
        "the library lets other ranks do so only for modules inside the model. One that is registered on the "
        "model itself is zero there.",
    .example =
        "class MyModel(PreTrainedModel):\n"
        "    def __init__(self, config):\n"
        "        self.register_buffer(\"table\", torch.arange(8), persistent=False)",
    .remedy = "Register the buffer on a module inside the model, and compute it in `_init_weights` for that module.",
    .references = "transformers PR 45050 and issue 45649; `_initialize_missing_keys` of transformers 5.",
    .check = check_unset_on_other_ranks,
};

}  // namespace ckptlint
