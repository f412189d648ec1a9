// Markdown for a job summary or a comment: what was found in a table, the details of each folded below it.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/escape.h"
#include "report/artifacts.h"
#include "report/headline.h"
#include "report/html_page.h"
#include "report/map_strip.h"
#include "report/report.h"

namespace ckptlint {

ReportWriter markdown_report;

namespace {

// A job summary may have 1 MiB; details that would make it longer are left out, and that is said.
constexpr std::size_t kMostText = 900'000;

// Text that can be neither markup nor, in a table, a cell's end, nor mention or link anything.  What stands in
// backticks is code.
std::string markdown(std::string_view text, bool in_table = false) {
  std::string out;
  bool code = false;
  for (const char c : printable(text)) {
    if (c == '`') code = !code;
    switch (c) {
      case '|':
        out += in_table ? "\\|" : "|";
        break;
      case '<':
        out += code ? "<" : "&lt;";
        break;
      case '&':
        out += code ? "&" : "&amp;";
        break;
      case '*':
      case '_':
      case '[':
      case ']':
      case '#':
      case '~':
      case '$':
      case '\\':
        if (!code) out += '\\';
        out += c;
        break;
      case '@':
        out += code ? "@" : "@<!-- -->";
        break;
      default:
        out += c;
    }
  }
  // A backtick without its partner would make code of all that follows.
  return code ? out + "`" : out;
}

// A fence longer than any run of backticks in the text.
std::string fenced(std::string_view language, std::string_view text) {
  std::size_t longest = 2, run = 0;
  for (const char c : text) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  const std::string fence(longest + 1, '`');
  return fmt::format("{}{}\n{}{}{}\n", fence, language, text, text.ends_with('\n') ? "" : "\n", fence);
}

std::string place_of(const Report& report, const ModelReport& model, const Label& label) {
  const Artifact artifact = artifact_of(report, model, label);
  const std::string line = label.span.known() ? fmt::format(":{}", label.span.line) : "";
  std::string place = quoted_name(artifact.path + line);
  if (!label.key.empty()) place += " " + quoted_name(label.key);
  return place;
}

std::string details_of(const Report& report, const ModelReport& model, const Finding& finding) {
  std::string out =
      fmt::format("<details><summary><b>{}</b>: {}</summary>\n\n", finding.rule, html_text(finding.message));
  for (const Label& label : finding.labels)
    out += fmt::format("- {}{}\n", markdown(place_of(report, model, label)),
                       label.text.empty() ? "" : ": " + markdown(label.text));
  for (const std::string& note : finding.notes) out += fmt::format("- {}\n", markdown(note));
  for (const Fix& fix : finding.fixes) {
    out += fmt::format("\n**fix** ({}): {}\n", name_of(fix.applicability), markdown(fix.title));
    for (const std::string& step : fix.proof.steps) out += fmt::format("- proof: {}\n", markdown(step));
    if (!fix.text.empty()) {
      std::string shown;
      for (std::string_view rest = fix.text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        shown += printable(rest.substr(0, end)) + "\n";
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      out += "\n" + fenced("", shown);
    }
  }
  return out + "\n</details>\n\n";
}

std::string_view sign_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "remark";
    case Severity::kWarning:
      return "**warning**";
    case Severity::kError:
      return "**error**";
  }
  return "**error**";
}

void write_model(const Report& report, const ModelReport& model, std::string& out) {
  out += fmt::format("### {}\n\n", markdown(quoted_name(model.path)));
  if (model.error) {
    out += fmt::format("**not analysed**: {}\n\n", markdown(model.error->message));
    return;
  }
  out += verdict_of(model) + "\n\n";
  for (const NotChecked& part : model.not_checked)
    out += fmt::format("- **not checked**: {}\n", markdown(sentence_of(part)));
  if (!model.not_checked.empty()) out += "\n";
  if (!model.findings.empty()) {
    out += "| | rule | what | where |\n|---|---|---|---|\n";
    for (const Finding& finding : model.findings) {
      const Label* label = own_label(report, model, finding);
      out += fmt::format("| {} | {} | {} | {} |\n", sign_of(finding.severity), finding.rule,
                         markdown(finding.message, true),
                         label == nullptr ? "" : markdown(place_of(report, model, *label), true));
    }
    out += "\n";
    std::size_t left_out = 0;
    for (const Finding& finding : model.findings) {
      std::string details = details_of(report, model, finding);
      if (out.size() + details.size() > kMostText)
        ++left_out;
      else
        out += details;
    }
    if (left_out != 0) out += fmt::format("Details of {} are left out here.\n\n", counted(left_out, "finding"));
  }
  for (const auto& picture : model.pictures) {
    const std::string strips = map_strips(*picture, {.width = 60, .blocks = true});
    if (!strips.empty())
      out += fmt::format("Device map{}: {}\n\n{}\n", picture->variant.empty() ? "" : " " + markdown(picture->variant),
                         markdown(picture->asked), fenced("", strips));
  }
  for (const std::string& ground : model.grounds) out += fmt::format("<sub>{}</sub><br>\n", markdown(ground));
  out += "\n";
}

}  // namespace

std::string markdown_report(const Report& report, const ReportStyle&) {
  std::string out = "## ckptlint\n\n";
  for (const ModelReport& model : report.models) write_model(report, model, out);
  return out;
}

}  // namespace ckptlint
