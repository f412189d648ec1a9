// Reports that an adapter has tensors for modules that its base model does not have, or of other sizes.
#include <fmt/format.h>

#include <map>
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

void report_unmatched(const Model& model, const Adapter& adapter, Findings& out) {
  if (adapter.unmatched.empty()) return;
  Finding& finding = out.emplace_back();
  for (const std::uint32_t stored : adapter.unmatched)
    finding.tensors.emplace_back(model.checkpoint->tensors[stored].name);
  const std::size_t count = finding.tensors.size();
  finding.message =
      adapter.matched == 0
          ? fmt::format("none of the {} tensors of the adapter belongs to a module of the base model", count)
          : fmt::format("{} of the {} tensors of the adapter belong to no module of the base model", count,
                        count + adapter.matched);
  finding.labels.push_back(
      stored_place(*model.checkpoint, model.checkpoint->tensors[adapter.unmatched.front()], "the first of them"));
  if (adapter.edit) finding.notes.push_back("all match after one edit of the keys: " + words_of(*adapter.edit));
  finding.notes.push_back("PEFT leaves them out with a warning at most: the adapter does nothing there");
}

void report_mismatched(const Model& model, const Adapter& adapter, Findings& out) {
  // Tensors with the same two sizes are one finding.
  std::map<std::string, std::vector<const AdapterMismatch*>> groups;
  for (const AdapterMismatch& each : adapter.mismatched) {
    const StoredTensor& stored = model.checkpoint->tensors[each.stored];
    groups[fmt::format("{} {} {} {}", each.saved_whole, each.axis, each.expected,
                       model.checkpoint->shape(stored)[each.axis])]
        .push_back(&each);
  }
  for (const auto& [key, group] : groups) {
    const AdapterMismatch& first = *group.front();
    const StoredTensor& stored = model.checkpoint->tensors[first.stored];
    const std::int64_t found = model.checkpoint->shape(stored)[first.axis];
    Finding& finding = out.emplace_back();
    for (const AdapterMismatch* each : group)
      finding.tensors.emplace_back(model.checkpoint->tensors[each->stored].name);
    finding.message = fmt::format("{} {} for {} where the base model has {}", listed_names(finding.tensors),
                                  group.size() == 1 ? "is" : "are", found, first.expected);
    finding.labels.push_back(stored_place(*model.checkpoint, stored, "stored here"));
    if (found == 0)
      finding.notes.push_back(
          "nothing is stored of them: DeepSpeed ZeRO-3 leaves such placeholders where the values were not "
          "gathered before saving");
    else if (first.saved_whole && first.axis == 0)
      finding.notes.push_back(
          fmt::format("after the vocabulary was resized: `resize_token_embeddings({})` "
                      "on the base model before the adapter is loaded",
                      found));
    finding.notes.push_back("loading the adapter ends in \"size mismatch\"");
  }
}

void check(const Model& model, Findings& out) {
  report_unmatched(model, *model.adapter, out);
  report_mismatched(model, *model.adapter, out);
}

}  // namespace

extern const Rule unmatched_adapter = {
    .name = "unmatched-adapter",
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
    .check = check,
};

}  // namespace ckptlint
