// Reports that the index of the shards cannot be read, or says of them what is not so.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kWrongIndexKinds = {DefectKind::kIndexSyntax,    DefectKind::kIndexField,
                                         DefectKind::kTensorAbsent,   DefectKind::kTensorElsewhere,
                                         DefectKind::kTensorUnlisted, DefectKind::kTotalSize};

constexpr std::array kStrays = {DefectKind::kShardUnlisted};

void check_wrong_index(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kWrongIndexKinds, out);
  for (std::size_t i = first; i < out.size(); ++i) out[i].remedies.emplace_back(WriteIndex{});
  const std::size_t strays = out.size();
  report_defects(*model.checkpoint, kStrays, out);
  for (std::size_t i = strays; i < out.size(); ++i)
    out[i].notes.emplace_back("a file of another save is best removed; one that belongs to the model must be listed");
}

}  // namespace

extern const Rule wrong_index = {
    .name = "wrong-index",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "the index of the shards cannot be read, or says of them what is not so",
    .why =
        "from_pretrained of transformers 5 reads every tensor of every file listed, but needs the index to be "
        "whole; transformers 4 starts tensors that are not listed from random values, and other loaders and "
        "tools fail at the first row that is wrong.",
    .example =
        "model.safetensors.index.json puts `mtp.fc.weight` in model-00012-of-00012.safetensors, "
        "whose header has no such tensor",
    .remedy =
        "Write the index again from the headers of the shards; `--fix` does. Where a tensor that it lists was "
        "lost, save the checkpoint again.",
    .references = "huggingface_hub issue 4725; mlx-vlm pull request 1827; exo pull request 1956.",
    .check = check_wrong_index,
};

}  // namespace ckptlint
