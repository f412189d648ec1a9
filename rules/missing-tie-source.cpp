// Reports that of two tied tensors only the one that repeats the other is stored.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_missing_tie_source(const Model& model, Findings& out) {
  for (const AliasAlone& alone : model.loading->aliases_alone) {
    const std::string& source = model.graph->tensor(alone.source).name;
    const std::string& target = model.graph->tensor(alone.target.tensor).name;
    Finding& finding = out.emplace_back();
    finding.severity = alone.lost ? Severity::kError : Severity::kInfo;
    finding.tensors = {source, target};
    finding.message =
        alone.lost ? fmt::format("`{}` is stored, and `{}`, to which loading ties it, is not: both end without a value",
                                 target, source)
                   : fmt::format("`{}` is stored under the name of what is tied to it, `{}`, alone", source, target);
    finding.labels = {stored_place(*model.checkpoint, model.checkpoint->tensors[alone.target.stored], "stored alone")};
    finding.notes.push_back(
        alone.lost
            ? "this release counts neither as missing and leaves both on the meta device; with `device_map` "
              "`from_pretrained` ends in \"NotImplementedError: Cannot copy out of meta tensor; no data!\". "
              "transformers 5 fills either from the other"
            : "`from_pretrained` fills either from the other; engines that read the file by themselves look for the "
              "name that `save_pretrained` keeps, which is that of the embedding");
  }
}

}  // namespace

extern const Rule missing_tie_source = {
    .name = "missing-tie-source",
    .family = Family::kKeys,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "of two tied tensors only the one that repeats the other is stored",
    .why =
        "transformers 5 takes whichever is there. Before it, what is loaded under the one name is tied to the other, "
        "which is empty, and lost without a word. Other loaders know one name: a converter that kept the output "
        "layer and dropped the embedding leaves them without an embedding.",
    .example =
        "config.json: \"tie_word_embeddings\": true\n"
        "model.safetensors has `lm_head.weight`, but no `model.decoder.embed_tokens.weight`",
    .remedy = "Load the model with transformers 5 and save it again with `save_pretrained`.",
    .references = "text-generation-inference issue 1057; safetensors issue 520.",
    .check = check_missing_tie_source,
};

}  // namespace ckptlint
