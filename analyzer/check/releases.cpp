// Lays the reports of several releases over each other: files are numbered anew, and each finding is kept once, with
// the releases that it was found with.
#include "check/releases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace ckptlint {
namespace {

// "4.57.6", "4.57.6 and 5.23.0".
std::string all_of(const std::vector<std::string>& releases) {
  const std::vector<std::string> head(releases.begin(), releases.end() - 1);
  return head.empty() ? releases.back() : fmt::format("{} and {}", fmt::join(head, ", "), releases.back());
}

// A place of the user's own, as the code of the library differs from release to release.
std::string own_place(const SourceFiles& sources, const Finding& finding) {
  if (finding.labels.empty()) return "";
  const Label& label = finding.labels.front();
  const SourceFile* file = sources.find(label.span.file);
  if (file == nullptr) return fmt::format("{}:{}", label.file, label.key);
  return file->in_model_repo ? fmt::format("{}:{}:{}", file->path, label.span.line, label.span.column) : "";
}

bool is_checked(const ModelReport& report, const std::string& rule) {
  if (report.error) return false;
  return std::none_of(report.skipped.begin(), report.skipped.end(),
                      [&](const SkippedRule& skipped) { return skipped.rule == rule; });
}

class OverReleases {
 public:
  explicit OverReleases(std::vector<ReleaseReport> reports) : reports_(std::move(reports)) {}

  ModelReport merged() && {
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      if (reports_[i].report.error) continue;
      if (!merged_)
        merged_ = reports_[i].report;
      else
        add(reports_[i].report);
      for (const Finding& finding : reports_[i].report.findings) found(finding, i);
    }
    if (!merged_) return std::move(reports_.front().report);
    add_left_out();
    for (const ReleaseReport& each : reports_) {
      if (each.report.error)
        merged_->not_checked.push_back({{"the model with transformers " + each.release}, each.report.error->message});
    }
    finish();
    return std::move(*merged_);
  }

 private:
  struct Found {
    Finding finding;
    std::string place;
    std::vector<std::size_t> with;  // indexes of reports
  };

  FileId moved(const SourceFiles& sources, FileId id) {
    const SourceFile* file = sources.find(id);
    if (file == nullptr) return FileId::kNone;
    std::vector<SourceFile>& known = merged_->sources.files;
    const auto at = std::find_if(known.begin(), known.end(), [&](const SourceFile& each) {
      return each.path == file->path && each.in_model_repo == file->in_model_repo &&
             std::string_view(each.text) == std::string_view(file->text);
    });
    const std::size_t number = static_cast<std::size_t>(at - known.begin());
    if (at == known.end()) known.push_back(*file);
    return static_cast<FileId>(number);
  }

  void add(const ModelReport& report) {
    if (merged_->basis == Basis::kNone) {
      merged_->basis = report.basis;
      merged_->class_name = report.class_name;
    }
    for (const std::string& ground : report.grounds) {
      if (std::find(merged_->grounds.begin(), merged_->grounds.end(), ground) == merged_->grounds.end())
        merged_->grounds.push_back(ground);
    }
    for (Partial partial : report.partial) {
      partial.where.file = moved(report.sources, partial.where.file);
      const auto same = [&](const Partial& each) { return each.what == partial.what && each.where == partial.where; };
      if (std::none_of(merged_->partial.begin(), merged_->partial.end(), same)) merged_->partial.push_back(partial);
    }
  }

  // What only some releases leave out is said of them.
  void add_left_out() {
    std::vector<std::pair<NotChecked, std::vector<std::string>>> parts;
    std::vector<std::pair<SkippedRule, std::vector<std::string>>> skipped;
    const auto note = [](auto& all, const auto& one, const std::string& release, const auto& is_same) {
      const auto at = std::find_if(all.begin(), all.end(), [&](const auto& each) { return is_same(each.first, one); });
      (at == all.end() ? all.emplace_back(one, std::vector<std::string>()) : *at).second.push_back(release);
    };
    for (const ReleaseReport& each : reports_) {
      for (const NotChecked& part : each.report.not_checked)
        note(parts, part, each.release,
             [](const NotChecked& a, const NotChecked& b) { return a.what == b.what && a.why == b.why; });
      for (const SkippedRule& rule : each.report.skipped)
        note(skipped, rule, each.release,
             [](const SkippedRule& a, const SkippedRule& b) { return a.rule == b.rule && a.reason == b.reason; });
    }
    const auto of = [&](const std::vector<std::string>& releases, const std::string& why) {
      return releases.size() == reports_.size() ? why : fmt::format("with transformers {} {}", all_of(releases), why);
    };
    merged_->not_checked.clear();
    merged_->skipped.clear();
    for (auto& [part, releases] : parts) merged_->not_checked.push_back({part.what, of(releases, part.why)});
    for (auto& [rule, releases] : skipped) merged_->skipped.push_back({rule.rule, of(releases, rule.reason)});
    std::stable_sort(merged_->skipped.begin(), merged_->skipped.end(),
                     [](const SkippedRule& a, const SkippedRule& b) { return a.rule < b.rule; });
  }

  void found(const Finding& finding, std::size_t with) {
    const SourceFiles& sources = reports_[with].report.sources;
    const std::string place = own_place(sources, finding);
    const auto same = std::find_if(found_.begin(), found_.end(), [&](const Found& each) {
      return each.finding.rule == finding.rule && each.finding.severity == finding.severity &&
             each.finding.message == finding.message && each.finding.tensors == finding.tensors && each.place == place;
    });
    if (same != found_.end()) {
      if (same->with.back() != with) same->with.push_back(with);
      return;
    }
    Finding kept = finding;
    for (Label& label : kept.labels) label.span.file = moved(sources, label.span.file);
    for (Fix& fix : kept.fixes) {
      for (Edit& edit : fix.edits) edit.file = moved(sources, edit.file);
    }
    found_.push_back({std::move(kept), place, {with}});
  }

  std::string range_of(const Found& found) const {
    std::vector<std::string> with, without, unknown;
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      const bool is_with = std::find(found.with.begin(), found.with.end(), i) != found.with.end();
      const bool is_known = is_with || is_checked(reports_[i].report, found.finding.rule);
      (is_with ? with : is_known ? without : unknown).push_back(reports_[i].release);
    }
    std::string text = "with transformers " + all_of(with);
    if (!without.empty()) text += ", not with " + all_of(without);
    if (!unknown.empty()) text += fmt::format("; not checked with {}", all_of(unknown));
    return text;
  }

  void finish() {
    merged_->findings.clear();
    for (Found& each : found_) {
      each.finding.notes.push_back(range_of(each));
      merged_->findings.push_back(std::move(each.finding));
    }
    sort_findings(merged_->findings);
  }

  std::vector<ReleaseReport> reports_;
  std::optional<ModelReport> merged_;
  std::vector<Found> found_;
};

}  // namespace

std::vector<ModelInput> with_one_release_each(const ModelInput& input) {
  const auto libraries = std::count_if(input.sources.begin(), input.sources.end(),
                                       [](const SourceTree& source) { return source.library; });
  if (libraries < 2) return {input};
  std::vector<ModelInput> all;
  for (std::ptrdiff_t number = 0; number < libraries; ++number) {
    ModelInput& one = all.emplace_back(input);
    std::ptrdiff_t seen = 0;
    std::erase_if(one.sources, [&](const SourceTree& source) { return source.library && seen++ != number; });
    one.transformers = transformers_version(one.sources);
  }
  return all;
}

ModelReport report_over_releases(std::vector<ReleaseReport> reports) {
  return OverReleases(std::move(reports)).merged();
}

}  // namespace ckptlint
