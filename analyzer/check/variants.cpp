// Lays the reports of several variants over each other: files are numbered anew, and each finding is kept once, with
// the releases and placements that it was found with.
#include "check/variants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

// "4.57.6", "4.57.6 and 5.23.0".
std::string all_of(const std::vector<std::string>& names) {
  const std::vector<std::string> head(names.begin(), names.end() - 1);
  return head.empty() ? names.back() : fmt::format("{} and {}", fmt::join(head, ", "), names.back());
}

// "with transformers 4.57.6, not with 5.23.0"; each list may be empty, but not the first.
std::string range_text(const std::string& kind, const std::vector<std::string>& with,
                       const std::vector<std::string>& without, const std::vector<std::string>& unknown) {
  std::string text = "with " + kind + " " + all_of(with);
  if (!without.empty()) text += ", not with " + all_of(without);
  if (!unknown.empty()) text += fmt::format("; not checked with {}", all_of(unknown));
  return text;
}

bool depends_on_placement(const std::string& rule_name) {
  const Rule* rule = find_rule(rule_name);
  return rule != nullptr && has_all(rule->needs, Facts::kPlacement);
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

class OverVariants {
 public:
  explicit OverVariants(std::vector<VariantReport> reports) : reports_(std::move(reports)) {
    const auto note = [](std::vector<std::string>& names, const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const VariantReport& each : reports_) {
      note(releases_, each.release);
      note(placements_, each.placement);
    }
  }

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
    add_pictures();
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      if (const auto& error = reports_[i].report.error)
        merged_->not_checked.push_back({{"the model " + variants_text({i})}, error->message});
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
    using Variants = std::vector<std::size_t>;
    std::vector<std::pair<NotChecked, Variants>> parts;
    std::vector<std::pair<SkippedRule, Variants>> skipped;
    const auto note = [](auto& all, const auto& one, std::size_t variant, const auto& is_same) {
      const auto at = std::find_if(all.begin(), all.end(), [&](const auto& each) { return is_same(each.first, one); });
      (at == all.end() ? all.emplace_back(one, Variants()) : *at).second.push_back(variant);
    };
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      for (const NotChecked& part : reports_[i].report.not_checked)
        note(parts, part, i,
             [](const NotChecked& a, const NotChecked& b) { return a.what == b.what && a.why == b.why; });
      for (const SkippedRule& rule : reports_[i].report.skipped)
        note(skipped, rule, i,
             [](const SkippedRule& a, const SkippedRule& b) { return a.rule == b.rule && a.reason == b.reason; });
    }
    const auto of = [&](const Variants& variants, const std::string& why) {
      return variants.size() == reports_.size() ? why : variants_text(variants) + " " + why;
    };
    merged_->not_checked.clear();
    merged_->skipped.clear();
    for (auto& [part, variants] : parts) merged_->not_checked.push_back({part.what, of(variants, part.why)});
    for (auto& [rule, variants] : skipped) merged_->skipped.push_back({rule.rule, of(variants, rule.reason)});
    std::stable_sort(merged_->skipped.begin(), merged_->skipped.end(),
                     [](const SkippedRule& a, const SkippedRule& b) { return a.rule < b.rule; });
  }

  // One a variant, named; the modules of a release are drawn once.
  void add_pictures() {
    merged_->pictures.clear();
    std::vector<std::string> releases;
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      for (const auto& picture : reports_[i].report.pictures) {
        ModelPicture named = *picture;
        named.variant = variants_text({i});
        const bool is_new = std::find(releases.begin(), releases.end(), reports_[i].release) == releases.end();
        if (!is_new) named.rows.clear();
        if (!is_new) named.rows_left_out = 0;
        releases.push_back(reports_[i].release);
        merged_->pictures.push_back(std::make_shared<const ModelPicture>(std::move(named)));
      }
    }
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

  // Of these: "with transformers 4.57.6 and 5.23.0", "with placement `2xA10`".
  std::string variants_text(const std::vector<std::size_t>& variants) const {
    std::vector<std::string> names;
    for (const std::size_t i : variants) {
      const std::string placement = quoted_name(reports_[i].placement);
      names.push_back(placements_.size() == 1 ? reports_[i].release
                      : releases_.size() == 1 ? placement
                                              : fmt::format("{} and placement {}", reports_[i].release, placement));
    }
    return fmt::format("with {} {}", placements_.size() > 1 && releases_.size() == 1 ? "placement" : "transformers",
                       all_of(names));
  }

  // With which of the releases it was found, of one placement; "" where with none, and `unknown` where that is not
  // known of all.
  std::string releases_text(const Found& found, const std::string& placement, bool& unknown) const {
    std::vector<std::string> with, without, not_checked;
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      if (reports_[i].placement != placement) continue;
      const bool is_with = std::find(found.with.begin(), found.with.end(), i) != found.with.end();
      const bool is_known = is_with || is_checked(reports_[i].report, found.finding.rule);
      (is_with ? with : is_known ? without : not_checked).push_back(reports_[i].release);
    }
    unknown = with.empty() && !not_checked.empty();
    return with.empty() ? "" : range_text("transformers", with, without, not_checked);
  }

  void add_ranges(const Found& found, std::vector<std::string>& notes) const {
    std::vector<std::pair<std::string, std::vector<std::string>>> alike;  // what is said of some placements
    std::vector<std::string> without, unknown;
    for (const std::string& placement : placements_) {
      bool is_unknown = false;
      const std::string text = releases_text(found, placement, is_unknown);
      if (text.empty()) {
        (is_unknown ? unknown : without).push_back(quoted_name(placement));
        continue;
      }
      const auto at = std::find_if(alike.begin(), alike.end(), [&](const auto& each) { return each.first == text; });
      (at == alike.end() ? alike.emplace_back(text, std::vector<std::string>()) : *at)
          .second.push_back(quoted_name(placement));
    }
    const bool everywhere = alike.size() == 1 && without.empty() && unknown.empty();
    const bool say_releases = releases_.size() > 1;
    // That what has nothing to do with placements happens with all of them is no news.
    if (placements_.size() == 1 || (everywhere && !depends_on_placement(found.finding.rule))) {
      if (say_releases) notes.push_back(alike.front().first);
      return;
    }
    // First of all notes, since what follows tells of the first of these placements.
    std::vector<std::string> ranges;
    for (std::size_t i = 0; i < alike.size(); ++i) {
      const bool last = i + 1 == alike.size();
      const std::vector<std::string> none;
      std::string text = range_text("placement", alike[i].second, last ? without : none, last ? unknown : none);
      if (say_releases) text += ": " + alike[i].first;
      ranges.push_back(std::move(text));
    }
    notes.insert(notes.begin(), ranges.begin(), ranges.end());
  }

  void finish() {
    merged_->findings.clear();
    for (Found& each : found_) {
      add_ranges(each, each.finding.notes);
      merged_->findings.push_back(std::move(each.finding));
    }
    sort_findings(merged_->findings);
  }

  std::vector<VariantReport> reports_;
  std::vector<std::string> releases_;  // distinct, in the order given
  std::vector<std::string> placements_;
  std::optional<ModelReport> merged_;
  std::vector<Found> found_;
};

}  // namespace

std::vector<ModelInput> with_one_release_each(const ModelInput& input) {
  const auto libraries = std::count_if(input.sources.begin(), input.sources.end(), holds_transformers);
  if (libraries < 2) return {input};
  std::vector<ModelInput> all;
  for (std::ptrdiff_t number = 0; number < libraries; ++number) {
    ModelInput& one = all.emplace_back(input);
    std::ptrdiff_t seen = 0;
    std::erase_if(one.sources,
                  [&](const SourceTree& source) { return holds_transformers(source) && seen++ != number; });
    one.transformers = transformers_version(one.sources);
  }
  return all;
}

ModelReport report_over_variants(std::vector<VariantReport> reports) {
  return OverVariants(std::move(reports)).merged();
}

}  // namespace ckptlint
