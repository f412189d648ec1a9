// Reports an adapter whose config says one thing and whose stored tensors another.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

using Kind = AdapterContradiction::Kind;

std::string message_of(const AdapterContradiction& each, const std::string& names) {
  const std::size_t count = each.stored.size();
  const char* are = count == 1 ? "is" : "are";
  switch (each.kind) {
    case Kind::kLacksMagnitudes:
      return fmt::format("`use_dora` is true, and {} of the adapted modules {} no magnitude vector stored", count,
                         count == 1 ? "has" : "have");
    case Kind::kUnreadMagnitudes:
      return fmt::format("{} {} stored, and `use_dora` is not true: nothing reads {}", names, are,
                         count == 1 ? "it" : "them");
    case Kind::kLacksHalf:
      return fmt::format("{} {} stored without the other factor of the product", names, are);
    case Kind::kOtherRank:
      return fmt::format("{} {} of rank {} where `{}` says {}", names, are, each.found, each.field, each.expected);
    case Kind::kUntargeted:
      return fmt::format("{} {} stored, and `target_modules` does not mean {}", names, are,
                         count == 1 ? "the module" : "these modules");
    case Kind::kOtherPrompt:
      return fmt::format("the prompt has {} tokens where `num_virtual_tokens` says {}", each.found, each.expected);
    case Kind::kLacksTokens:
      return fmt::format("`{}` names tokens, and no rows for them are stored", each.field);
    case Kind::kOtherTokens:
      return fmt::format("{} has {} rows where `{}` names {} tokens", names, each.found, each.field, each.expected);
    case Kind::kLacksProjections:
      return fmt::format("{} {} not stored, and `save_projection` is not false", listed_names(each.absent),
                         each.absent.size() == 1 ? "is" : "are");
  }
  return "";
}

std::string note_of(Kind kind) {
  switch (kind) {
    case Kind::kLacksMagnitudes:
      return "PEFT starts the vectors from the base model's weights, with no more than a warning of missing adapter keys: "
             "what was trained of them is lost. If it was trained without DoRA, `use_dora` is to be false";
    case Kind::kUnreadMagnitudes:
      return "PEFT leaves them out in silence, and the adapter is another than was trained: `use_dora` is to be true";
    case Kind::kLacksHalf:
      return "PEFT starts the other factor anew, with a warning of missing adapter keys: the product is not what was "
             "trained";
    case Kind::kUntargeted:
      return "PEFT leaves them out in silence: the adapter does nothing there";
    case Kind::kLacksTokens:
      return "loading the adapter ends in a KeyError";
    case Kind::kLacksProjections:
      return "loading the adapter ends in a ValueError";
    case Kind::kOtherRank:
    case Kind::kOtherPrompt:
    case Kind::kOtherTokens:
      return "loading the adapter ends in \"size mismatch\"";
  }
  return "";
}

void check_contradictory_adapter(const Model& model, Findings& out) {
  for (const AdapterContradiction& each : *model.adapter_config) {
    Finding& finding = out.emplace_back();
    for (const std::uint32_t stored : each.stored) finding.tensors.emplace_back(model.checkpoint->tensors[stored].name);
    finding.message = message_of(each, listed_names(finding.tensors));
    if (!each.absent.empty()) finding.tensors = each.absent;
    finding.labels.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[each.stored.front()],
                                          each.absent.empty() ? "stored here" : "stored, without what belongs to it"));
    finding.labels.push_back({{}, "adapter_config.json", {}, fmt::format("`{}`", each.field)});
    finding.notes.push_back(note_of(each.kind));
  }
}

}  // namespace

extern const Rule contradictory_adapter = {
    .name = "contradictory-adapter",
    .family = Family::kAdapters,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kAdapterConfig,
    .summary = "an adapter's config says one thing and its stored tensors another",
    .why =
        "PEFT makes the adapter's layers from `adapter_config.json` and then loads what fits: what is stored beyond them is "
        "dropped, what is lacking is started anew, and what has another size ends loading. No base model is needed to "
        "see it.",
    .example = "`\"use_dora\": true`, and no `lora_magnitude_vector` in adapter_model.safetensors",
    .remedy = "Publish the config that the adapter was trained with, or the tensors that it lacks.",
    .references = "peft 0.21.2: `set_peft_model_state_dict`, `LoraLayer.update_layer`, `get_pattern_key`.",
    .check = check_contradictory_adapter,
};

}  // namespace ckptlint
