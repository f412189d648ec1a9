// Workflow commands that GitHub shows as annotations on the changed lines.
#include <fmt/format.h>

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

// The first place in a file that the reviewer has: a line of their source before a weight file.
std::string properties_of(const Report& report, const ModelReport& model, const Finding& finding) {
  for (const bool with_line : {true, false}) {
    for (const Label& label : finding.labels) {
      const Artifact artifact = artifact_of(report, model, label);
      if (artifact.path.empty() || artifact.in_library || label.span.known() != with_line) continue;
      const std::string line =
          with_line ? fmt::format("line={},col={},", label.span.line, label.span.column) : std::string();
      return fmt::format("file={},{}", escaped(artifact.path, true), line);
    }
  }
  return "";
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

}  // namespace

std::string github_report(const Report& report, const ReportStyle&) {
  std::string out;
  for (const ModelReport& model : report.models) {
    if (model.error) out += fmt::format("::error title=ckptlint::{}\n", escaped(model.error->message, false));
    for (const NotChecked& part : model.not_checked) {
      out += fmt::format("::notice title=not checked::{}: {}\n", escaped(model.path, false),
                         escaped(sentence_of(part), false));
    }
    for (const Finding& finding : model.findings) out += annotation(report, model, finding);
  }
  return out;
}

}  // namespace ckptlint
