// Reports that without trust_remote_code=True another model is loaded, the library's own, that does not fit.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void add_names(const std::vector<std::string>& names, const char* end, Finding& finding) {
  if (!names.empty()) finding.notes.push_back(fmt::format("{} {}", listed_names(names), end));
}

void check_other_model_untrusted(const Model& model, Findings& out) {
  if (!*model.without_code) return;
  const WithoutCode& other = **model.without_code;
  // What ends in an exception tells itself.
  const bool loads = other.raises.empty() && other.mismatched.empty();
  Finding& finding = out.emplace_back();
  finding.severity = loads ? Severity::kWarning : Severity::kInfo;
  const std::string type = model.config->model_type;
  if (!other.raises.empty()) {
    finding.message =
        fmt::format("without `trust_remote_code=True` the library takes its own code for `{}`, and loading ends in {}",
                    type, other.raises);
  } else {
    finding.message = fmt::format(
        "without `trust_remote_code=True` the library loads its own `{}` for `{}`, which does not fit what is stored",
        other.class_name, type);
  }
  finding.labels.push_back(Label::stored("config.json", "auto_map", "names the code of the repo"));
  add_names(other.missing, "of that model would be left at random", finding);
  add_names(other.unexpected, "would be left out", finding);
  add_names(other.mismatched, "have another shape there, in which loading ends", finding);
  finding.notes.emplace_back("everything else here is said of the code of the repo");
}

}  // namespace

extern const Rule other_model_untrusted = {
    .name = "other-model-untrusted",
    .family = Family::kCode,
    .severity = Severity::kWarning,
    .needs = Facts::kConfig | Facts::kWithoutCode,
    .summary = "without trust_remote_code=True another model is loaded, which does not fit what is stored",
    .why =
        "Where the library knows the `model_type` itself, from_pretrained asks nobody for trust: unless it is given "
        "trust_remote_code=True it passes over `auto_map` and takes its own class. Tensors of other names are then left "
        "at random with no more than a warning in the log.",
    .example =
        "config.json: \"model_type\": \"llama\", \"auto_map\": {\"AutoModelForCausalLM\": \"modeling_x.XForCausalLM\"}",
    .remedy = "Give config.json a `model_type` of its own, so that loading without trust says what it needs.",
    .references = "`resolve_trust_remote_code` of transformers.",
    .check = check_other_model_untrusted,
};

}  // namespace ckptlint
