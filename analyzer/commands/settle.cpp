// Applies severities, per-file ignores, comments and the file of known findings, in this order.
#include "commands/settle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/regular_file.h"
#include "base/split.h"
#include "check/ignore_comments.h"
#include "check/suppress.h"
#include "fix/file_rewrite.h"
#include "settings/find_settings.h"
#include "settings/glob.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLongestSuppressions = 64u << 20;

std::string from_working(const std::string& path) {
  const std::string folder = working_folder();
  return lies_in(path, folder) && path != folder ? fs::path(path).lexically_relative(folder).string() : path;
}

void set_severities(const std::vector<std::string>& pairs, ModelReport& report) {
  std::map<std::string_view, std::string_view> words;
  for (const std::string& pair : pairs) {
    const std::size_t at = std::min(pair.find('='), pair.size());
    words.emplace(std::string_view(pair).substr(0, at), std::string_view(pair).substr(std::min(at + 1, pair.size())));
  }
  if (words.empty()) return;
  for (Finding& finding : report.findings) {
    const auto word = words.find(finding.rule);
    if (word == words.end()) continue;
    if (const auto severity = severity_of_name(word->second)) finding.severity = *severity;
  }
  sort_findings(report.findings);
}

// "glob:rule,rule"
struct FileIgnore {
  Glob glob;
  bool of_path = false;  // else of a name alone
  std::set<std::string, std::less<>> rules;
};

Result<std::vector<FileIgnore>> file_ignores(const std::vector<std::string>& texts) {
  std::vector<FileIgnore> all;
  for (const std::string& text : texts) {
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    std::string pattern = text.substr(0, colon);
    const bool of_path = pattern.find('/') != std::string::npos;
    if (of_path && !pattern.starts_with('/')) pattern = protected_from_glob(working_folder()) + "/" + pattern;
    Result<Glob> glob = Glob::parse(pattern);
    if (!glob.ok())
      return Error{fmt::format("`--per-file-ignores`: the pattern {} {}", quoted_name(pattern), glob.error().message)};
    FileIgnore& ignore = all.emplace_back(FileIgnore{std::move(*glob), of_path, {}});
    if (colon == text.size()) continue;
    for (const std::string_view rule : split(std::string_view(text).substr(colon + 1), ',')) ignore.rules.emplace(rule);
  }
  return all;
}

// The paths that a pattern may be about: that of the first place, and the model's folder with a slash behind it.
std::vector<std::string> paths_of(const Finding& finding, const ModelReport& report) {
  std::vector<std::string> paths;
  if (!report.folder.empty()) {
    paths.push_back(absolute_path(report.folder).string());
    paths.push_back(paths.front() + "/");
  }
  if (finding.labels.empty()) return paths;
  const Label& label = finding.labels.front();
  const SourceFile* file = report.sources.find(label.span.file);
  if (file == nullptr && !label.file.empty() && !report.folder.empty())
    paths.push_back((fs::path(report.folder) / label.file).lexically_normal().string());
  if (file != nullptr && !file->real_path.empty())
    paths.push_back(absolute_path(file->real_path).string());
  else if (file != nullptr && file->in_model_repo && !report.folder.empty())
    paths.push_back((fs::path(report.folder) / file->path).lexically_normal().string());
  return paths;
}

std::optional<Error> leave_out(const std::vector<std::string>& texts, ModelReport& report) {
  if (texts.empty()) return std::nullopt;
  const Result<std::vector<FileIgnore>> ignores = file_ignores(texts);
  if (!ignores.ok()) return ignores.error();
  std::erase_if(report.findings, [&](const Finding& finding) {
    const std::vector<std::string> paths = paths_of(finding, report);
    return std::any_of(ignores->begin(), ignores->end(), [&](const FileIgnore& ignore) {
      return ignore.rules.contains(finding.rule) &&
             std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
               return ignore.glob.matches(ignore.of_path ? path : fs::path(path).filename().string());
             });
    });
  });
  return std::nullopt;
}

// Where known findings are kept: as it is said, else beside the configuration, else in the repo.
std::string path_of_known(const ModelReport& report, const CheckOptions& options) {
  if (!options.suppressions.empty()) return absolute_path(options.suppressions).string();
  const std::string& folder = options.settings_folder.empty() ? report.folder : options.settings_folder;
  return folder.empty() ? "" : (absolute_path(folder) / kSuppressionsName).string();
}

// The model as the file names it: its path from there, where it lies below, else as it was given.
std::string name_of_model(const ModelReport& report, const std::string& file) {
  std::error_code failed;
  const std::string path =
      fs::exists(report.path, failed) ? absolute_path(report.path).string() : absolute_path(report.folder).string();
  const std::string folder = fs::path(file).parent_path().string();
  if (report.folder.empty() || !lies_in(path, folder)) return printable(report.path);
  return printable(fs::path(path).lexically_relative(folder).generic_string());
}

