// Reports that `auto_map` names code that is not in the repo.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check(const Model& model, Findings& out) {
  const Config& config = *model.config;
  std::vector<const CodeReference*> missing;
  std::vector<std::string> files;
  for (const CodeReference& code : config.code) {
    if (code.file.empty() || code.present) continue;
    missing.push_back(&code);
    if (std::find(files.begin(), files.end(), code.file) == files.end()) files.push_back(code.file);
  }
  if (missing.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = config.known_type ? Severity::kWarning : Severity::kError;
  finding.message = fmt::format("`auto_map` names code in {}, which {} not in the repo", listed_names(files, 5),
                                files.size() == 1 ? "is" : "are");
  for (const CodeReference* code : missing) {
    if (finding.labels.size() == 4) break;
    finding.labels.push_back(
        Label::stored("config.json", "auto_map." + code->key, fmt::format("names `{}`", code->reference)));
  }
  if (!config.known_type) {
    finding.notes.push_back("`from_pretrained` cannot build the model without");
    return;
  }
  finding.notes.push_back(
      fmt::format("transformers has `{}` itself, so only `trust_remote_code=True` fails", config.model_type));
  if (missing.size() == config.code.size())
    finding.remedies.emplace_back(
        EditConfig{"auto_map", "", "right only if the library's own class is the one that was saved"});
}

}  // namespace

extern const Rule missing_remote_code = {
    .name = "missing-remote-code",
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "`auto_map` names code that is not in the repo",
    .why =
        "With trust_remote_code=True, and for a model that transformers does not have, from_pretrained ends "
        "in an OSError: the repo \"does not appear to have a file named modeling_x.py\".",
    .example =
        "config.json: \"auto_map\": {\"AutoModelForCausalLM\": "
        "\"modeling_x.XForCausalLM\"}, without modeling_x.py",
    .remedy =
        "Copy the files that the model was made from beside config.json, or name their repo: "
        "\"org/name--modeling_x.XForCausalLM\". Where transformers has the model by now, remove `auto_map`.",
    .references =
        "`get_class_from_dynamic_module` of transformers 5; transformers "
        "issues 20884, 46165; Megatron-Bridge pull request 3924.",
    .check = check,
};

}  // namespace ckptlint
