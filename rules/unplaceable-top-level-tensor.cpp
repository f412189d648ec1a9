// Reports that a persistent buffer directly on the model or its base model gets no device in automatic device maps.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unplaceable_top_level_tensor(const Model& model, Findings& out) {
  for (const Loss& loss : model.placements->losses) {
    if (loss.cause != LossCause::kDroppedOnSplit || !loss.top_level) continue;
    Finding& finding = out.emplace_back();
    finding.severity = severity_of(loss);
    finding.tensors = model.graph->names_of(loss.tensors);
    const bool one = loss.tensors.size() == 1;
    finding.message = fmt::format(
        "{} get{} no device: {} directly on the model, which is split over devices as soon as there are two",
        listed_names(finding.tensors), one ? "s" : "", one ? "it sits" : "they sit");
    finding.labels = places_of(model, loss.tensors, "registered here, as a persistent buffer");
    finding.notes = notes_of(loss);
    finding.remedies = {DropPersistence{loss.tensors}, WriteDeviceMap{loss.tensors}};
  }
}

}  // namespace

extern const Rule unplaceable_top_level_tensor = {
    .name = "unplaceable-top-level-tensor",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a persistent buffer directly on the model or its base model gets no device in automatic device maps",
    .why =
        "Whatever does not fit on one device is split, the base model first of all, and a split drops the "
        "module's own buffers. One device passes, two fail: accelerate raises \"ValueError: The device_map "
        "provided does not give any device for the following parameters\". The model as a whole cannot be "
        "kept together, so `_no_split_modules` is no way out.",
    .example =
        "class MyModel(MyPreTrainedModel):\n"
        "    def __init__(self, config):\n"
        "        super().__init__(config)\n"
        "        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))\n"
        "        self.register_buffer(\"token_ids\", torch.tensor(config.token_ids))  # lost with two devices",
    .remedy =
        "If the value follows from the config: register it with `persistent=False`, compute it again in "
        "`_init_weights` (transformers 5 builds every model without memory and restores only what the "
        "checkpoint or `_init_weights` gives), and name its key in `_keys_to_ignore_on_load_unexpected` for "
        "the checkpoints that carry it. If it was learned: move it "
        "into a module without children, which is never split.",
    .references = "accelerate pull requests 2663 and 4020; transformers pull request 30273.",
    .check = check_unplaceable_top_level_tensor,
};

}  // namespace ckptlint