Result<std::vector<Suppression>> entries_at(const std::string& path) {
  const std::string shown = from_working(path);
  const Result<RegularFile> file = RegularFile::open(path, shown);
  if (!file.ok()) return file.error();
  if (file->size() > kLongestSuppressions)
    return Error{quoted_name(shown) + " is too long for a file of known findings"};
  const Result<std::string> text = file->read(0, file->size());
  if (!text.ok()) return text.error();
  return read_suppressions(*text, shown);
}

bool is_there(const std::string& path) {
  std::error_code failed;
  return fs::symlink_status(path, failed).type() != fs::file_type::not_found;
}

class Settlement {
 public:
  Settlement(ModelReport& report, const CheckOptions& options, const std::vector<const Rule*>& chosen)
      : report_(report), options_(options) {
    for (const Rule* rule : chosen) run_.emplace(rule->name);
    for (const SkippedRule& skipped : report.skipped) run_.erase(skipped.rule);
  }

  Result<ToRemember> settle() {
    set_severities(options_.severity, report_);
    if (auto failed = leave_out(options_.per_file_ignores, report_)) return std::move(*failed);
    const auto is_run = [&](const std::string& rule) { return run_.contains(rule); };
    keep(without_commented(std::move(report_.findings), ignore_comments(report_.sources), report_.sources, is_run));
    ToRemember to_remember{path_of_known(report_, options_), "", {}, {run_.begin(), run_.end()}, options_.suppress_all,
                           options_.prune_suppressions};
    if (to_remember.path.empty()) {
      finish();
      return to_remember;
    }
    to_remember.model = name_of_model(report_, to_remember.path);
    KnownFile file{from_working(to_remember.path), label_of(to_remember.path), false, {}};
    if (is_there(to_remember.path) || (!options_.suppressions.empty() && !options_.suppress_all)) {
      auto entries = entries_at(to_remember.path);
      if (!entries.ok()) return entries.error();
      file.entries = std::move(*entries);
    }
    file.comes_with_model =
        options_.suppressions.empty() && !lies_in(working_folder(), fs::path(to_remember.path).parent_path().string());
    to_remember.found = report_.findings;
    if (to_remember.prune) file.entries = pruned(std::move(file.entries), report_.findings, to_remember.model, is_run);
    if (to_remember.add) file.entries = with_all(std::move(file.entries), report_.findings, to_remember.model);
    keep(without_known(std::move(report_.findings), file, to_remember.model, is_run));
    if (!to_remember.add && !to_remember.prune) to_remember.path.clear();
    finish();
    return to_remember;
  }

 private:
  void keep(Sorted sorted) {
    report_.findings = std::move(sorted.fresh);
    std::move(sorted.known.begin(), sorted.known.end(), std::back_inserter(report_.known));
    std::move(sorted.unused.begin(), sorted.unused.end(), std::back_inserter(unused_));
  }

  // From the model's folder, from which other files are told, too.
  std::string label_of(const std::string& path) const {
    return report_.folder.empty() ? path
                                  : fs::path(path).lexically_relative(absolute_path(report_.folder)).generic_string();
  }

  void finish() {
    if (run_.contains(kUnusedSuppression)) {
      std::move(unused_.begin(), unused_.end(), std::back_inserter(report_.findings));
      set_severities(options_.severity, report_);
      sort_findings(report_.findings);
    }
  }

  ModelReport& report_;
  const CheckOptions& options_;
  std::set<std::string> run_;
  Findings unused_;
};

}  // namespace

Result<ToRemember> settle(ModelReport& report, const CheckOptions& options, const std::vector<const Rule*>& chosen) {
  return Settlement(report, options, chosen).settle();
}

Result<std::string> remember(const std::vector<ToRemember>& all) {
  std::set<std::string> paths;
  for (const ToRemember& each : all) {
    if (!each.path.empty()) paths.insert(each.path);
  }
  std::string said;
  for (const std::string& path : paths) {
    const bool is_new = !is_there(path);
    std::vector<Suppression> entries;
    if (!is_new) {
      auto read = entries_at(path);
      if (!read.ok()) return read.error();
      entries = std::move(*read);
    }
    const std::string before = is_new ? "" : text_of(entries);
    for (const ToRemember& each : all) {
      if (each.path != path) continue;
      const std::set<std::string> run(each.run.begin(), each.run.end());
      if (each.prune)
        entries =
            pruned(std::move(entries), each.found, each.model, [&](const auto& rule) { return run.contains(rule); });
      if (each.add) entries = with_all(std::move(entries), each.found, each.model);
    }
    if (is_new && entries.empty()) continue;
    std::size_t count = 0;
    for (const Suppression& entry : entries) count += entry.count;
    const std::string text = text_of(std::move(entries));
    if (text == before) continue;
    if (auto failed = is_new ? write_new_file(path, text) : rewrite_file(path, text)) return std::move(*failed);
    said += fmt::format("wrote {}: {} known\n", printable(from_working(path)), count);
  }
  return said;
}

}  // namespace ckptlint
