// JUnit XML: a suite a model, a test case a rule with findings; what was not checked is skipped, never passed.
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "base/escape.h"
#include "report/artifacts.h"
#include "report/headline.h"
#include "report/report.h"

namespace ckptlint {

ReportWriter junit_report;

namespace {

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string case_of(std::string_view suite, std::string_view name, const std::string& inside) {
  return fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n{}    </testcase>\n", xml(suite), xml(name), inside);
}

std::string failure_of(const Report& report, const ModelReport& model, const Finding& finding) {
  std::string text;
  for (const Label& label : finding.labels) {
    const Artifact artifact = artifact_of(report, model, label);
    text += fmt::format("{}{}{}{}\n", xml(artifact.path),
                        label.span.known() ? fmt::format(":{}:{}", label.span.line, label.span.column) : "",
                        label.key.empty() ? "" : ": " + xml(quoted_name(label.key)),
                        label.text.empty() ? "" : ": " + xml(label.text));
  }
  for (const std::string& note : finding.notes) text += "note: " + xml(note) + "\n";
  for (const Fix& fix : finding.fixes)
    text += fmt::format("fix ({}): {}\n", name_of(fix.applicability), xml(fix.title));
  return fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", name_of(finding.severity),
                     xml(finding.message), text);
}

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests, failures, errors, skipped);
  }
};

std::string suite_of(const Report& report, const ModelReport& model, Counts& all) {
  Counts counts;
  std::string cases;
  if (model.error) {
    cases += case_of(model.path, "analysis", fmt::format("      <error message=\"{}\"/>\n", xml(model.error->message)));
    ++counts.errors;
  }
  // Findings are sorted by severity; a rule has one case, remarks are said and fail nothing.
  std::map<std::string, std::string> by_rule;
  std::map<std::string, bool> fails;
  for (const Finding& finding : model.findings) {
    const bool remark = finding.severity == Severity::kInfo;
    fails[finding.rule] |= !remark;
    by_rule[finding.rule] += remark ? fmt::format("      <system-out>{}</system-out>\n", xml(finding.message))
                                    : failure_of(report, model, finding);
  }
  for (const auto& [rule, inside] : by_rule) {
    cases += case_of(model.path, rule, inside);
    counts.failures += fails[rule] ? 1 : 0;
  }
  for (const NotChecked& part : model.not_checked) {
    cases += case_of(model.path, "not checked: " + part.what.front(),
                     fmt::format("      <skipped message=\"{}\"/>\n", xml(sentence_of(part))));
    ++counts.skipped;
  }
  if (cases.empty()) cases = fmt::format("    <testcase classname=\"{}\" name=\"nothing found\"/>\n", xml(model.path));
  for (std::size_t at = 0; (at = cases.find("<testcase ", at)) != std::string::npos; ++at) ++counts.tests;
  all.tests += counts.tests;
  all.failures += counts.failures;
  all.errors += counts.errors;
  all.skipped += counts.skipped;
  return fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", xml(model.path), counts.attributes(), cases);
}

}  // namespace

std::string junit_report(const Report& report, const ReportStyle&) {
  Counts all;
  std::string suites;
  for (const ModelReport& model : report.models) suites += suite_of(report, model, all);
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ckptlint\" {}>\n{}</testsuites>\n",
                     all.attributes(), suites);
}

}  // namespace ckptlint
