// Compares findings with what comments and a file say is known.
#include "check/suppress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "base/nearest_word.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool is_of_security(const std::string& name) {
  const Rule* rule = find_rule(name);
  return rule != nullptr && rule->of_security;
}

// "there is no rule `x`; did you mean `y`?"
std::string no_such_rule(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Rule* rule : rules()) names.push_back(rule->name);
  return fmt::format("there is no rule {}{}", quoted_name(name), did_you_mean(name, names));
}

Finding unused(std::string message, Label label) {
  Finding finding;
  finding.rule = kUnusedSuppression;
  finding.severity = Severity::kInfo;
  finding.message = std::move(message);
  finding.labels.push_back(std::move(label));
  return finding;
}

bool is_about(const IgnoreComment& comment, const Finding& finding) {
  return std::any_of(finding.labels.begin(), finding.labels.end(), [&](const Label& label) {
    if (!label.span.known() || label.span.file != comment.span.file) return false;
    const std::uint32_t last = std::max(label.span.line, label.span.end_line);
    // What ends where a line begins has nothing of it.
    const std::uint32_t end = last > label.span.line && label.span.end_column == 1 ? last - 1 : last;
    return comment.whole_file || (label.span.line <= comment.last_line && end >= comment.first_line);
  });
}

// A rule that a comment names.
struct CommentedRule {
  const IgnoreComment* comment;
  const std::string* rule;
  bool used = false;
};

std::string complaint_about(const CommentedRule& each, const IsRun& is_run) {
  const std::string& rule = *each.rule;
  if (find_rule(rule) == nullptr) return "this comment is of no use: " + no_such_rule(rule);
  if (is_of_security(rule))
    return fmt::format(
        "this comment is of no use: `{}` is about security, which a comment in the model's code does not "
        "decide",
        rule);
  if (each.used || !is_run(rule)) return "";
  return fmt::format("this comment is of no use: there is no finding of `{}` {}", rule,
                     each.comment->whole_file ? "in this file" : "here");
}

}  // namespace

Sorted without_commented(Findings findings, const std::vector<IgnoreComment>& comments, const SourceFiles& sources,
                         const IsRun& is_run) {
  Sorted sorted;
  std::vector<CommentedRule> commented;
  for (const IgnoreComment& comment : comments) {
    if (!comment.defect.empty()) {
      sorted.unused.push_back(unused("this comment is of no use: " + comment.defect, Label::at(comment.span, "")));
      continue;
    }
    for (const std::string& rule : comment.rules) commented.push_back({&comment, &rule});
  }
  for (Finding& finding : findings) {
    const CommentedRule* by = nullptr;
    for (CommentedRule& each : commented) {
      if (*each.rule != finding.rule || is_of_security(finding.rule) || !is_about(*each.comment, finding)) continue;
      each.used = true;
      if (by == nullptr) by = &each;
    }
    if (by == nullptr) {
      sorted.fresh.push_back(std::move(finding));
      continue;
    }
    const SourceFile* file = sources.find(by->comment->span.file);
    const std::string where = fmt::format("{}:{}", file == nullptr ? "" : file->path, by->comment->span.line);
    sorted.known.push_back({std::move(finding), true, where, by->comment->reason});
  }
  for (const CommentedRule& each : commented) {
    if (std::string message = complaint_about(each, is_run); !message.empty())
      sorted.unused.push_back(unused(std::move(message), Label::at(each.comment->span, "")));
  }
  return sorted;
}

Sorted without_known(Findings findings, const KnownFile& file, const std::string& model, const IsRun& is_run) {
  Sorted sorted;
  std::vector<std::size_t> left;  // of each entry
  for (const Suppression& entry : file.entries) left.push_back(entry.count);
  const auto counts = [&](const Suppression& entry) {
    return entry.model == model && !(file.comes_with_model && is_of_security(entry.rule));
  };
  for (Finding& finding : findings) {
    const Suppression own = suppression_of(finding, model);
    std::size_t at = 0;
    while (at < left.size() && !(left[at] != 0 && counts(file.entries[at]) && file.entries[at].is_about_same(own)))
      ++at;
    if (at == left.size()) {
      sorted.fresh.push_back(std::move(finding));
      continue;
    }
    --left[at];
    sorted.known.push_back({std::move(finding), false, file.shown, file.entries[at].reason});
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Suppression& entry = file.entries[i];
    if (entry.model != model) continue;
    const std::string about = entry.about.empty() ? "" : " about " + quoted_name(entry.about.front());
    const std::string known = fmt::format("{} knows of {} of {}{}", quoted_name(file.shown),
                                          entry.count == 1 ? "a finding" : fmt::format("{} findings", entry.count),
                                          quoted_name(entry.rule), about);
    std::string why;
    if (find_rule(entry.rule) == nullptr)
      why = no_such_rule(entry.rule);
    else if (!counts(entry))
      why = "that is about security, which a file that comes with the model does not decide";
    else if (left[i] != 0 && is_run(entry.rule))
      why = left[i] == entry.count ? "there is none" : fmt::format("there are {}", entry.count - left[i]);
    if (why.empty()) continue;
    sorted.unused.push_back(unused(known + ", and " + why, Label::stored(file.label, "", "")));
  }
  return sorted;
}

std::vector<Suppression> with_all(std::vector<Suppression> entries, const Findings& found, const std::string& model) {
  std::vector<std::pair<Suppression, std::size_t>> counts;
  for (const Finding& finding : found) {
    const Suppression own = suppression_of(finding, model);
    const auto at =
        std::find_if(counts.begin(), counts.end(), [&](const auto& each) { return each.first.is_about_same(own); });
    if (at == counts.end())
      counts.emplace_back(own, 1);
    else
      ++at->second;
  }
  for (auto& [own, count] : counts) {
    const auto at =
        std::find_if(entries.begin(), entries.end(), [&](const Suppression& each) { return each.is_about_same(own); });
    if (at == entries.end()) {
      own.count = count;
      entries.push_back(own);
    } else {
      at->count = std::max(at->count, count);
    }
  }
  return entries;
}

std::vector<Suppression> pruned(std::vector<Suppression> entries, const Findings& found, const std::string& model,
                                const IsRun& is_run) {
  for (Suppression& entry : entries) {
    if (entry.model != model) continue;
    if (find_rule(entry.rule) == nullptr) entry.count = 0;
    if (!is_run(entry.rule)) continue;
    const auto same = [&](const Finding& finding) { return suppression_of(finding, model).is_about_same(entry); };
    entry.count = std::min(entry.count, static_cast<std::size_t>(std::count_if(found.begin(), found.end(), same)));
  }
  std::erase_if(entries, [](const Suppression& entry) { return entry.count == 0; });
  return entries;
}

}  // namespace ckptlint
