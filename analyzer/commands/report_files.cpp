// Tells formats from file names, and counts findings.
#include "commands/report_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"
#include "base/json_document.h"
#include "fix/file_rewrite.h"
#include "report/headline.h"

namespace ckptlint {
namespace {

// As it was called before there were others for people.
const ReportFormat* format_named(const std::string& name) {
  return find_format(report_formats(), name == "text" ? "full" : name);
}

}  // namespace

Result<std::vector<ReportFile>> report_files(const std::string& format, const std::vector<std::string>& outputs) {
  const ReportFormat* main = format_named(format);
  if (main == nullptr) return Error{no_such_format("check", names_of(report_formats()), format)};
  std::vector<ReportFile> files;
  bool to_output = true;
  for (const std::string& output : outputs) {
    const std::size_t equals = output.find('=');
    const ReportFormat* other = equals == std::string::npos ? nullptr : format_named(output.substr(0, equals));
    ReportFile file{other == nullptr ? main : other, other == nullptr ? output : output.substr(equals + 1)};
    if (file.path.empty()) return Error{fmt::format("`--output` names no file in {}", quoted_name(output))};
    if (std::any_of(files.begin(), files.end(), [&](const ReportFile& each) { return each.path == file.path; }))
      return Error{fmt::format("`--output` names {} twice", quoted_name(file.path))};
    const bool is_plain = other == nullptr;
    if (is_plain && !to_output) return Error{"`--output` has two files without a format; FORMAT=FILE gives them one"};
    to_output &= !is_plain;
    if (file.path == "-") file.path.clear();
    files.push_back(std::move(file));
  }
  if (to_output) files.insert(files.begin(), ReportFile{main, ""});
  return files;
}

std::optional<Error> write_report_file(const std::string& path, const std::string& text) {
  std::error_code failure;
  return std::filesystem::exists(path, failure) ? rewrite_file(path, text) : write_new_file(path, text);
}

std::string statistics_of(const Report& report, const ReportStyle& style, bool json) {
  struct Row {
    std::string rule;
    Severity severity = Severity::kInfo;
    std::size_t count = 0, fixable = 0;
  };
  std::map<std::string, Row> by_rule;
  for (const ModelReport& model : report.models) {
    for (const Finding& finding : model.findings) {
      Row& row = by_rule[finding.rule];
      row.rule = finding.rule;
      row.severity = std::max(row.severity, finding.severity);
      ++row.count;
      row.fixable +=
          std::any_of(finding.fixes.begin(), finding.fixes.end(), [](const Fix& fix) { return !fix.edits.empty(); });
    }
  }
  std::vector<Row> rows;
  for (auto& [rule, row] : by_rule) rows.push_back(std::move(row));
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.count > b.count; });
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Row& row : rows)
      list.push_back(
          {{"rule", row.rule}, {"severity", name_of(row.severity)}, {"count", row.count}, {"with_fix", row.fixable}});
    return json_lines(list, 1) + "\n";
  }
  std::string out;
  for (const Row& row : rows) {
    out += fmt::format("{:>6}  {}  {}{}\n", row.count,
                       painted(style, fmt::format("{:<7}", name_of(row.severity)), color_of(row.severity)), row.rule,
                       row.fixable == 0 ? "" : fmt::format("  ({} with a fix)", row.fixable));
  }
  // A model of which something is not known is no part of the counts.
  for (const ModelReport& model : report.models) {
    if (!model.is_complete() && !model.error) out += headline(model, style) + "\n";
  }
  return out.empty() ? "nothing found\n" : out;
}

}  // namespace ckptlint
