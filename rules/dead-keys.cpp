// Reports stored tensors that the library leaves out by itself.
#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/predictions.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// Why it is left out.
enum class DeadKind : std::uint8_t { kUnused, kComputed, kPredictions };

DeadKind dead_kind(const Model& model, const UnexpectedKey& key) {
  if (is_for_unbuilt_predictions(model, key.stored)) return DeadKind::kPredictions;
  return key.unsaved != TensorId::kNone ? DeadKind::kComputed : DeadKind::kUnused;
}

// Read when further tokens are predicted.
bool is_read_later(const Model& model, const UnexpectedKey& key) {
  return is_for_predictions(model, key.stored) && !is_for_unbuilt_predictions(model, key.stored);
}

void check_dead_keys(const Model& model, Findings& out) {
  // Whoever wrote the pattern into the class beside the checkpoint knows of the keys.
  const SourceFile* file = model.graph->sources.find(model.graph->modules.front().class_span.file);
  if (file != nullptr && file->in_model_repo) return;
  std::map<DeadKind, std::vector<const UnexpectedKey*>> groups;
  for (const UnexpectedKey& key : model.leftovers->ignored) {
    if (!is_read_later(model, key)) groups[dead_kind(model, key)].push_back(&key);
  }
  for (const auto& [kind, keys] : groups) {
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kInfo;
    std::uint64_t bytes = 0;
    std::vector<TensorId> buffers;
    for (const UnexpectedKey* key : keys) {
      finding.tensors.push_back(key->key);
      bytes += model.checkpoint->tensors[key->stored].bytes();
      if (key->unsaved != TensorId::kNone) buffers.push_back(key->unsaved);
    }
    const bool one = keys.size() == 1;
    finding.message = fmt::format("{} {} stored, and left out on purpose: {} bytes that nothing reads",
                                  listed_names(finding.tensors), one ? "is" : "are", bytes);
    finding.labels = {
        stored_place(*model.checkpoint, model.checkpoint->tensors[keys.front()->stored], "left out without a word")};
    for (Label& label : places_of(model, buffers, "computed here instead")) {
      if (label.span.known()) finding.labels.push_back(std::move(label));
    }
    finding.notes.push_back(fmt::format(
        "a pattern of the model's class or of the library keeps {0} out of the report of "
        "`from_pretrained`; a strict `load_state_dict` refuses {0}, and so may releases that lack the pattern",
        one ? "it" : "them"));
    if (kind != DeadKind::kPredictions) continue;
    for (std::string& note : unbuilt_notes(*model.predictions)) finding.notes.push_back(std::move(note));
  }
}

}  // namespace

extern const Rule dead_keys = {
    .name = "dead-keys",
    .family = Family::kKeys,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "stored tensors that the library leaves out by itself",
    .why =
        "They are buffers of an older release, or parts that the class does not use, and from_pretrained "
        "passes over them in silence. They take room, and whoever loads the file with a strict "
        "`load_state_dict`, or with another release, gets an error or a warning.",
    .example = "model.safetensors has `text_model.embeddings.position_ids`, which the model computes by itself",
    .remedy = "Nothing has to be done. Saving the model with a newer release drops them.",
    .references = "transformers issues 44493 and 24505; `_adjust_missing_and_unexpected_keys` of transformers 5.",
    .check = check_dead_keys,
};

}  // namespace ckptlint
