// Reports that the tokenizer cannot be loaded.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_unloadable_tokenizer(const Model& model, Findings& out) {
  const CallEnd& end = model.companions.tokenizer->end;
  if (end.raises.empty()) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`{}` raises {}", end.call, end.raises);
  finding.labels.push_back(Label::stored(end.file.empty() ? "tokenizer_config.json" : end.file, "", ""));
  if (!end.place.empty()) finding.notes.push_back("raised in the code that loads it" + end.place);
}

}  // namespace

extern const Rule unloadable_tokenizer = {
    .name = "unloadable-tokenizer",
    .family = Family::kCompanions,
    .severity = Severity::kError,
    .needs = Facts::kTokenizer,
    .summary = "the tokenizer cannot be loaded by this release",
    .why =
        "The weights load, and nobody can use them: AutoTokenizer.from_pretrained ends in an exception. Fields of "
        "tokenizer_config.json change their form between releases, and what one saves another refuses.",
    .example = "tokenizer_config.json: \"extra_special_tokens\": \"<x>\"",
    .remedy =
        "Save the tokenizer again with the release that people use (`tokenizer.save_pretrained`), or give the field the form "
        "that the line named in the report accepts.",
    .references = "`AutoTokenizer` and `PreTrainedTokenizerBase._from_pretrained` of transformers.",
    .check = check_unloadable_tokenizer,
};

}  // namespace ckptlint
