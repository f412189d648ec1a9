// GitLab's Code Quality report: a list of issues, each with a fingerprint that stays.
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/json_text.h"
#include "report/artifacts.h"
#include "report/report.h"

namespace ckptlint {

ReportWriter gitlab_report;

namespace {

std::string_view severity_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "minor";
    case Severity::kError:
      return "major";
  }
  return "major";
}

nlohmann::ordered_json issue_of(std::string_view rule, std::string_view severity, std::string_view text,
                                std::string fingerprint, const std::string& path, std::uint32_t line) {
  return {
      {"description", printable(text)},
      {"check_name", rule},
      {"fingerprint", std::move(fingerprint)},
      {"severity", severity},
      {"location", {{"path", path.empty() ? "." : path}, {"lines", {{"begin", std::max<std::uint32_t>(line, 1)}}}}}};
}

}  // namespace

std::string gitlab_report(const Report& report, const ReportStyle&) {
  nlohmann::ordered_json issues = nlohmann::ordered_json::array();
  Fingerprints fingerprints(report);
  for (const ModelReport& model : report.models) {
    const std::string path = from_workspace(report, model.folder.empty() ? model.path : model.folder);
    // What is wrong with the run is no finding, and still has to be seen.
    const auto about_run = [&](std::string_view rule, std::string_view severity, const std::string& text) {
      Finding as_finding;
      as_finding.rule = rule;
      as_finding.message = text;
      issues.push_back(issue_of(rule, severity, text, fingerprints.of(model, as_finding), path, 1));
    };
    if (model.error) about_run("not-analysed", "blocker", model.error->message);
    for (const Finding& finding : model.findings) {
      const Label* label = own_label(report, model, finding);
      issues.push_back(issue_of(
          finding.rule, severity_of(finding.severity), finding.message, fingerprints.of(model, finding),
          label == nullptr ? path : artifact_of(report, model, *label).path, label == nullptr ? 1 : label->span.line));
    }
    for (const NotChecked& part : model.not_checked)
      about_run("not-checked", "info", "not checked: " + sentence_of(part));
  }
  return without_commands(json_lines(issues, 1)) + "\n";
}

}  // namespace ckptlint
