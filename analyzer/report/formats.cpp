// The forms of a report: a row each, and the file of that name defines its function.
#include <array>

#include "report/report.h"

namespace ckptlint {

ReportWriter sarif_report, github_report;

std::span<const ReportFormat> report_formats() {
  static constexpr std::array kFormats = {
      ReportFormat{"text", "findings with the lines of source that they are about", text_report},
      ReportFormat{"json", "everything that was found, for programs", json_report},
      ReportFormat{"sarif", "SARIF 2.1.0, which code hosts and editors show", sarif_report},
      ReportFormat{"github", "annotations of a GitHub Actions run", github_report},
  };
  return kFormats;
}

}  // namespace ckptlint
