// Reports that an index or config names a weight file that lies outside the repo.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kPathOutsideRepoKinds = {DefectKind::kIndexLeavesRepo};

void check_path_outside_repo(const Model& model, Findings& out) {
  report_defects(*model.checkpoint, kPathOutsideRepoKinds, out);
}

}  // namespace

extern const Rule path_outside_repo = {
    .name = "path-outside-repo",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "an index or config names a weight file that lies outside the repo",
    .why =
        "A checkpoint that reaches for other files of the machine "
        "is broken at best, and at worst reads what it should not.",
    .example = "model.safetensors.index.json: \"lm_head.weight\": \"../other/model.safetensors\"",
    .remedy = "Name files of the repo, relative to the index. ckptlint does not open others.",
    .references = "`get_checkpoint_shard_files` of transformers 5, which joins the paths as they are.",
    .check = check_path_outside_repo,
    .of_security = true,
};

}  // namespace ckptlint
