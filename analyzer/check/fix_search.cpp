// Tries the remedies of each finding on a copy of the input in memory, with those of new findings that they cause,
// and keeps as fixes the sets that a second run confirms.
#include "check/fix_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "base/text_edit.h"
#include "check/known_facts.h"
#include "ckptlint/names.h"
#include "fix/proof.h"
#include "fix/remedies.h"
#include "graph/asking.h"

namespace ckptlint {
namespace {

constexpr int kMostRounds = 4;         // in which a set of edits may grow
constexpr int kMostRuns = 60;          // of the phases, for one report
constexpr std::size_t kMostNamed = 3;  // new findings named in a step

std::string joined(const std::vector<std::string>& clauses, std::string_view separator, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    if (i != 0) text += i + 1 == clauses.size() ? last : separator;
    text += clauses[i];
  }
  return text;
}

std::vector<TensorId> same_names(const ModuleGraph& from, const std::vector<TensorId>& tensors, const ModuleGraph& to) {
  std::vector<TensorId> found;
  for (const TensorId id : tensors) {
    for (std::uint32_t i = 0; i < to.tensors.size(); ++i) {
      if (to.tensors[i].name == from.tensor(id).name) found.push_back(TensorId{i});
    }
  }
  return found;
}

// One set of edits that grows until a run of the phases has nothing against it.
class Trial {
 public:
  // Files of the repo that a fix edits and no span names are added to `sources`.
  Trial(const ModelInput& input, const Question& question, const Analysis& before, const Finding& finding,
        SourceFiles& sources, int& runs)
      : input_(input), question_(question), before_(before), finding_(finding), sources_(sources), runs_(runs) {}

  // The fix, or why there is none.
  Result<Fix> run(const Remedy& remedy);
  // After run(): how many findings the model has with the fix.
  std::size_t left() const { return after_ == nullptr ? before_.findings.size() : after_->findings.size(); }

 private:
  // Each gives the reason why it failed, or nothing.
  std::optional<Error> take(const Remedy& remedy, const Analysis& analysis);
  std::optional<Error> apply();
  std::string outcome(const std::vector<const Finding*>& fresh, bool with_lines = false) const;
  std::string what_is_loaded() const;
  bool extend(const std::vector<const Finding*>& fresh);
  std::optional<Error> settle();
  std::optional<Error> follow(const DropPersistence& dropped);
  bool graph_stays() const;
  bool loads_alike() const;
  FileId file_of(const OwnFile& own);
  Result<Fix> finished();

