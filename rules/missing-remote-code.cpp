// Reports that `auto_map` names code that is not in the repo.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool fails(const CodeReference& code) { return code.lacks_class || (!code.file.empty() && !code.present); }

bool is_code_of_model(const CodeReference* code) {
  return code->key == "AutoConfig" || code->key.starts_with("AutoModel");
}

std::string class_of(const CodeReference& code) { return code.reference.substr(code.reference.rfind('.') + 1); }

std::string message(const std::vector<const CodeReference*>& failing) {
  std::vector<std::string> files, classes;
  for (const CodeReference* code : failing) {
    std::vector<std::string>& names = code->lacks_class ? classes : files;
    const std::string name = code->lacks_class ? class_of(*code) : code->file;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (files.empty())
    return fmt::format("`auto_map` names {}, which {} not in the code of the repo", listed_names(classes, 5),
                       classes.size() == 1 ? "is" : "are");
  return fmt::format("`auto_map` names code in {}, which {} not in the repo", listed_names(files, 5),
                     files.size() == 1 ? "is" : "are");
}

void check_missing_remote_code(const Model& model, Findings& out) {
  const Config& config = *model.config;
  std::vector<const CodeReference*> failing;
  for (const CodeReference& code : config.code) {
    if (fails(code)) failing.push_back(&code);
  }
  // A config that somebody has taken out of its repo lacks all of them.
  const bool is_alone = !model.checkpoint && std::none_of(config.code.begin(), config.code.end(),
                                                          [](const CodeReference& code) { return code.present; });
  if (failing.empty() || is_alone) return;
  Finding& finding = out.emplace_back();
  const bool of_model = std::any_of(failing.begin(), failing.end(), is_code_of_model);
  finding.severity = config.known_type || !of_model ? Severity::kWarning : Severity::kError;
  finding.message = message(failing);
  for (const CodeReference* code : failing) {
    if (finding.labels.size() == 4) break;
    finding.labels.push_back(
        Label::stored("config.json", "auto_map." + code->key, fmt::format("names `{}`", code->reference)));
  }
  if (!of_model) {
    finding.notes.push_back("the model loads; what these keys stand for does not");
    return;
  }
  if (!config.known_type) {
    std::vector<std::string> classes;
    for (const CodeReference* code : failing) {
      if (is_code_of_model(code) && std::find(classes.begin(), classes.end(), code->key) == classes.end())
        classes.push_back(code->key);
    }
    finding.notes.push_back(fmt::format("`from_pretrained` of {} ends in it", listed_names(classes)));
    return;
  }
  finding.notes.push_back(
      fmt::format("transformers has `{}` itself, so only `trust_remote_code=True` fails", config.model_type));
  if (failing.size() == config.code.size())
    finding.remedies.emplace_back(
        EditConfig{"auto_map", "", "right only if the library's own class is the one that was saved"});
}

}  // namespace

extern const Rule missing_remote_code = {
    .name = "missing-remote-code",
    .family = Family::kCode,
    .severity = Severity::kError,
    .needs = Facts::kConfig,
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
    .check = check_missing_remote_code,
};

}  // namespace ckptlint
