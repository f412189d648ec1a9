// Reports a config.json that is no JSON object.
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_invalid_config(const Model& model, Findings& out) {
  Finding& finding = out.emplace_back();
  finding.message = "config.json " + *model.broken_config;
  finding.labels.push_back(Label::stored("config.json", "", ""));
}

}  // namespace

extern const Rule invalid_config = {
    .name = "invalid-config",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kBrokenConfig,
    .summary = "config.json is no JSON object",
    .why =
        "from_pretrained ends in \"It looks like the config file at "
        "... is not a valid JSON file\", whatever the weights are.",
    .example = "config.json: {\"model_type\": \"llama\", \"vocab_size\": 32000,}",
    .remedy =
        "Mend the place that the message names; a web page or a pointer "
        "in its stead means that the file was never fetched.",
    .references = "`PretrainedConfig._get_config_dict` of transformers 5.23.0.",
    .check = check_invalid_config,
};

}  // namespace ckptlint
