// A line a finding: `concise`, and `grouped` by file.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/escape.h"
#include "report/artifacts.h"
#include "report/headline.h"
#include "report/report.h"

namespace ckptlint {

ReportWriter concise_report, grouped_report;

namespace {

struct Line {
  std::string path;  // of the file, else of the model
  std::uint32_t line = 0, column = 0;
  const Finding* finding = nullptr;
};

Line line_of(const Report& report, const ModelReport& model, const Finding& finding) {
  const Label* label = own_label(report, model, finding);
  if (label == nullptr) return {model.path, 0, 0, &finding};
  return {artifact_of(report, model, *label).path, label->span.line, label->span.column, &finding};
}

std::string fix_mark(const Finding& finding) {
  const bool fixable = std::any_of(finding.fixes.begin(), finding.fixes.end(), [](const Fix& fix) {
    return !fix.edits.empty() && fix.applicability != Applicability::kDisplayOnly;
  });
  return fixable ? " [*]" : "";
}

std::string place_of(const Line& line) { return line.line == 0 ? "" : fmt::format("{}:{}", line.line, line.column); }

}  // namespace

std::string concise_report(const Report& report, const ReportStyle& style) {
  std::string out;
  for (const ModelReport& model : report.models) {
    if (model.error) continue;  // said on standard error
    for (const Finding& finding : model.findings) {
      const Line line = line_of(report, model, finding);
      const std::string place = place_of(line);
      out += fmt::format("{}: {}{} {} [{}]\n",
                         painted(style, printable(line.path) + (place.empty() ? "" : ":" + place), "1"),
                         painted(style, std::string(name_of(finding.severity)) + ":", color_of(finding.severity)),
                         fix_mark(finding), printable(finding.message), finding.rule);
    }
    out += headline(model, style) + "\n";
  }
  return out;
}

std::string grouped_report(const Report& report, const ReportStyle& style) {
  std::string out;
  for (const ModelReport& model : report.models) {
    if (model.error) continue;
    std::map<std::string, std::vector<Line>> groups;
    for (const Finding& finding : model.findings) {
      Line line = line_of(report, model, finding);
      groups[line.path].push_back(line);
    }
    for (auto& [path, lines] : groups) {
      std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        return a.line != b.line ? a.line < b.line : a.column < b.column;
      });
      std::size_t widest = 0;
      for (const Line& line : lines) widest = std::max(widest, place_of(line).size());
      out += painted(style, printable(path), "1") + "\n";
      for (const Line& line : lines) {
        out += fmt::format(
            "  {:>{}}  {}{} {} [{}]\n", place_of(line), widest,
            painted(style, std::string(name_of(line.finding->severity)) + ":", color_of(line.finding->severity)),
            fix_mark(*line.finding), printable(line.finding->message), line.finding->rule);
      }
      out += "\n";
    }
    out += headline(model, style) + "\n";
  }
  return out;
}

}  // namespace ckptlint
