// Reports that tokenizer_config.json gives a token another number than the loaded tokenizer does.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostRenumberedShown = 3;

void check_renumbered_token(const Model& model, Findings& out) {
  const std::vector<RenumberedToken>& tokens = model.companions.tokenizer->renumbered;
  if (tokens.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kWarning;
  const RenumberedToken& first = tokens.front();
  finding.message = fmt::format("the token `{}` has the number {} in tokenizer_config.json, and {} once it is loaded",
                                first.text, first.declared, first.loaded ? std::to_string(*first.loaded) : "none");
  if (tokens.size() > 1) finding.message += fmt::format("; and {} more like this", tokens.size() - 1);
  for (std::size_t i = 0; i < tokens.size() && i < kMostRenumberedShown; ++i) {
    finding.labels.push_back(Label::stored("tokenizer_config.json", "added_tokens_decoder",
                                           fmt::format("{}: `{}`", tokens[i].declared, tokens[i].text)));
  }
  finding.notes.emplace_back(
      "a tokenizer that is read from tokenizer.json takes the numbers there, and puts behind the last of them what is not "
      "there; others take those of this table: one of the two gives the model another token than it was trained with");
}

}  // namespace

extern const Rule renumbered_token = {
    .name = "renumbered-token",
    .family = Family::kCompanions,
    .severity = Severity::kWarning,
    .needs = Facts::kTokenizer,
    .summary = "tokenizer_config.json gives a token another number than the loaded tokenizer does",
    .why =
        "`added_tokens_decoder` and tokenizer.json say the same thing twice. Where they differ, it depends on the "
        "program that loads them which row of the embedding a token gets.",
    .example =
        "tokenizer_config.json: \"added_tokens_decoder\": {\"2\": {\"content\": \"</s>\"}}, and tokenizer.json has it as 3",
    .remedy = "Load the tokenizer with which the model was trained and save it again: `save_pretrained` writes both.",
    .references = "`PreTrainedTokenizerBase._from_pretrained` of transformers.",
    .check = check_renumbered_token,
};

}  // namespace ckptlint
