// Where reports go: to standard output, into files, or into several of them in several forms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/report.h"

namespace ckptlint {

struct ReportFile {
  const ReportFormat* format = nullptr;
  std::string path;  // empty: standard output
};

// What --output-format and --output ask for.  Each of `outputs` is FILE, for the report in that format, or FORMAT=FILE,
// for another one; where none is a plain FILE, the report goes to standard output as well.  An error names what is no
// format, or is asked for twice.
Result<std::vector<ReportFile>> report_files(const std::string& format, const std::vector<std::string>& outputs);

// Writes one report into a file, at once.
std::optional<Error> write_report_file(const std::string& path, const std::string& text);

// The report of `check --statistics`: how often each rule was found.  As a list of objects where `json`.
std::string statistics_of(const Report& report, const ReportStyle& style, bool json);

}  // namespace ckptlint
