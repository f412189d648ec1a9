// Workflow commands that GitHub shows as annotations on the changed lines.
#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <vector>

#include "base/escape.h"
#include "report/artifacts.h"
#include "report/report.h"

namespace ckptlint {
namespace {

// What the command's own syntax would read: in its properties more than in its message.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view command_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "notice";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

std::string properties_of(const Report& report, const ModelReport& model, const Finding& finding) {
  const Label* label = own_label(report, model, finding);
  if (label == nullptr) return "";
  const std::string line =
      label->span.known() ? fmt::format("line={},col={},", label->span.line, label->span.column) : std::string();
  return fmt::format("file={},{}", escaped(artifact_of(report, model, *label).path, true), line);
}

std::string annotation(const Report& report, const ModelReport& model, const Finding& finding) {
  std::string message = escaped(finding.message, false);
  for (const Label& label : finding.labels) {
    if (const Artifact artifact = artifact_of(report, model, label); artifact.in_library)
      message += fmt::format("%0Aat {}:{}", escaped(artifact.path, false), label.span.line);
  }
  for (const std::string& note : finding.notes) message += "%0A" + escaped(note, false);
  return fmt::format("::{} {}title={}::{}\n", command_of(finding.severity), properties_of(report, model, finding),
                     escaped(finding.rule, true), message);
}

// What GitHub shows of one kind in one step.
constexpr std::size_t kMostAnnotations = 10;

// The annotations of one kind, of which the last says what does not fit.
class Annotations {
 public:
  explicit Annotations(std::string_view command) : command_(command) {}
  void add(std::string line, std::string_view about) {
    lines_.push_back(std::move(line));
    about_.emplace_back(about);
  }
  std::string text() const {
    const std::size_t shown = lines_.size() <= kMostAnnotations ? lines_.size() : kMostAnnotations - 1;
    std::string out;
    for (std::size_t i = 0; i < shown; ++i) out += lines_[i];
    if (shown == lines_.size()) return out;
    std::map<std::string, std::size_t> counts;
    for (std::size_t i = shown; i < about_.size(); ++i) ++counts[about_[i]];
    std::string rest;
    for (const auto& [about, count] : counts)
      rest += fmt::format("{}{}{}", rest.empty() ? "" : ", ", about, count == 1 ? "" : fmt::format(" ({})", count));
    return out + fmt::format("::{} title={} more::{}\n", command_, lines_.size() - shown, escaped(rest, false));
  }

 private:
  std::string_view command_;
  std::vector<std::string> lines_, about_;
};

}  // namespace

std::string github_report(const Report& report, const ReportStyle&) {
  Annotations errors("error"), warnings("warning"), notices("notice");
  for (const ModelReport& model : report.models) {
    if (model.error)
      errors.add(fmt::format("::error title=ckptlint::{}\n", escaped(model.error->message, false)), "not analysed");
    for (const NotChecked& part : model.not_checked) {
      notices.add(fmt::format("::notice title=not checked::{}: {}\n", escaped(model.path, false),
                              escaped(sentence_of(part), false)),
                  "not checked");
    }
    for (const Finding& finding : model.findings) {
      Annotations& of_kind = finding.severity == Severity::kError     ? errors
                             : finding.severity == Severity::kWarning ? warnings
                                                                      : notices;
      of_kind.add(annotation(report, model, finding), finding.rule);
    }
  }
  return errors.text() + warnings.text() + notices.text();
}

}  // namespace ckptlint
