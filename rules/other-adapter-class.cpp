// Reports that the class which PEFT's own Auto class loads an adapter on is not the one on which it fits.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

std::string end_of(const AdapterLoad& load) {
  if (!load.raises.empty()) return "raises " + load.raises;
  if (!load.mismatched.empty()) return fmt::format("finds {} of its tensors of other sizes", load.mismatched.size());
  return fmt::format("leaves {} of its tensors out and finds {} missing",
                     load.unmatched.size() + load.unmatched_made.size(), load.missing.size());
}

void check_other_adapter_class(const Model& model, Findings& out) {
  const Adapter& adapter = *model.adapter;
  if (!adapter.load.by.empty() || !adapter.load.is_sound()) return;
  for (const AdapterLoad& other : adapter.others) {
    if (other.is_sound()) continue;
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kInfo;  // on its own class it is sound
    finding.message = fmt::format("{} loads this adapter on `{}`, and {}", other.by, other.base_class, end_of(other));
    finding.labels.push_back({{}, "adapter_config.json", {}, "`task_type`"});
    finding.notes.push_back(fmt::format(
        "it fits on `{0}`: load the base model with that class, and then `PeftModel.from_pretrained(model, ...)`",
        adapter.load.base_class));
    return;
  }
}

}  // namespace

extern const Rule other_adapter_class = {
    .name = "other-adapter-class",
    .family = Family::kAdapters,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint | Facts::kAdapter,
    .summary = "PEFT's Auto class takes another class of the base model than the one on which the adapter fits",
    .why =
        "`AutoPeftModelFor...` takes the class by `task_type`, which for a model of text and images may be that of the text "
        "alone. Its modules have other names there: the adapter is left out with a warning, and the base model answers.",
    .example =
        "`\"task_type\": \"CAUSAL_LM\"` of an adapter of `Qwen3_5ForConditionalGeneration`: `AutoPeftModelForCausalLM` takes "
        "`Qwen3_5ForCausalLM`",
    .remedy = "Say in the model card which class the base model is loaded with.",
    .references = "peft 0.21.2: `_BaseAutoPeftModel.from_pretrained`.",
    .check = check_other_adapter_class,
};

}  // namespace ckptlint
