// Reports that PEFT raises an exception when it loads the adapter on its base model.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unloadable_adapter(const Model& model, Findings& out) {
  const AdapterLoad& adapter = model.adapter->load;
  if (adapter.raises.empty()) return;
  // What the config alone decides is told better by the rule about it.
  if (model.adapter_config && !model.adapter_config->empty()) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("PEFT {} raises {}", model.adapter->peft, adapter.raises);
  finding.labels.push_back({{}, "adapter_config.json", {}, "loaded on this base model"});
  if (adapter.edit)
    finding.notes.push_back(
        fmt::format("the base model has these modules under other names: `{}` in place of `{}` in front",
                    adapter.edit->to, adapter.edit->from));
  if (adapter.raises.starts_with("KeyError"))
    finding.notes.emplace_back("the key is one that the adapter should store and does not");
}

}  // namespace

extern const Rule unloadable_adapter = {
    .name = "unloadable-adapter",
    .family = Family::kAdapters,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kAdapter,
    .summary = "PEFT raises an exception when it loads an adapter on its base model",
    .why = "The adapter cannot be used with this base model and this release of PEFT.",
    .example = "`\"target_modules\": [\"c_attn\"]`, and a base model that has no such module: ValueError",
    .remedy =
        "Load it on the model that it was trained on, with the releases of PEFT and transformers that it was trained with; "
        "or correct the field of `adapter_config.json` that the message names.",
    .references = "`PeftModel.from_pretrained` of peft 0.21.2.",
    .check = check_unloadable_adapter,
};

}  // namespace ckptlint
