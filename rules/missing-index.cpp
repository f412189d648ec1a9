// Reports shards without an index by which from_pretrained would find them.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kMissingIndexKinds = {DefectKind::kNoIndex};

void check_missing_index(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kMissingIndexKinds, out);
  for (std::size_t i = first; i < out.size(); ++i) out[i].remedies.emplace_back(WriteIndex{});
}

}  // namespace

extern const Rule missing_index = {
    .name = "missing-index",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "there are shards, but no index by which from_pretrained would find them",
    .why =
        "from_pretrained looks for fixed names and for an index, never for numbered shards: \"Error no file "
        "named pytorch_model.bin, model.safetensors, ... found\".",
    .example = "model-00001-of-00002.safetensors and model-00002-of-00002.safetensors, and nothing else",
    .remedy = "Write the index; `--fix` does where all shards are there.",
    .references = "Ke-Omni-R issue 4; `_get_resolved_checkpoint_files` of transformers 5.",
    .check = check_missing_index,
};

}  // namespace ckptlint
