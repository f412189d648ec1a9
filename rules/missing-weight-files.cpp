// Reports that a weight file that the index, the config or the numbers of its neighbours promise is not there.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kMissingWeightFilesKinds = {DefectKind::kAbsent, DefectKind::kShardAbsent, DefectKind::kShardGap};

void check_missing_weight_files(const Model& model, Findings& out) {
  report_defects(*model.checkpoint, kMissingWeightFilesKinds, out);
}

}  // namespace

extern const Rule missing_weight_files = {
    .name = "missing-weight-files",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "a weight file that the index, the config or the numbers of its neighbours promise is not there",
    .why =
        "from_pretrained ends in an error, and loaders that take whatever files they find go on without: the "
        "tensors of the absent file keep random values.",
    .example = "model.safetensors.index.json lists model-00016-of-00030.safetensors, which is not there",
    .remedy =
        "Fetch or upload the file. Where the checkpoint was "
        "saved again in other shards, write the index again.",
    .references = "CoSER issue 3; sglang pull request 32279; colibri issue 1317.",
    .check = check_missing_weight_files,
};

}  // namespace ckptlint