  const ModelInput& input_;
  const Question& question_;
  const Analysis& before_;
  const Finding& finding_;
  SourceFiles& sources_;
  int& runs_;
  OwnTexts texts_;                   // of the files edited so far
  std::unique_ptr<Analysis> after_;  // of the input with them
  std::vector<Attempt> pending_;     // made for the latest analysis, not yet applied
  Question changed_;                 // the question, with a map or classes to try
  bool touches_keys_ = false;        // what is stored is read otherwise, or not at all
  Fix fix_;
  struct Step {
    std::string title;    // what was added to the set
    std::string outcome;  // of running everything with it
  };
  std::vector<std::string> titles_;
  std::vector<Step> steps_;
  std::vector<std::string> reasons_;
};

std::optional<Error> Trial::take(const Remedy& remedy, const Analysis& analysis) {
  Result<Attempt> made = attempt(remedy, analysis.model, input_.repo.get());
  if (!made.ok()) return made.error();
  if (!made->edits.empty() && !input_.graph_file.empty())
    return Error{"the module graph was given, so an edit of its source cannot be tried"};
  if (made->files.contains("config.json") && !input_.graph_file.empty())
    return Error{"the module graph was given, so another config cannot be tried"};
  touches_keys_ |= std::holds_alternative<IgnoreUnexpected>(remedy) || std::holds_alternative<MapKeys>(remedy) ||
                   std::holds_alternative<EditConfig>(remedy);
  fix_.applicability = std::max(fix_.applicability, made->applicability);
  if (!made->reason.empty()) reasons_.push_back(made->reason);
  pending_.push_back(std::move(*made));
  return std::nullopt;
}

// " (file:line)" of the first line of source among its labels; empty where there is none.
std::string line_of(const SourceFiles& sources, const Finding& finding) {
  for (const Label& label : finding.labels) {
    if (std::string line = place_of(sources, label.span); !line.empty()) return line;
  }
  return "";
}

// Lays the pending attempts over the input and runs the phases.
std::optional<Error> Trial::apply() {
  const Analysis& latest = after_ == nullptr ? before_ : *after_;
  std::map<FileId, std::vector<Edit>> edits;
  for (Attempt& each : pending_) {
    titles_.push_back(each.title);
    if (!each.text.empty()) fix_.text = each.text;
    for (const Edit& edit : each.edits) edits[edit.file].push_back(edit);
    for (auto& [path, text] : each.files) texts_[OwnFile{std::nullopt, path}] = std::move(text);
    if (!each.device_map.empty()) changed_.placement.by_hand = each.device_map;
    if (each.edits.empty()) changed_.placement.keep_whole = each.keep_whole;
    if (!each.key_mapping.empty()) changed_.key_mapping = each.key_mapping;
    if (each.edits.empty()) changed_.ignore_unexpected = each.ignore_unexpected;
  }
  pending_.clear();
  for (auto& [id, list] : edits) {
    const SourceFile& file = *latest.sources().find(id);
    const auto own = own_file(input_, file);
    if (!own) return Error{fmt::format("`{}` is not a file of this model", file.path)};
    Result<std::string> text = apply_edits(file.text, std::move(list));
    if (!text.ok()) return text.error();
    texts_[*own] = std::move(*text);
  }
  // No remedy edits a file of the tokenizer or the processor.
  changed_.companions = &before_.model.companions;
  changed_.conduct = &before_.model.conduct;
  changed_.loaded = loads_alike() ? &before_.model : nullptr;
  if (runs_++ >= kMostRuns) return Error{"too many fixes were tried already"};
  Result<std::unique_ptr<Analysis>> after =
      analyze(with_texts(input_, texts_), changed_, graph_stays() ? &before_ : nullptr);
  if (!after.ok()) return Error{"the edited model cannot be analysed: " + after.error().message};
  after_ = std::move(*after);
  if (after_->model.build_failure() != nullptr && before_.model.build_failure() == nullptr)
    return Error{"the edited model cannot be built: " + after_->model.build_failure()->what +
                 place_of(after_->sources(), after_->model.build_failure()->where)};
  if (after_->obstacle && !before_.obstacle)
    return Error{"the edited model cannot be analysed: " + after_->obstacle->message};
  // What no rule looked at any more is not gone.
  if (!has_all(known_facts(after_->model), known_facts(before_.model)))
    return Error{"with it, less of the model can be checked"};
  return std::nullopt;
}

std::string Trial::outcome(const std::vector<const Finding*>& fresh, bool with_lines) const {
  std::string text = is_gone(finding_, after_->findings) ? "the finding is gone" : "the finding stays";
  if (fresh.empty()) return text + ", nothing new is found";
  text += fmt::format(", but {} new: ", fresh.size() == 1 ? "one is" : fmt::format("{} are", fresh.size()));
  for (std::size_t i = 0; i < std::min(fresh.size(), kMostNamed); ++i)
    text += fmt::format("{}`{}`, {}{}", i == 0 ? "" : "; ", fresh[i]->rule, fresh[i]->message,
                        with_lines ? line_of(after_->sources(), *fresh[i]) : "");
  if (fresh.size() > kMostNamed) text += fmt::format("; and {} more", fresh.size() - kMostNamed);
  return text;
}

// A report that is silent is no proof that what was trained is loaded: what it leaves out is said.  Empty where all is
// loaded, or that is not known.
std::string Trial::what_is_loaded() const {
  const Known<Loading>& loading = after_->model.loading;
  if (!loading || !loading->raises.empty()) return "";
  std::vector<std::string> clauses;
  if (const std::size_t unread = loading->unexpected.size() + loading->ignored.size(); unread != 0)
    clauses.push_back(fmt::format("{} stored tensor{} not read", unread, unread == 1 ? " is" : "s are"));
  if (const std::size_t unset = loading->missing.size(); unset != 0)
    clauses.push_back(
        fmt::format("{} of its own {} from what `_init_weights` gives", unset, unset == 1 ? "starts" : "start"));
  return clauses.empty() ? "" : "the model that is then loaded: " + joined(clauses, ", ", " and ");
}

// Takes the remedies of new findings into the set; whether there was any.
bool Trial::extend(const std::vector<const Finding*>& fresh) {
  std::vector<Remedy> remedies;
  for (const Finding* finding : fresh) {
    for (const Remedy& remedy : finding->remedies) {
      if (std::holds_alternative<IgnoreUnexpected>(remedy) || std::holds_alternative<RebuildBuffers>(remedy))
        remedies.push_back(remedy);
    }
  }
  // Attributes stand before methods, also where both go to the same place.
  std::stable_sort(remedies.begin(), remedies.end(),
                   [](const Remedy& a, const Remedy& b) { return a.index() < b.index(); });
  for (const Remedy& remedy : remedies) {
    if (const auto failed = take(remedy, *after_)) reasons_.push_back(failed->message);
  }
  return !pending_.empty();
}

// Applies, and extends the set while new findings appear.
std::optional<Error> Trial::settle() {
  for (int round = 0; round < kMostRounds; ++round) {
    const std::size_t first = titles_.size();
    if (auto failed = apply()) return failed;
    const std::vector<const Finding*> fresh = new_findings(before_.findings, after_->findings);
    steps_.push_back(
        {joined({titles_.begin() + static_cast<std::ptrdiff_t>(first), titles_.end()}, ", ", " and "), outcome(fresh)});
    fix_.proof.confirmed = is_gone(finding_, after_->findings) && fresh.empty();
    fix_.proof.new_findings.clear();
    for (const Finding* finding : fresh)
      fix_.proof.new_findings.push_back(fmt::format("[{}] {}", finding->rule, finding->message));
    if (fresh.empty() || !extend(fresh)) break;
  }
  return std::nullopt;
}

// No edit so far is of what the module graph is made from.
bool Trial::graph_stays() const {
  return std::all_of(texts_.begin(), texts_.end(),
                     [](const auto& each) { return !each.first.source && each.first.path.ends_with(".index.json"); });
}

// So far only maps were tried, and classes that are not split.
bool Trial::loads_alike() const {
  return texts_.empty() && changed_.key_mapping == question_.key_mapping &&
         changed_.ignore_unexpected == question_.ignore_unexpected;
}

FileId Trial::file_of(const OwnFile& own) {
  auto& files = sources_.files;
  auto file =
      std::find_if(files.begin(), files.end(), [&](const SourceFile& each) { return own_file(input_, each) == own; });
  if (file == files.end() && !own.source) {
    SourceFile added{own.path, input_.repo->real_path(own.path), {}, true};
    if (input_.repo->is_file(own.path)) {
      Result<std::string> text = input_.repo->read(own.path);
      if (!text.ok()) return FileId::kNone;
      added.text = std::move(*text);
    }
    file = files.insert(files.end(), std::move(added));
  }
  return file == files.end() ? FileId::kNone : FileId{static_cast<std::uint32_t>(file - files.begin())};
}

Result<Fix> Trial::finished() {
  if (!fix_.proof.confirmed) {
    std::string why = steps_.empty() ? "it could not be tried"
                                     : "with it, " + outcome(new_findings(before_.findings, after_->findings), true);
    if (!reasons_.empty()) why += fmt::format(" ({})", reasons_.back());
    return Error{why};
  }
  for (const auto& [own, text] : texts_) {
    const FileId id = file_of(own);
    if (id == FileId::kNone) return Error{"it would edit a file that the model's graph does not name"};
    for (Edit& edit : edits_between(sources_.find(id)->text, text, id)) fix_.edits.push_back(std::move(edit));
  }
  std::stable_sort(fix_.edits.begin(), fix_.edits.end(), [](const Edit& a, const Edit& b) { return a.file < b.file; });
  fix_.title = joined(titles_, ", ", ", and ");
  if (steps_.size() == 1) fix_.proof.steps = {"everything was run again with it: " + steps_.front().outcome};
  for (std::size_t i = 0; i < steps_.size() && steps_.size() > 1; ++i) {
    fix_.proof.steps.push_back(
        fmt::format("{} {}: {}", i == 0 ? "only to" : "then to", steps_[i].title, steps_[i].outcome));
  }
  if (touches_keys_) {
    if (std::string left = what_is_loaded(); !left.empty()) fix_.proof.steps.push_back(std::move(left));
  }
  fix_.reason = fix_.applicability == Applicability::kUnsafe ? joined(reasons_, "; ", "; ") : "";
  return std::move(fix_);
}

// What no finding asks for: where no checkpoint is at hand, others may still carry the keys; and a buffer outside the
// state dict is in no device map, so that it stays on the CPU unless the code moves it.
std::optional<Error> Trial::follow(const DropPersistence& dropped) {
  if (!before_.model.loading &&
      take(IgnoreUnexpected{before_.model.graph->names_of(dropped.buffers)}, *after_) == std::nullopt) {
    if (auto failed = settle()) return failed;
  }
  const MoveWhereUsed move{same_names(*before_.model.graph, dropped.buffers, *after_->model.graph)};
  return take(move, *after_) ? std::nullopt : settle();
}

Result<Fix> Trial::run(const Remedy& remedy) {
  changed_ = question_;
  fix_.applicability = Applicability::kSafe;
  if (auto failed = take(remedy, before_)) return std::move(*failed);
  if (auto failed = settle()) return std::move(*failed);
  if (const auto* dropped = std::get_if<DropPersistence>(&remedy); dropped != nullptr && fix_.proof.confirmed) {
    if (auto failed = follow(*dropped)) return std::move(*failed);
  }
  return finished();
}

std::string refusal(const Remedy& remedy) {
  struct Name {
    std::string operator()(const DropPersistence&) const { return "`persistent=False`"; }
    std::string operator()(const IgnoreUnexpected&) const {
      return "a pattern in `_keys_to_ignore_on_load_unexpected`";
    }
    std::string operator()(const RebuildBuffers&) const { return "a branch of `_init_weights`"; }
    std::string operator()(const MoveWhereUsed&) const { return "moving the buffers where they are used"; }
    std::string operator()(const WriteDeviceMap&) const { return "a complete device map"; }
    std::string operator()(const KeepWhole&) const { return "an entry in `_no_split_modules`"; }
    std::string operator()(const MendDeviceMap&) const { return "the map with what it lacks"; }
    std::string operator()(const MapKeys&) const { return "a `key_mapping`"; }
    std::string operator()(const GuardWrites&) const { return "writing through `transformers.initialization`"; }
    std::string operator()(const NameTieSources&) const { return "`_tied_weights_keys` as a dict"; }
    std::string operator()(const WriteIndex&) const { return "writing the index"; }
    std::string operator()(const EditConfig& edit) const {
      return fmt::format("another {} in `config.json`", quoted_name(edit.path));
    }
  };
  return std::visit(Name{}, remedy) + " is not offered: ";
}

}  // namespace

