// Reports that an adapter lacks tensors which PEFT makes for its config over its base model.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// Told by the rule about the config, which needs no base model.
bool is_told(const Model& model, const std::string& name) {
  if (!model.adapter_config) return false;
  return std::any_of(model.adapter_config->begin(), model.adapter_config->end(), [&](const auto& each) {
    return std::any_of(each.absent.begin(), each.absent.end(), [&](const std::string& absent) {
      const std::size_t end =
          absent.ends_with(".weight") ? absent.size() - std::string_view(".weight").size() : absent.size();
      return name.starts_with(absent.substr(0, end) + ".");
    });
  });
}

void check_incomplete_adapter(const Model& model, Findings& out) {
  const AdapterLoad& adapter = model.adapter->load;
  // Names that fit nothing are one cause, which another rule tells.
  if (!adapter.raises.empty() || !adapter.unmatched.empty() || !adapter.unmatched_made.empty()) return;
  Finding finding;
  for (const std::string& name : adapter.missing) {
    if (!is_told(model, name)) finding.tensors.push_back(name);
  }
  if (finding.tensors.empty()) return;
  const std::size_t count = finding.tensors.size();
  finding.severity = adapter.matched == 0 ? Severity::kError : Severity::kWarning;
  finding.message = fmt::format("{} tensor{} of the adapter {} not stored: {}", count, count == 1 ? "" : "s",
                                count == 1 ? "is" : "are", listed_names(finding.tensors));
  finding.labels.push_back({{}, "adapter_config.json", {}, "asks for them, over this base model"});
  finding.notes.emplace_back(
      "PEFT starts them anew, with a warning (\"Found missing adapter keys while loading the checkpoint\"): the adapter "
      "does nothing there, or not what was trained");
  if (adapter.matched == 0)
    finding.notes.emplace_back("no tensor of the adapter is stored: what is served is the base model, in silence");
  out.push_back(std::move(finding));
}

}  // namespace

extern const Rule incomplete_adapter = {
    .name = "incomplete-adapter",
    .family = Family::kAdapters,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint | Facts::kAdapter,
    .summary = "an adapter lacks tensors that its config asks for over its base model",
    .why =
        "PEFT makes them and starts them anew, with a warning alone. Of a low-rank product that leaves the module as the "
        "base model has it; of other kinds it changes what the model computes.",
    .example =
        "`\"target_modules\": [\"q_proj\", \"v_proj\"]`, and tensors of `q_proj` alone in adapter_model.safetensors",
    .remedy =
        "Save the adapter with `save_pretrained` of the PEFT model, or name in `target_modules` what is stored, where the "
        "rest was never trained.",
    .references = "`PeftModel.from_pretrained` of peft 0.21.2.",
    .check = check_incomplete_adapter,
};

}  // namespace ckptlint
