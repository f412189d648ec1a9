// Reports that a device map given by hand leaves a non-persistent buffer on the CPU.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_uncovered_buffer(const Model& model, Findings& out) {
  for (const Loss& loss : model.placements->losses) {
    if (loss.cause != LossCause::kLeftBehind) continue;
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kWarning;
    finding.tensors = model.graph->names_of(loss.tensors);
    const bool one = loss.tensors.size() == 1;
    finding.message = fmt::format("the device map names no device for {}, which stay{} on the CPU",
                                  listed_names(finding.tensors), one ? "s" : "");
    finding.labels = places_of(model, loss.tensors, "registered here, as a non-persistent buffer");
    finding.notes = {
        fmt::format("{} in no state dict, so that `check_device_map` does not ask for {}", one ? "it is" : "they are",
                    one ? "it" : "them"),
        fmt::format("what is computed with {0} on an accelerator ends in \"Expected all tensors to be on the same "
                    "device\", unless the code moves {0}",
                    one ? "it" : "them")};
    finding.remedies = {MendDeviceMap{}};
  }
}

}  // namespace

extern const Rule uncovered_buffer = {
    .name = "uncovered-buffer",
    .family = Family::kPlacement,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a device map given by hand leaves a non-persistent buffer on the CPU",
    .why =
        "A non-persistent buffer is not in the state dict. The libraries check that a map covers the state "
        "dict and nothing else, so a map without, say, `model.rotary_emb` passes, and the buffers there stay "
        "on the CPU. The first forward that meets them on an accelerator fails, unless it moves them itself.",
    .example =
        "device_map = {\"model.embed_tokens\": 0, \"model.layers\": 0, \"model.norm\": 0, \"lm_head\": 0}\n"
        "# model.rotary_emb.inv_freq is under no key",
    .remedy = "Add a key for the module that holds the buffer, with the device of what uses it.",
    .references = "transformers issues 34456 and 30115; `check_device_map` of accelerate.",
    .check = check_uncovered_buffer,
};

}  // namespace ckptlint
