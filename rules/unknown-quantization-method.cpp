// Reports that the release passes over the `quantization_config`, since it does not know the method.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/quantization_methods.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"

namespace ckptlint {
namespace {

void check_unknown_quantization_method(const Model& model, Findings& out) {
  const PackingGroup group = packing_group(model, OtherPacking::Cause::kUnknownMethod);
  if (group.empty()) return;
  const Quantization& config = *model.config->quantization;
  Finding& finding = out.emplace_back();
  finding.tensors = group.tensors;
  finding.message = fmt::format(
      "this release of transformers does not know the quantization method `{}` and builds plain layers, but the "
      "weights of {} are quantized ({})",
      config.method, listed_names(group.modules), group.packing.empty() ? "packed" : group.packing);
  finding.labels.push_back(
      Label::stored("config.json", config.path, fmt::format("`quant_method` is `{}`", config.method)));
  place(model, group, finding);
  finding.notes.push_back(outcome_of(group));
  if (std::string note = file_note(*model.config); !note.empty()) finding.notes.push_back(std::move(note));
  const QuantizationMethod* method = quantization_method(config.method);
  if (method != nullptr && !method->read_by.empty()) finding.notes.emplace_back(method->read_by);
}

}  // namespace

extern const Rule unknown_quantization_method = {
    .name = "unknown-quantization-method",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kConfig,
    .summary = "the release does not know the quantization method, and the stored weights are quantized",
    .why =
        "from_pretrained warns \"Unknown quantization type\" and goes on with plain layers: packed values do not fit "
        "them, or are taken for weights without their scales.",
    .example = "config.json: \"quantization_config\": {\"quant_method\": \"modelopt\", ...}",
    .remedy =
        "Load the model with a program that reads the format, or convert it to a method that the release knows, such "
        "as compressed-tensors.",
    .references = "`AutoHfQuantizer.supports_quant_method` of transformers.",
    .check = check_unknown_quantization_method,
};

}  // namespace ckptlint
