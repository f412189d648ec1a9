// Reports weight files that are pointers of Git LFS or Xet: the weights themselves were never fetched.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kUnfetchedWeightsKinds = {DefectKind::kLfsPointer};

void check_unfetched_weights(const Model& model, Findings& out) {
  report_defects(*model.checkpoint, kUnfetchedWeightsKinds, out);
}

}  // namespace

extern const Rule unfetched_weights = {
    .name = "unfetched-weights",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "a weight file is a pointer of Git LFS or Xet: the weights themselves were never fetched",
    .why =
        "The few lines of text in place of the weights load as nothing: \"SafetensorError: Error while "
        "deserializing header: HeaderTooLarge\".",
    .example = "model.safetensors has 134 bytes and begins with \"version https://git-lfs.github.com/spec/v1\"",
    .remedy = "Run `git lfs install` and `git lfs pull`, or download the files with `hf download`.",
    .references = "OmniParser issue 34; transformers issue 27923.",
    .check = check_unfetched_weights,
};

}  // namespace ckptlint
