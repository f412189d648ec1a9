// Reports that a persistent buffer of a module that automatic device maps split gets no device.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unplaceable_buffer(const Model& model, Findings& out) {
  for (const Loss& loss : model.placements->losses) {
    if (loss.cause != LossCause::kDroppedOnSplit || loss.top_level) continue;
    Finding& finding = out.emplace_back();
    finding.severity = severity_of(loss);
    finding.tensors = model.graph->names_of(loss.tensors);
    const bool one = loss.tensors.size() == 1;
    finding.message = fmt::format("{} get{} no device", listed_names(finding.tensors), one ? "s" : "");
    finding.labels = places_of(model, loss.tensors, "registered here, as a persistent buffer");
    finding.notes = notes_of(loss);
    finding.remedies = {KeepWhole{loss.tensors, {}}, DropPersistence{loss.tensors}, WriteDeviceMap{loss.tensors}};
  }
}

}  // namespace

extern const Rule unplaceable_buffer = {
    .name = "unplaceable-buffer",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a persistent buffer of a module that automatic device maps split gets no device",
    .why =
        "A module that does not fit on a device and may be split is replaced in the work list by its "
        "parameters and its children. Its own buffers are dropped on the way. A persistent buffer is in the "
        "state dict, so the finished map has to cover it: accelerate then raises \"ValueError: The device_map "
        "provided does not give any device for the following parameters\", and transformers leaves the buffer "
        "on the CPU, away from the tensors that it meets.",
    .example =
        "class Block(nn.Module):\n"
        "    def __init__(self, config):\n"
        "        super().__init__()\n"
        "        self.linear = nn.Linear(config.hidden_size, config.hidden_size)\n"
        "        self.register_buffer(\"scale\", torch.ones(1))  # dropped when a Block is split",
    .remedy =
        "Keep the module whole by naming its class in `_no_split_modules`; or register the buffer with "
        "`persistent=False`, if its value can be computed again, together with "
        "`_keys_to_ignore_on_load_unexpected` for the checkpoints that carry it and a branch of "
        "`_init_weights` that computes it; or pass a complete device map.",
    .references =
        "accelerate issues 3956 and 4014, pull request 4020: `infer_auto_device_map` "
        "drops the buffers of a split module.",
    .check = check_unplaceable_buffer,
};

}  // namespace ckptlint
