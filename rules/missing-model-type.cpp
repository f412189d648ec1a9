// Reports that config.json does not say what model it is.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_missing_model_type(const Model& model, Findings& out) {
  if (model.config->has_class()) return;
  for (const CodeReference& code : model.config->code) {
    if (code.key == "AutoConfig") return;  // its own code is missing, which another rule says
  }
  Finding& finding = out.emplace_back();
  finding.message = "config.json has no `model_type`, by which AutoConfig tells what model it is";
  finding.labels.push_back(Label::stored("config.json", "model_type", "is not there"));
  finding.notes.push_back(
      "transformers before 5 takes the longest model type that the path or the repo's name contains, if one does");
  const auto& likely = model.config->likely_types;
  if (likely.size() == 1) {
    finding.remedies.emplace_back(
        EditConfig{"model_type", fmt::format("\"{}\"", likely.front()),
                   fmt::format("inferred from `architectures`, {}", model.config->architectures.front())});
  } else if (!likely.empty()) {
    finding.notes.push_back(
        fmt::format("{} is a class of {}", model.config->architectures.front(), listed_names(likely, 10)));
  }
}

}  // namespace

extern const Rule missing_model_type = {
    .name = "missing-model-type",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kConfig,
    .summary = "config.json does not say what model it is",
    .why = "AutoConfig ends in \"Unrecognized model in ... Should have a `model_type` key in its config.json\".",
    .example = "config.json: {\"architectures\": [\"BertForMaskedLM\"], \"hidden_size\": 768, ...}",
    .remedy = "Add `model_type`: where `architectures` names a class of one type alone, a fix does.",
    .references = "`AutoConfig.from_pretrained` of transformers 5; transformers issue 5475; transformers.js issue 921.",
    .check = check_missing_model_type,
};

}  // namespace ckptlint
