// The words for severities, applicabilities and grounds of findings, and the order in which findings are reported.
#include "report/report.h"

#include <algorithm>
#include <tuple>

namespace ckptlint {

std::string_view name_of(Basis basis) {
  switch (basis) {
    case Basis::kNone:
      return "none";
    case Basis::kSource:
      return "source";
    case Basis::kGraph:
      return "graph";
  }
  return "";
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

std::optional<Severity> severity_of_name(std::string_view name) {
  for (const Severity each : {Severity::kInfo, Severity::kWarning, Severity::kError}) {
    if (name == name_of(each)) return each;
  }
  return std::nullopt;
}

std::string_view name_of(Applicability applicability) {
  switch (applicability) {
    case Applicability::kSafe:
      return "safe";
    case Applicability::kUnsafe:
      return "unsafe";
    case Applicability::kDisplayOnly:
      return "display-only";
  }
  return "";
}

std::string sentence_of(const NotChecked& part) {
  std::string what;
  for (std::size_t i = 0; i < part.what.size(); ++i)
    what += (i == 0 ? "" : i + 1 == part.what.size() ? " and " : ", ") + part.what[i];
  return what + ", since " + part.why;
}

void sort_findings(Findings& findings) {
  const auto key = [](const Finding& finding) {
    static const Label kNowhere;
    const Label& label = finding.labels.empty() ? kNowhere : finding.labels.front();
    return std::tuple(-static_cast<int>(finding.severity), std::string_view(finding.rule), label.span.file,
                      label.span.line, label.span.column, std::string_view(label.file), std::string_view(label.key),
                      std::string_view(finding.message));
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

}  // namespace ckptlint
