// Defects of the stored bytes as findings: what the rules about files have in common.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostDefects = 5;

Severity severity_of(const Defect& defect) {
  // Nothing that loads models looks at the one, and the other loads with the newest release.
  if (defect.kind == DefectKind::kTotalSize || defect.kind == DefectKind::kRecentName) return Severity::kInfo;
  return defect.stops_loading ? Severity::kError : Severity::kWarning;
}

std::string place_in(const Defect& defect, bool with_message) {
  std::string text = defect.offset == 0 ? "" : fmt::format("at byte {}", defect.offset);
  if (with_message) text += (text.empty() ? "" : ": ") + defect.message;
  return text;
}

Finding finding_of(const std::vector<const Defect*>& alike) {
  Finding finding;
  const Defect& first = *alike.front();
  finding.severity = severity_of(first);
  finding.message = first.message;
  std::size_t others = alike.size() - 1;
  for (const Defect* defect : alike) others += defect->more;
  if (others > 0) finding.message += fmt::format("; and {} more like this", others);
  for (const Defect* defect : alike) {
    if (!defect->tensor.empty()) finding.tensors.push_back(defect->tensor);
    if (finding.labels.size() < kMostDefects)
      finding.labels.push_back(Label::stored(defect->file, defect->tensor, place_in(*defect, !finding.labels.empty())));
  }
  if (finding.severity == Severity::kWarning && first.kind != DefectKind::kRetiredName)
    finding.notes.push_back("`from_pretrained` does not refuse it");
  return finding;
}

}  // namespace

void report_defects(const Checkpoint& checkpoint, std::span<const DefectKind> kinds, Findings& out) {
  std::vector<std::vector<const Defect*>> groups;
  std::map<std::tuple<std::string_view, DefectKind, bool>, std::size_t> known;
  for (const Defect& defect : checkpoint.defects) {
    if (std::find(kinds.begin(), kinds.end(), defect.kind) == kinds.end()) continue;
    const auto [it, is_new] = known.try_emplace({defect.file, defect.kind, defect.stops_loading}, groups.size());
    if (is_new) groups.emplace_back();
    groups[it->second].push_back(&defect);
  }
  for (const auto& alike : groups) out.push_back(finding_of(alike));
}

}  // namespace ckptlint