ModelInput with_texts(const ModelInput& input, const OwnTexts& texts) {
  ModelInput changed = input;
  std::map<std::optional<std::size_t>, std::map<std::string, std::string>> by_tree;
  for (const auto& [own, text] : texts) by_tree[own.source][own.path] = text;
  for (auto& [source, files] : by_tree) {
    FileTreePtr& tree = source ? changed.sources[*source].tree : changed.repo;
    const bool has_config = !source && files.contains("config.json");
    tree = overlay_tree(tree, std::move(files));
    if (has_config && read_config(changed)) changed.has_config = false;
  }
  return changed;
}

void search_fixes(const ModelInput& input, const Question& question, Analysis& analysis) {
  int runs = 0;
  // The trials compare with the findings as the rules made them.
  std::vector<std::pair<std::vector<Fix>, std::vector<std::string>>> results;
  for (const Finding& finding : analysis.findings) {
    auto& [fixes, notes] = results.emplace_back();
    std::optional<std::size_t> fewest;  // findings left by a guess; only the best one is shown
    for (const Remedy& remedy : finding.remedies) {
      Trial trial(input, question, analysis, finding, analysis.sources(), runs);
      Result<Fix> fix = trial.run(remedy);
      const auto* edit = std::get_if<EditConfig>(&remedy);
      const bool guess = edit != nullptr && edit->is_guess;
      if (guess && (!fix.ok() || (fewest && trial.left() >= *fewest))) continue;
      if (guess && std::exchange(fewest, trial.left())) fixes.pop_back();
      if (fix.ok())
        fixes.push_back(std::move(*fix));
      else
        notes.push_back(refusal(remedy) + fix.error().message);
    }
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    Finding& finding = analysis.findings[i];
    finding.fixes = std::move(results[i].first);
    finding.notes.insert(finding.notes.end(), results[i].second.begin(), results[i].second.end());
  }
}

}  // namespace ckptlint
