// Reports that two shards store a tensor of the same name.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kDuplicateTensorKinds = {DefectKind::kTensorTwice};

void check_duplicate_tensor(const Model& model, Findings& out) {
  report_defects(*model.checkpoint, kDuplicateTensorKinds, out);
}

}  // namespace

extern const Rule duplicate_tensor = {
    .name = "duplicate-tensor",
    .family = Family::kFiles,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint,
    .summary = "two shards store a tensor of the same name",
    .why =
        "Which of the two is used depends on the loader: from_pretrained takes that of the last file, others "
        "the first or what the index says. Nothing tells whether they are equal.",
    .example =
        "`model.layers.0.input_layernorm.weight` is in model-00001-of-00064.safetensors and in "
        "model-00002-of-00064.safetensors",
    .remedy = "Save the checkpoint again, or remove the file that is left over from an earlier save.",
    .references = "verl issue 6259.",
    .check = check_duplicate_tensor,
};

}  // namespace ckptlint
