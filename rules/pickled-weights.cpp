// Reports that the only weights are pickled files, which some tools refuse and none reads safely by itself.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_pickled_weights(const Model& model, Findings& out) {
  for (const WeightSet& set : model.checkpoint->sets) {
    const bool pickled = set.format == WeightFormat::kTorchZip || set.format == WeightFormat::kTorchLegacy;
    if (!set.chosen || !set.automatic || !pickled) continue;
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kInfo;
    finding.message = "the only weights that `from_pretrained` finds are pickled";
    finding.labels.push_back(Label::stored(set.entry, "", ""));
    finding.notes.push_back("`from_pretrained` loads them with torch 2.6 and later alone; some tools do not at all");
  }
}

}  // namespace

extern const Rule pickled_weights = {
    .name = "pickled-weights",
    .family = Family::kFiles,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint,
    .summary = "the only weights are pickled files, which some tools refuse and none reads safely by itself",
    .why =
        "transformers loads pickles with torch 2.6 and later alone, "
        "and services that take no pickles find no weights.",
    .example = "pytorch_model.bin, and no safetensors file",
    .remedy = "Save the model again: `save_pretrained` writes safetensors.",
    .references = "`check_torch_load_is_safe` of transformers 5; CVE-2025-32434.",
    .check = check_pickled_weights,
    .of_security = true,
};

}  // namespace ckptlint
