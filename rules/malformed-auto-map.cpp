// Reports what `auto_map` says in a form that the library cannot read.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool is_of_model(const BrokenReference& broken) {
  return broken.key.empty() || broken.key == "AutoConfig" || broken.key.starts_with("AutoModel");
}

// For a type that the library does not have, it goes by `auto_map` for the class of the config alone.
void check_config_class(const Model& model, Findings& out) {
  const Config& config = *model.config;
  const bool is_own = model.graph && model.graph->module_name.starts_with("transformers_modules.");
  if (!is_own || config.known_type || config.code.empty() || !config.broken_code.empty()) return;
  for (const CodeReference& code : config.code) {
    if (code.key == "AutoConfig") return;
  }
  Finding& finding = out.emplace_back();
  finding.message = fmt::format(
      "`auto_map` names no class for `AutoConfig`, and transformers does not have the type `{}`", config.model_type);
  finding.labels.push_back(Label::stored("config.json", "auto_map." + config.code.front().key,
                                         fmt::format("names `{}`", config.code.front().reference)));
  finding.notes.emplace_back(
      "the Auto classes read the config first, and end in a ValueError; `from_pretrained` of the model's own class works");
}

void check_malformed_auto_map(const Model& model, Findings& out) {
  check_config_class(model, out);
  for (const BrokenReference& broken : model.config->broken_code) {
    Finding& finding = out.emplace_back();
    const bool may_do_without = !broken.always && (model.config->known_type || !is_of_model(broken));
    finding.severity = may_do_without ? Severity::kWarning : Severity::kError;
    const std::string path = broken.key.empty() ? "auto_map" : "auto_map." + broken.key;
    finding.message = fmt::format("`{}` is {}, which names no class: {}", path, broken.written, broken.why);
    finding.labels.push_back(Label::stored("config.json", path, fmt::format("is {}", broken.written)));
    if (!broken.raises.empty()) finding.notes.push_back(fmt::format("the library ends in {}", broken.raises));
    if (!broken.always && model.config->known_type)
      finding.notes.push_back(fmt::format("transformers has `{}` itself, so only `trust_remote_code=True` comes to it",
                                          model.config->model_type));
  }
}

}  // namespace

extern const Rule malformed_auto_map = {
    .name = "malformed-auto-map",
    .family = Family::kCode,
    .severity = Severity::kError,
    .needs = Facts::kConfig,
    .summary = "`auto_map` names no class that the library could read",
    .why =
        "The library splits each reference at `--` and at the dot, and takes both halves: another number of them, or "
        "something that is no string, ends in a ValueError, a TypeError or an AttributeError that says nothing of "
        "`auto_map`. A path that leaves the repo has more than one dot or is absolute.",
    .example = "config.json: \"auto_map\": {\"AutoModel\": \"code.modeling_x.XModel\"}",
    .remedy =
        "Write `module.Class`, with the module's file beside config.json, or `org/name--module.Class` for the code of "
        "another repo.",
    .references = "`get_class_from_dynamic_module` and `AutoConfig.from_pretrained` of transformers 5.",
    .check = check_malformed_auto_map,
};

}  // namespace ckptlint
