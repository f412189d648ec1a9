// Reports that config.json does not name the class that was saved.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_missing_architectures(const Model& model, Findings& out) {
  if (!model.config->architectures.empty() || !model.config->has_class()) return;
  if (!model.config->diffusers_class.empty()) return;  // there it is said in `_class_name`
  // What is loaded on top of a base is no model of its own.
  for (const WeightSet& set : model.checkpoint->sets) {
    if (set.chosen && set.entry.starts_with("adapter_model.")) return;
  }
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kWarning;
  finding.message = "config.json does not say in `architectures` which class was saved";
  finding.labels.push_back(Label::stored("config.json", "architectures", "is not there"));
  finding.notes.push_back("`AutoModel` goes by `model_type` alone; vLLM and other engines cannot tell what to build");
}

}  // namespace

extern const Rule missing_architectures = {
    .name = "missing-architectures",
    .family = Family::kFiles,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "config.json does not name the class that was saved",
    .why =
        "Engines choose the model by `architectures` and refuse a config without; a head that was saved is "
        "easily loaded into a class without one.",
    .example = "config.json: {\"model_type\": \"llama\", ...}, without `architectures`",
    .remedy = "Add it: \"architectures\": [\"LlamaForCausalLM\"]. `save_pretrained` writes it.",
    .references = "instructlab training issue 128; modular pull request 6994.",
    .check = check_missing_architectures,
};

}  // namespace ckptlint
