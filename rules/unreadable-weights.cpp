#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check(const Model& model, Findings& out) {
  for (const Defect& defect : model.checkpoint->defects) {
    Finding& finding = out.emplace_back();
    finding.severity = defect.stops_loading ? Severity::kError : Severity::kWarning;
    // Nothing that loads models looks at it.
    if (defect.kind == DefectKind::kTotalSize) finding.severity = Severity::kInfo;
    finding.message = defect.message;
    if (!defect.tensor.empty()) finding.tensors.push_back(defect.tensor);
    const std::string at = defect.offset == 0 ? "" : fmt::format("at byte {}", defect.offset);
    finding.labels.push_back(Label::stored(defect.file, defect.tensor, at));
    if (!defect.stops_loading) finding.notes.push_back("the loader accepts the file as it is");
  }
}

}  // namespace

extern const Rule unreadable_weights = {
    .name = "unreadable-weights",
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "a weight file or its index is damaged, incomplete, or says things that are not so",
    .why =
        "A file that its loader refuses fails at the first load; an index that does not fit its files fails there or "
        "leaves "
        "tensors out.",
    .example = "model.safetensors is 134 bytes and begins with \"version https://git-lfs\"",
    .remedy = "Fetch or write the file again. The message says what is wrong, and the label which byte to look at.",
    .references = "the safetensors format; transformers' index of shards.",
    .check = check,
};

}  // namespace ckptlint
