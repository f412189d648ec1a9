// Reports that an adapter has tensors for modules that its base model does not have, or of other sizes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::string words_of(const PrefixEdit& edit) {
  if (edit.from.empty()) return fmt::format("put `{}.` before the name of every module", edit.to);
  if (edit.to.empty()) return fmt::format("take `{}.` from the front of every module's name", edit.from);
  return fmt::format("replace `{}` at the front of every module's name by `{}`", edit.from, edit.to);
}

// Told by the rule about the config, which needs no base model.
bool is_told(const Model& model, std::uint32_t stored) {
  if (!model.adapter_config) return false;
  return std::any_of(model.adapter_config->begin(), model.adapter_config->end(), [&](const auto& each) {
    return each.absent.empty() && std::binary_search(each.stored.begin(), each.stored.end(), stored);
  });
}

void report_unmatched(const Model& model, const AdapterLoad& adapter, Findings& out) {
  Finding finding;
  const StoredTensor* first = nullptr;
  for (const std::uint32_t stored : adapter.unmatched) {
    if (is_told(model, stored)) continue;
    if (first == nullptr) first = &model.checkpoint->tensors[stored];
    finding.tensors.emplace_back(model.checkpoint->tensors[stored].name);
  }
  for (const std::string& made : adapter.unmatched_made) finding.tensors.push_back(made);
  if (finding.tensors.empty()) return;
  const std::size_t count = finding.tensors.size(), all = model.checkpoint->tensors.size();
  finding.message =
      count == all ? fmt::format("none of the {} tensors of the adapter belongs to a module of the base model", all)
                   : fmt::format("{} of the {} tensors of the adapter {} to no module of the base model", count, all,
                                 count == 1 ? "belongs" : "belong");
  if (first != nullptr)
    finding.labels.push_back(stored_place(*model.checkpoint, *first, "the first of them"));
  else
    finding.labels.push_back({{}, "adapter_config.json", {}, "loaded on this base model"});
  if (first == nullptr)
    finding.notes.push_back("PEFT makes them of what is stored, and then leaves them out: " +
                            listed_names(finding.tensors));
  if (adapter.edit) finding.notes.push_back("all match after one edit of the keys: " + words_of(*adapter.edit));
  finding.notes.push_back(
      fmt::format("PEFT {} leaves them out with a warning at most: {}", model.adapter->peft,
                  count == all ? "what is served is the base model, in silence" : "the adapter does nothing there"));
  out.push_back(std::move(finding));
}

// Nothing is lost with what the layers compute themselves.
void report_recomputed(const Model& model, const AdapterLoad& adapter, Findings& out) {
  if (adapter.recomputed.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kInfo;
  for (const std::uint32_t stored : adapter.recomputed)
    finding.tensors.emplace_back(model.checkpoint->tensors[stored].name);
  const bool one = finding.tensors.size() == 1;
  finding.message = fmt::format("PEFT {} makes {} anew and does not read {}: {}", model.adapter->peft,
                                one ? "a tensor of the adapter" : "tensors of the adapter", one ? "it" : "them",
                                listed_names(finding.tensors));
  finding.labels.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[adapter.recomputed.front()],
                                        "the layer has a buffer of this name"));
  finding.notes.emplace_back(
      "they are buffers, which the layers' constructors make by the config: what was saved is lost only where another "
      "release or machine made other values");
}

// The first axis of another extent; nothing where the numbers of axes differ.
std::optional<std::size_t> differing_axis(const AdapterMismatch& each) {
  if (each.shape.size() != each.expected.size()) return std::nullopt;
  const auto [found, expected] = std::mismatch(each.shape.begin(), each.shape.end(), each.expected.begin());
  if (found == each.shape.end()) return std::nullopt;
  return static_cast<std::size_t>(found - each.shape.begin());
}

bool is_empty(const AdapterMismatch& each) {
  return std::find(each.shape.begin(), each.shape.end(), 0) != each.shape.end();
}

std::string sizes_of(const AdapterMismatch& each) {
  if (is_empty(each)) return "stored empty";
  if (const auto axis = differing_axis(each))
    return fmt::format("for {} where the base model has {}", each.shape[*axis], each.expected[*axis]);
  return fmt::format("[{}] where the base model needs [{}]", fmt::join(each.shape, ", "),
                     fmt::join(each.expected, ", "));
}

// A whole table or head that grew with the vocabulary.
bool is_resized(const AdapterMismatch& each) {
  const bool factor = each.name.find("lora_") != std::string::npos;
  return !factor && differing_axis(each) == std::size_t{0} && each.shape.size() == 2;
}

void report_mismatched(const Model& model, const AdapterLoad& adapter, Findings& out) {
  // Tensors with the same two sizes are one finding.
  std::map<std::string, std::vector<const AdapterMismatch*>> groups;
  for (const AdapterMismatch& each : adapter.mismatched) {
    if (!each.stored || !is_told(model, *each.stored)) groups[sizes_of(each)].push_back(&each);
  }
  for (const auto& [sizes, group] : groups) {
    const AdapterMismatch& first = *group.front();
    Finding& finding = out.emplace_back();
    for (const AdapterMismatch* each : group) finding.tensors.push_back(each->name);
    finding.message = fmt::format("{} {} {}", listed_names(finding.tensors), group.size() == 1 ? "is" : "are", sizes);
    if (first.stored)
      finding.labels.push_back(
          stored_place(*model.checkpoint, model.checkpoint->tensors[*first.stored], "stored here"));
    else
      finding.labels.push_back({{}, "adapter_config.json", {}, "loaded on this base model"});
    if (is_empty(first))
      finding.notes.push_back(
          "DeepSpeed ZeRO-3 leaves such placeholders where the values were not gathered before saving");
    else if (is_resized(first))
      finding.notes.push_back(
          fmt::format("after the vocabulary was resized: `resize_token_embeddings({})` "
                      "on the base model before the adapter is loaded",
                      first.shape[0]));
    finding.notes.push_back(
        fmt::format("loading the adapter with PEFT {} ends in \"size mismatch\"", model.adapter->peft));
  }
}

void check_unmatched_adapter(const Model& model, Findings& out) {
  report_unmatched(model, model.adapter->load, out);
  report_recomputed(model, model.adapter->load, out);
  report_mismatched(model, model.adapter->load, out);
}

}  // namespace

extern const Rule unmatched_adapter = {
    .name = "unmatched-adapter",
    .family = Family::kAdapters,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kAdapter,
    .summary = "an adapter has tensors for modules that its base model does not have, or of other sizes",
    .why =
        "PEFT loads what matches and leaves the rest, so that the adapter works in part or not at all; sizes "
        "that differ end in an error.",
    .example =
        "`base_model.model.layers.0.self_attn.q_proj.lora_A.weight`, and a base model in which that module is "
        "`model.layers.0.self_attn.q_proj`",
    .remedy =
        "Load the adapter on the model that it was trained on, with the release of transformers that names "
        "its modules alike; or rename the keys, where one edit of all is enough.",
    .references = "peft issues 1579, 2566; accelerate issue 3704; LlamaFactory issue 7062.",
    .check = check_unmatched_adapter,
};

}  // namespace ckptlint
