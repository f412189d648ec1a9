// Reports that a non-persistent buffer that nothing computes again holds garbage after loading.
#include <fmt/format.h>

#include <map>
#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unset_buffer(const Model& model, Findings& out) {
  std::map<std::string, std::vector<TensorId>> groups;  // by the class of the owner
  for (const TensorId id : model.init_weights->unset_buffers) {
    const Tensor& tensor = model.graph->tensor(id);
    groups[model.graph->module(tensor.owner).class_name].push_back(id);
  }
  for (const auto& [owner, tensors] : groups) {
    Finding& finding = out.emplace_back();
    finding.tensors = model.graph->names_of(tensors);
    const bool one = tensors.size() == 1;
    finding.message =
        fmt::format("{} hold{} uninitialised memory after loading", listed_names(finding.tensors), one ? "s" : "");
    finding.labels = places_of(model, tensors, "computed here, and lost: the model is built on the meta device");
    finding.notes.push_back(fmt::format(
        "not in the state dict (`persistent=False`), so no checkpoint restores {}, and no `_init_weights` writes {}",
        one ? "it" : "them", one ? "it" : "them"));
    finding.remedies = {RebuildBuffers{tensors}};
  }
}

}  // namespace

extern const Rule unset_buffer = {
    .name = "unset-buffer",
    .family = Family::kValues,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kRebuild,
    .summary = "a non-persistent buffer that nothing computes again holds garbage after loading",
    .why =
        "from_pretrained of transformers 5 builds the model on the meta device, where tensors have no values. "
        "What the constructor computed is gone; parameters and persistent buffers come from the checkpoint, "
        "and a non-persistent buffer is given uninitialised memory which only `_init_weights` can fill. "
        "Nothing is raised and nothing is logged.",
    .example =
        "self.register_buffer(\"freqs\", torch.arange(0, dim, 2) / dim, persistent=False)\n"
        "# and no _init_weights writes module.freqs",
    .remedy =
        "Compute it in `_init_weights` too: `if isinstance(module, MyModule): init.copy_(module.freqs, ...)`, "
        "with `init` from `transformers.initialization`.",
    .references = "transformers issues 45902 and 48892; `_move_missing_keys_from_meta_to_device` of transformers 5.",
    .check = check_unset_buffer,
};

}  // namespace ckptlint
