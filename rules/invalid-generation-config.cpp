// Reports a generation_config.json that the release refuses, when it loads it or when it saves it again.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool can_generate(const Model& model) { return !model.token_embeddings || model.token_embeddings->can_generate; }

void check_invalid_generation_config(const Model& model, Findings& out) {
  const GenerationMade& made = *model.companions.generation;
  const CallEnd& end = made.end.raises.empty() ? made.saved : made.end;
  if (end.raises.empty()) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`{}` raises {}", end.call, end.raises);
  finding.labels.push_back(Label::stored("generation_config.json", "", ""));
  if (!end.place.empty()) finding.notes.push_back("raised in the code that loads it" + end.place);
  if (&end == &made.saved) {
    finding.severity = Severity::kWarning;
    finding.notes.emplace_back("the model loads; `save_pretrained` of it ends in this, after training as well");
  } else if (end.raises.starts_with("OSError")) {
    finding.severity = Severity::kWarning;
    finding.notes.emplace_back("the model loads without the file, and generates as its config alone says");
  } else if (!can_generate(model)) {
    finding.severity = Severity::kWarning;
    finding.notes.emplace_back("this model does not generate, so loading it does not read the file");
  } else {
    finding.notes.emplace_back("`from_pretrained` of the model reads the file too, and ends in this");
  }
}

}  // namespace

extern const Rule invalid_generation_config = {
    .name = "invalid-generation-config",
    .family = Family::kCompanions,
    .severity = Severity::kError,
    .needs = Facts::kGeneration,
    .summary = "generation_config.json has what this release refuses",
    .why =
        "Loading a model that generates reads the file, and an exception there ends the loading. What is checked only when "
        "it is saved ends `save_pretrained`, most often at the end of a training.",
    .example = "generation_config.json: {\"max_new_tokens\": 0}",
    .remedy = "Give the field a value that the exception names, or take it out.",
    .references = "`GenerationConfig.validate` of transformers.",
    .check = check_invalid_generation_config,
};

}  // namespace ckptlint
