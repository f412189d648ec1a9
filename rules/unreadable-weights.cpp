// Reports that a weight file is damaged, cut short, or of another format than its name says.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kUnreadableWeightsKinds = {
    DefectKind::kUnreadable,     DefectKind::kEmpty,        DefectKind::kWrongFormat,   DefectKind::kTruncated,
    DefectKind::kTrailingBytes,  DefectKind::kHeaderLength, DefectKind::kHeaderSyntax,  DefectKind::kHeaderField,
    DefectKind::kMetadata,       DefectKind::kUnknownDtype, DefectKind::kOffsets,       DefectKind::kOverlap,
    DefectKind::kHole,           DefectKind::kSizeMismatch, DefectKind::kShapeOverflow, DefectKind::kDuplicateName,
    DefectKind::kTooManyTensors, DefectKind::kPickleSyntax};

void check_unreadable_weights(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kUnreadableWeightsKinds, out);
  const auto& sets = model.checkpoint->sets;
  const auto whole = std::find_if(sets.begin(), sets.end(), [](const WeightSet& set) { return set.whole_instead; });
  const auto chosen = std::find_if(sets.begin(), sets.end(), [](const WeightSet& set) { return set.chosen; });
  if (whole == sets.end() || chosen == sets.end()) return;
  for (std::size_t i = first; i < out.size(); ++i) {
    if (out[i].severity != Severity::kError || out[i].labels.front().file != chosen->entry) continue;
    out[i].notes.push_back(
        fmt::format("delete `{}`: `from_pretrained` takes it before `{}`, of which everything is here and can be read",
                    chosen->entry, whole->entry));
  }
}

}  // namespace

extern const Rule unreadable_weights = {
    .name = "unreadable-weights",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "a weight file is damaged, cut short, or of another format than its name says",
    .why =
        "A file that its loader refuses fails at the first load, with words that seldom say why: "
        "\"SafetensorError: Error while deserializing header: HeaderTooLarge\", \"MetadataIncompleteBuffer\", "
        "\"PytorchStreamReader failed\".",
    .example = "model.safetensors has 4069801472 bytes, and its header describes 4971619632",
    .remedy = "Fetch or write the file again. The message says what is wrong, and the label which byte to look at.",
    .references = "the safetensors format; safetensors issues 278, 414, 466; OmniParser issue 34.",
    .check = check_unreadable_weights,
};

}  // namespace ckptlint
