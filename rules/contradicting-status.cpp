// Reports that `quantization_status` says that weights are packed and they are not, or the reverse.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"

namespace ckptlint {
namespace {

void check_contradicting_status(const Model& model, Findings& out) {
  const PackingGroup group = packing_group(model, OtherPacking::Cause::kStatus);
  if (group.empty()) return;
  const Quantization& config = *model.config->quantization;
  const bool says_packed = config.status == "compressed";
  Finding& finding = out.emplace_back();
  finding.tensors = group.tensors;
  if (says_packed) {
    finding.message = fmt::format(
        "`quantization_status` is `compressed`, but the weights of {} are stored plain, with scales beside them",
        listed_names(group.modules));
  } else {
    finding.message = fmt::format("{}, but the weights of {} are stored compressed ({})",
                                  config.status.empty() ? "there is no `quantization_status`"
                                                        : fmt::format("`quantization_status` is `{}`", config.status),
                                  listed_names(group.modules), group.packing.empty() ? "packed" : group.packing);
  }
  const std::string path = config.path + ".quantization_status";
  finding.labels.push_back(Label::stored(
      "config.json", path, says_packed ? "packed layers are built" : "layers of plain weights are built"));
  place(model, group, finding);
  finding.notes.push_back(outcome_of(group));
  // Weights that are frozen have zero points beside them, without which that would be no better.
  EditConfig edit{path, says_packed ? "\"frozen\"" : "\"compressed\"", "right where the weights are as they should be",
                  says_packed};
  finding.remedies.emplace_back(std::move(edit));
}

}  // namespace

extern const Rule contradicting_status = {
    .name = "contradicting-status",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kConfig,
    .summary = "`quantization_status` says otherwise than how the weights are stored",
    .why =
        "compressed-tensors builds layers of packed weights for `compressed` alone. Under another status the packed "
        "values are taken for plain weights and quantized once more, with scales of another meaning; the outputs are "
        "wrong, and nothing is raised.",
    .example =
        "config.json: \"quantization_status\": \"frozen\"\n"
        "model.safetensors: `model.layers.0.mlp.down_proj.weight` in F8_E4M3, with `weight_scale`",
    .remedy = "Write `compressed` where the weights are packed, and `frozen` where they are plain with scales.",
    .references = "`CompressedTensorsConfig.is_quantization_compressed` of transformers.",
    .check = check_contradicting_status,
};

}  // namespace ckptlint
