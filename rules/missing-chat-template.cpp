// Reports that the model card speaks of a model to chat with, and the tokenizer has no chat template.
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_missing_chat_template(const Model& model, Findings& out) {
  const TokenizerMade& tokenizer = *model.companions.tokenizer;
  // A processor may have one of its own.
  if (!tokenizer.is_for_chat || !tokenizer.end.raises.empty() || tokenizer.has_chat_template) return;
  const Known<ProcessorMade>& processor = model.companions.processor;
  if (processor || !processor.unknown().why.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kInfo;
  finding.message = "the model card has the tag `conversational`, and the tokenizer has no chat template";
  finding.labels.push_back(Label::stored("README.md", "tags", ""));
  finding.notes.emplace_back(
      "`apply_chat_template` ends in \"Cannot use chat template functions because tokenizer.chat_template is not set\"");
}

}  // namespace

extern const Rule missing_chat_template = {
    .name = "missing-chat-template",
    .family = Family::kCompanions,
    .severity = Severity::kInfo,
    .needs = Facts::kTokenizer,
    .summary = "the model card speaks of a model to chat with, and the tokenizer has no chat template",
    .why =
        "Programs that chat with a model ask its tokenizer how messages are written. Without a template they refuse, or "
        "each writes the messages in its own way, which is not that of the training.",
    .example =
        "README.md: \"tags: [conversational]\", and neither chat_template.jinja nor `chat_template` in tokenizer_config.json",
    .remedy = "Set `tokenizer.chat_template` and save the tokenizer again; or take the tag away.",
    .references = "`PreTrainedTokenizerBase.apply_chat_template` of transformers.",
    .check = check_missing_chat_template,
};

}  // namespace ckptlint
