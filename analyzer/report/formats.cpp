// The forms of a report: a row each, and the file of that name defines its function.
#include <array>

#include "report/report.h"

namespace ckptlint {

ReportWriter concise_report, grouped_report, json_lines_report, junit_report, sarif_report, github_report,
    gitlab_report, html_report, markdown_report;

std::span<const ReportFormat> report_formats() {
  static constexpr std::array kFormats = {
      ReportFormat{"full", "findings with the lines of source that they are about", {full_report}},
      ReportFormat{"concise", "a line a finding", {concise_report}},
      ReportFormat{"grouped", "a line a finding, by file", {grouped_report}},
      ReportFormat{"json", "everything that was found, for programs", {json_report}},
      ReportFormat{"json-lines", "the same, an object a line: models and findings", {json_lines_report}},
      ReportFormat{"junit", "JUnit XML, which test servers show", {junit_report}},
      ReportFormat{"sarif", "SARIF 2.1.0, which code hosts and editors show", {sarif_report}},
      ReportFormat{"github", "annotations of a GitHub Actions run", {github_report}},
      ReportFormat{"gitlab", "a Code Quality report of GitLab", {gitlab_report}},
      ReportFormat{"markdown", "a summary for a merge request or a job", {markdown_report, true}},
      ReportFormat{"html", "one page for a browser: the device map drawn, findings, modules", {html_report, true}},
  };
  return kFormats;
}

}  // namespace ckptlint
