// Reports that PEFT raises an exception when it loads the adapter on its base model.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// The base model's name of a tensor that the adapter has of one of its modules; nothing of others.
std::string own_name(std::string name) {
  constexpr std::string_view kLead = "base_model.model.";
  if (!name.starts_with(kLead)) return "";
  name.erase(0, kLead.size());
  for (const std::string_view inner : {".token_adapter.base_layer.", ".base_layer."}) {
    if (const std::size_t at = name.find(inner); at != name.npos) name.replace(at, inner.size(), ".");
  }
  return name;
}

// What PEFT says of tokens beyond the vocabulary does not say that the base model was a larger one.
void say_resized(const Model& model, Finding& finding) {
  if (!model.graph) return;
  std::unordered_map<std::string_view, const Tensor*> own;
  for (const Tensor& tensor : model.graph->tensors) own.emplace(tensor.name, &tensor);
  for (const StoredTensor& stored : model.checkpoint->tensors) {
    const auto shape = model.checkpoint->shape(stored);
    const auto found = own.find(own_name(std::string(stored.name)));
    if (found == own.end() || shape.size() != 2) continue;
    const auto& expected = found->second->shape;
    if (expected.size() != 2 || expected[1] != shape[1] || expected[0] == shape[0]) continue;
    finding.labels.push_back(
        stored_place(*model.checkpoint, stored, fmt::format("the base model has {} rows here", expected[0])));
    finding.notes.push_back(
        fmt::format("it was saved on a base model whose vocabulary was resized: "
                    "`resize_token_embeddings({})` before the adapter is loaded",
                    shape[0]));
    return;
  }
}

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
  say_resized(model, finding);
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
