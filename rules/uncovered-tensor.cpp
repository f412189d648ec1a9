// Reports that a device map given by hand leaves a tensor without a device.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_uncovered_tensor(const Model& model, Findings& out) {
  for (const Loss& loss : model.placements->losses) {
    if (loss.cause != LossCause::kNotCovered) continue;
    Finding& finding = out.emplace_back();
    finding.tensors = model.graph->names_of(loss.tensors);
    const bool one = loss.tensors.size() == 1;
    finding.message = fmt::format("the device map names no device for {}", listed_names(finding.tensors));
    finding.labels = places_of(model, loss.tensors, "registered here");
    finding.notes.push_back(
        fmt::format("no key of the map is {} name or the beginning of it up to a dot", one ? "its" : "their"));
    finding.remedies = {MendDeviceMap{}, WriteDeviceMap{loss.tensors}};
  }
}

}  // namespace

extern const Rule uncovered_tensor = {
    .name = "uncovered-tensor",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a device map given by hand leaves a tensor without a device",
    .why =
        "Every tensor of the state dict must be under some key of the map. accelerate raises \"ValueError: "
        "The device_map provided does not give any device for "
        "the following parameters\" for those that are not.",
    .example =
        "device_map = {\"model.layers\": 0, \"lm_head\": 0}  # model.embed_tokens and model.norm are under no key",
    .remedy = "Add the missing keys, or start from the complete map that is suggested for the same devices.",
    .references = "`check_device_map` of accelerate.",
    .check = check_uncovered_tensor,
};

}  // namespace ckptlint
