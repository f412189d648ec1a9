// Reports that the quantizer of the model raises an exception of the config's making.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_failing_quantizer(const Model& model, Findings& out) {
  if (model.quantizer_raises.empty()) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`from_pretrained` ends in {}", model.quantizer_raises);
  finding.labels = {Label::stored("config.json", "", "its `quantization_config` leads to it")};
  if (model.config && model.config->quantization && model.config->quantization->method.empty() &&
      model.config->quantization->group_size && model.config->quantization->bits) {
    finding.notes.emplace_back(
        "a group size and bits without a method are what MLX writes: `mlx-lm` loads such a model on Apple's machines, "
        "and transformers does not");
  }
}

}  // namespace

extern const Rule failing_quantizer = {
    .name = "failing-quantizer",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kBuild,
    .summary = "the model's quantizer raises an exception",
    .why = "from_pretrained ends in it before it opens a weight file.",
    .example = "config.json has `\"quantization_config\": {\"group_size\": 64, \"bits\": 4}`, without a `quant_method`",
    .remedy =
        "Correct the `quantization_config`, or say which program the checkpoint is for where it is not for transformers.",
    .references = "`AutoQuantizationConfig.from_dict` and `HfQuantizer.preprocess_model` of transformers 5.",
    .check = check_failing_quantizer,
};

}  // namespace ckptlint
