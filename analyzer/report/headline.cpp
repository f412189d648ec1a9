// Colours, links and counts.
#include "report/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "report/artifacts.h"

namespace ckptlint {

std::string painted(const ReportStyle& style, std::string_view text, std::string_view code) {
  return style.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view color_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "1;36";
    case Severity::kWarning:
      return "1;33";
    case Severity::kError:
      return "1;31";
  }
  return "1";
}

std::string linked(const ReportStyle& style, const SourceFile& file, std::string_view text) {
  if (!style.links || !file.real_path.starts_with('/')) return std::string(text);
  return fmt::format("\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", uri_of(file.real_path), text);
}

std::string counted(std::size_t count, std::string_view word, std::string_view plural) {
  if (count != 1 && !plural.empty()) return fmt::format("{} {}", count, plural);
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

// "2 errors, 1 remark; 1 with a fix, shown by --diff"; empty where nothing was found.
std::string counts_of(const Findings& findings) {
  std::array<std::size_t, 3> counts{};
  std::size_t fixable = 0;
  for (const Finding& finding : findings) {
    ++counts[static_cast<std::size_t>(finding.severity)];
    if (std::any_of(finding.fixes.begin(), finding.fixes.end(), [](const Fix& fix) { return !fix.edits.empty(); }))
      ++fixable;
  }
  std::string result;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kInfo}) {
    const std::size_t count = counts[static_cast<std::size_t>(severity)];
    if (count == 0) continue;
    const std::string_view word = severity == Severity::kInfo ? "remark" : name_of(severity);
    result += (result.empty() ? "" : ", ") + counted(count, word);
  }
  if (fixable != 0) result += fmt::format("; {} with a fix, shown by --diff", fixable);
  return result;
}

std::string verdict_of(const ModelReport& model) {
  if (model.error) return "not analysed: " + model.error->message;
  std::string counts = counts_of(model.findings);
  if (counts.empty())
    counts = !model.known.empty()        ? "nothing new"
             : model.not_checked.empty() ? "nothing found"
                                         : "nothing found in what was checked";
  return model.known.empty() ? counts : fmt::format("{}; {} known", counts, model.known.size());
}

std::string headline(const ModelReport& model, const ReportStyle& style) {
  const std::string path = painted(style, printable(model.path), "1");
  std::string found = counts_of(model.findings);
  if (!model.known.empty())
    found = fmt::format("{}; {} known", found.empty() ? "nothing new" : found, model.known.size());
  std::string missed;
  for (const NotChecked& part : model.not_checked) missed += (missed.empty() ? "" : "; ") + sentence_of(part);
  if (missed.empty()) return fmt::format("{}: {}", path, found.empty() ? "nothing found" : found);
  if (found.empty()) return fmt::format("{}: not checked: {}. Nothing found in the rest", path, printable(missed));
  return fmt::format("{}: {}. Not checked: {}", path, found, printable(missed));
}

}  // namespace ckptlint
