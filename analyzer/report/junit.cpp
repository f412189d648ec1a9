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

std::string failure_of(const Report& report, const ModelReport& model, const Finding& finding) {
  std::string text;
  for (const Label& label : finding.labels) {
    const Artifact artifact = artifact_of(report, model, label);
    text += fmt::format("{}{}{}{}\n", without_markup(artifact.path),
                        label.span.known() ? fmt::format(":{}:{}", label.span.line, label.span.column) : "",
                        label.key.empty() ? "" : ": " + without_markup(quoted_name(label.key)),
                        label.text.empty() ? "" : ": " + without_markup(label.text));
  }
  for (const std::string& note : finding.notes) text += "note: " + without_markup(note) + "\n";
  for (const Fix& fix : finding.fixes)
    text += fmt::format("fix ({}): {}\n", name_of(fix.applicability), without_markup(fix.title));
  return fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", name_of(finding.severity),
                     without_markup(finding.message), text);
}

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  Counts& operator+=(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    return *this;
  }
  std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests, failures, errors, skipped);
  }
};

class Suite {
 public:
  explicit Suite(const ModelReport& model) : model_(model) {}

  void add(std::string_view name, const std::string& inside) {
    cases_ += fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n{}    </testcase>\n",
                          without_markup(model_.path), without_markup(name), inside);
    ++counts.tests;
  }
  std::string text() const {
    return fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", without_markup(model_.path),
                       counts.attributes(), cases_);
  }

  Counts counts;

 private:
  const ModelReport& model_;
  std::string cases_;
};

// A rule has one case; remarks are said and fail nothing.
Suite suite_of(const Report& report, const ModelReport& model) {
  Suite suite(model);
  if (model.error) {
    suite.add("analysis", fmt::format("      <error message=\"{}\"/>\n", without_markup(model.error->message)));
    ++suite.counts.errors;
  }
  struct Found {
    std::string text;
    bool fails = false;
  };
  std::map<std::string, Found> by_rule;
  for (const Finding& finding : model.findings) {
    Found& found = by_rule[finding.rule];
    const bool remark = finding.severity == Severity::kInfo;
    found.fails |= !remark;
    found.text += remark ? fmt::format("      <system-out>{}</system-out>\n", without_markup(finding.message))
                         : failure_of(report, model, finding);
  }
  for (const auto& [rule, found] : by_rule) {
    suite.add(rule, found.text);
    suite.counts.failures += found.fails ? 1 : 0;
  }
  for (const NotChecked& part : model.not_checked) {
    suite.add("not checked: " + part.what.front(),
              fmt::format("      <skipped message=\"{}\"/>\n", without_markup(sentence_of(part))));
    ++suite.counts.skipped;
  }
  if (suite.counts.tests == 0) suite.add("nothing found", "");
  return suite;
}

}  // namespace

std::string junit_report(const Report& report, const ReportStyle&) {
  Counts all;
  std::string suites;
  for (const ModelReport& model : report.models) {
    const Suite suite = suite_of(report, model);
    suites += suite.text();
    all += suite.counts;
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ckptlint\" {}>\n{}</testsuites>\n",
                     all.attributes(), suites);
}

}  // namespace ckptlint
