// Workflow commands that GitHub shows as annotations on the changed lines.
#include <fmt/format.h>

#include "base/escape.h"
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

std::string annotation(const Finding& finding, const ModelReport& model) {
  std::string properties;
  for (const Label& label : finding.labels) {
    const SourceFile* file = model.sources.find(label.span.file);
    if (file == nullptr || !label.span.known()) continue;
    properties = fmt::format("file={},line={},col={},", escaped(file->path, true), label.span.line, label.span.column);
    break;
  }
  std::string message = finding.message;
  for (const std::string& note : finding.notes) message += "; " + note;
  return fmt::format("::{} {}title={}::{}\n", command_of(finding.severity), properties, escaped(finding.rule, true),
                     escaped(message, false));
}

}  // namespace

std::string github_report(const Report& report) {
  std::string out;
  for (const ModelReport& model : report.models) {
    for (const auto& error : {model.error, model.obstacle}) {
      if (error) out += fmt::format("::error title=ckptlint::{}\n", escaped(error->message, false));
    }
    for (const Finding& finding : model.findings) out += annotation(finding, model);
  }
  return out;
}

}  // namespace ckptlint
