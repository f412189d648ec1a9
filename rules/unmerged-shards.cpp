// Reports a repo that has a training run's shards or states in place of weights.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kUnmergedShardsKinds = {DefectKind::kRankShards};

void check_unmerged_shards(const Model& model, Findings& out) {
  report_defects(*model.checkpoint, kUnmergedShardsKinds, out);
}

}  // namespace

extern const Rule unmerged_shards = {
    .name = "unmerged-shards",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "there are the shards or states of a training run, and no weights",
    .why =
        "Training in parallel saves a part for each process. from_pretrained reads none of them and ends in \"Error no "
        "file named model.safetensors, or pytorch_model.bin, found in directory\".",
    .example = "config.json and pytorch_model_fsdp_0/__0_0.distcp, and nothing else",
    .remedy = "Merge the parts with the command that the message names, and upload what it writes.",
    .references =
        "`accelerate merge-weights`; `torch.distributed.checkpoint.format_utils`; DeepSpeed's zero_to_fp32.py; "
        "`verl.model_merger`.",
    .check = check_unmerged_shards,
};

}  // namespace ckptlint
