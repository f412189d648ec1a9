// Reports that an output layer is not stored, and `tie_word_embeddings` does not let it share the embedding.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_untied_head(const Model& model, Findings& out) {
  for (const Untied& untied : model.leftovers->untied) {
    const std::string& target = model.graph->tensor(untied.target).name;
    const std::string& source = model.graph->tensor(untied.source).name;
    Finding& finding = out.emplace_back();
    finding.tensors = {target};
    finding.message = fmt::format("`{}` is not stored, and the config does not tie it to `{}`", target, source);
    finding.labels = places_of(model, {untied.target}, "expected here");
    for (const MatchedKey& key : model.loading->matched) {
      if (key.tensor != untied.source) continue;
      finding.labels.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[key.stored], "stored alone"));
      break;
    }
    finding.notes.push_back(
        "with `\"tie_word_embeddings\": true` the class would share the one that is stored: either the config "
        "lost it, or the tensor was lost in saving");
    finding.remedies = tie_edits(true);
    finding.notes.push_back("as it is, `from_pretrained` starts it from random values, and says so in a warning alone");
  }
}

}  // namespace

extern const Rule untied_head = {
    .name = "untied-head",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "an output layer is not stored, and `tie_word_embeddings` does not let it share the embedding",
    .why =
        "from_pretrained starts the output layer from random values, with a warning alone: whatever the model "
        "computes, it answers noise.",
    .example =
        "config.json: \"tie_word_embeddings\": false\nmodel.safetensors "
        "has `model.embed_tokens.weight`, but no `lm_head.weight`",
    .remedy =
        "If the two were tied when the model was saved: set `tie_word_embeddings` to true in config.json. If "
        "not: save `lm_head.weight`.",
    .references = "Qwen3-VL-Embedding issue 89; ToolBench issue 311.",
    .check = check_untied_head,
};

}  // namespace ckptlint
