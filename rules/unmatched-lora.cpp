// Reports LoRA weights that a pipeline or a model of diffusers does not take, or takes in part.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

Finding& add(const Model& model, Findings& out, Severity severity, std::string message) {
  Finding& finding = out.emplace_back();
  finding.severity = severity;
  finding.message = std::move(message);
  if (model.checkpoint && !model.checkpoint->shards.empty())
    finding.labels.push_back(Label::stored(model.checkpoint->shards.front().path, "", "the LoRA weights"));
  return finding;
}

std::string ends(const CallEnd& end) { return fmt::format("`{}(...)` ends in {}{}", end.call, end.raises, end.place); }

void check_unmatched_lora(const Model& model, Findings& out) {
  const DiffusionLora& lora = *model.lora;
  if (!lora.base.raises.empty()) {
    add(model, out, Severity::kError, "the base pipeline cannot be made").notes.push_back(ends(lora.base));
    return;
  }
  if (!lora.load.raises.empty()) {
    add(model, out, Severity::kError,
        lora.is_converted || lora.load.call != "load_lora_weights"
            ? fmt::format("the LoRA weights cannot be loaded on `{}`", lora.pipeline)
            : std::string("diffusers cannot convert the names of the LoRA weights"))
        .notes.push_back(ends(lora.load));
    return;
  }
  if (lora.layers.empty()) {
    Finding& finding = add(model, out, Severity::kError,
                           fmt::format("the LoRA weights change nothing: no layer of `{}` takes any", lora.pipeline));
    for (const std::string& warning : lora.warnings) finding.notes.push_back(warning);
  }
  if (!lora.unexpected.empty())
    add(model, out, Severity::kWarning,
        fmt::format("no layer of `{}` takes {}", lora.pipeline, listed_names(lora.unexpected)))
        .notes.push_back(fmt::format("`{}` leaves them out and says so in its log", lora.load.call));
  if (!lora.left.empty() && !lora.layers.empty())
    add(model, out, Severity::kWarning,
        fmt::format("no component of `{}` is given {}", lora.pipeline, listed_names(lora.left)))
        .notes.push_back(
            fmt::format("by the first word of a key `{}` tells which component it is for; it leaves others out, and "
                        "says nothing",
                        lora.load.call));
  if (!lora.dropped.empty())
    add(model, out, Severity::kWarning,
        fmt::format("diffusers drops {} while it converts names", listed_names(lora.dropped)))
        .notes.push_back("without them, what it loads would be the same");
  if (!lora.missing.empty())
    add(model, out, Severity::kWarning, fmt::format("the LoRA weights lack {}", listed_names(lora.missing)))
        .notes.push_back(lora.is_unset
                             ? "these stay on the meta device, from which nothing moves them: `to(\"cuda\")` ends in "
                               "NotImplementedError: Cannot copy out of meta tensor; no data!"
                             : "these keep the values that PEFT gives new layers");
}

}  // namespace

extern const Rule unmatched_lora = {
    .name = "unmatched-lora",
    .family = Family::kAdapters,
    .severity = Severity::kError,
    .needs = Facts::kLora,
    .summary = "LoRA weights are not taken by the pipeline of diffusers that they are for, or in part",
    .why =
        "`load_lora_weights` converts the spellings of other programs and injects layers where names match. What no layer takes "
        "is left out with a line in the log; where nothing matches, the pipeline runs as if there were no LoRA.",
    .example = "pytorch_lora_weights.safetensors was trained on SDXL, and `--base` is Stable Diffusion 1.5",
    .remedy =
        "Save the weights with the pipeline's own `save_lora_weights`, or name the pipeline that they were trained on.",
    .references = "diffusers: `load_lora_weights`, `lora_state_dict`, `load_lora_adapter`.",
    .check = check_unmatched_lora,
};

}  // namespace ckptlint
