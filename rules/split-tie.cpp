// Reports that two tensors that the config ties are both stored.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_split_tie(const Model& model, Findings& out) {
  for (const SplitTie& tie : model.loading->split_ties) {
    const std::string& target = model.graph->tensor(tie.target.tensor).name;
    const std::string& source = model.graph->tensor(tie.source.tensor).name;
    Finding& finding = out.emplace_back();
    finding.severity = tie.differ ? Severity::kWarning : Severity::kInfo;
    finding.tensors = {target, source};
    finding.message = tie.differ
                          ? fmt::format("`{}` and `{}` are tied and stored with different values", target, source)
                          : fmt::format("`{}` and `{}` are tied, and stored twice", target, source);
    for (const MatchedKey& key : {tie.target, tie.source})
      finding.labels.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[key.stored], "stored here"));
    const bool takes_one = !model.graph->tied_weights.has_value();
    finding.notes.push_back(
        !tie.differ ? "one of them says it all; loaders that know of the tie reject the other as unexpected"
        : takes_one ? "the class ties them whatever is stored: one is loaded over the other without a word"
                    : "transformers 5 keeps both and warns; releases before it, "
                      "and engines that trust the config, take one for both");
    if (tie.differ) finding.remedies = tie_edits(false);
  }
}

}  // namespace

extern const Rule split_tie = {
    .name = "split-tie",
    .family = Family::kKeys,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "two tensors that the config ties are both stored",
    .why =
        "Where they differ, releases and engines disagree about which is used: a head that was trained apart "
        "is thrown away without a word. Where they are equal, the "
        "second only takes room, and some loaders fail on its key.",
    .example =
        "config.json: \"tie_word_embeddings\": true\nmodel.safetensors has `lm_head.weight` and "
        "`model.embed_tokens.weight`, with other values",
    .remedy =
        "If they differ: set `tie_word_embeddings` to false. If they are equal: leave out `lm_head.weight`, "
        "as `save_pretrained` does.",
    .references = "transformers PR 42612 and PR 46456; vLLM issues 51063 and 3323.",
    .check = check_split_tie,
};

}  // namespace ckptlint
