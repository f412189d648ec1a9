// Runs the phases with one release, has its save_pretrained evaluated, and runs them over what that wrote with the
// other.
#include "check/round_trip.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/escape.h"
#include "check/saved_repo.h"
#include "graph/evaluated_model.h"
#include "loading/saving.h"

namespace ckptlint {
namespace {

using Analyzed = Result<std::unique_ptr<Analysis>>;

Analyzed analyzed(const ModelInput& input) {
  static const Companions not_asked;
  Question question;
  question.simulate_placement = false;
  question.companions = &not_asked;
  return analyze(input, question);
}

// Of the release that is to save: nothing where it has the model.
StageAnswer obstacle_of(const ModelInput& input, const Analyzed& analysis) {
  if (!analysis.ok()) return {Verdict::kUnknown, analysis.error().message};
  const ReleaseAnswer answer = answer_of(input, **analysis);
  for (const Verdict verdict : {Verdict::kBad, Verdict::kUnknown}) {
    for (const Stage stage : {Stage::kConfig, Stage::kCode, Stage::kBuild, Stage::kKeys}) {
      const StageAnswer& each = answer.stages[static_cast<std::size_t>(stage)];
      // What is missing is initialised, and saved like all else.
      const bool loads_in_part =
          stage == Stage::kKeys && (*analysis)->model.loading && (*analysis)->model.loading->raises.empty();
      if (each.verdict == verdict && !loads_in_part) return {verdict, fmt::format("{}: {}", name_of(stage), each.why)};
    }
  }
  if (!(*analysis)->built || (*analysis)->built->evaluated == nullptr)
    return {Verdict::kUnknown, "the model was not built from source"};
  return {};
}

Known<Saved> saved_of(const ModelInput& input, const Analysis& analysis) {
  const Model& model = analysis.model;
  EvaluatedModel& evaluated = *analysis.built->evaluated;
  if (!model.checkpoint) return find_saved(*model.graph, nullptr, input.repo, evaluated);
  const LoadedFrom loaded{*model.checkpoint, *model.loading};
  return find_saved(*model.graph, &loaded, input.repo, evaluated);
}

void read_names(const Model& model, RoundTrip& trip) {
  if (!model.loading || !model.loading->raises.empty()) return;
  const Loading& loading = *model.loading;
  trip.missing = model.graph->names_of(loading.missing);
  for (const MismatchedKey& key : loading.mismatched) trip.mismatched.push_back(model.graph->tensor(key.tensor).name);
  for (const UnexpectedKey& key : loading.unexpected) trip.unexpected.push_back(key.key);
  for (auto* names : {&trip.missing, &trip.mismatched, &trip.unexpected}) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }
  trip.takes.verdict = trip.unexpected.empty() ? Verdict::kGood : Verdict::kBad;
  if (!trip.unexpected.empty())
    trip.takes.why = fmt::format("{} without a place: {}{}", trip.unexpected.size(),
                                 quoted_name(trip.unexpected.front()), trip.unexpected.size() > 1 ? ", ..." : "");
}

RoundTrip trip_of(const ModelInput& first, const Analyzed& before, const ModelInput& second) {
  RoundTrip trip;
  trip.saved_by = first.transformers;
  trip.loaded_by = second.transformers;
  trip.loads.release = second.transformers;
  trip.of_weights = before.ok() && (*before)->model.checkpoint;
  trip.saves = obstacle_of(first, before);
  if (trip.saves.verdict != Verdict::kNotAsked) return trip;
  const Known<Saved> saved = saved_of(first, **before);
  if (!saved) {
    trip.saves = {Verdict::kUnknown, saved.unknown().why};
    return trip;
  }
  trip.saves = {saved->raises.empty() ? Verdict::kGood : Verdict::kBad, printable(saved->raises)};
  if (!saved->raises.empty()) return trip;
  trip.stored = saved->tensors;
  ModelInput input = second;
  input.repo = saved_repo(*saved, first.repo);
  input.entry.clear();
  input.hub_name.clear();
  input.hub_commit.clear();
  if (auto failed = read_config(input)) {
    trip.loads.stages[0] = {Verdict::kUnknown, failed->message};
    return trip;
  }
  const Analyzed after = analyzed(input);
  if (!after.ok()) {
    trip.loads.stages[0] = {Verdict::kUnknown, after.error().message};
    return trip;
  }
  trip.loads = answer_of(input, **after);
  read_names((*after)->model, trip);
  return trip;
}

bool has(const RoundTrip& trip, Verdict verdict) {
  const std::vector<TripCell> cells = cells_of(trip);
  return std::any_of(cells.begin(), cells.end(), [&](const TripCell& each) { return each.answer.verdict == verdict; });
}

}  // namespace

std::vector<TripCell> cells_of(const RoundTrip& trip) {
  std::vector<TripCell> cells{{"saves", trip.saves}};
  for (const Stage stage : {Stage::kConfig, Stage::kCode, Stage::kBuild, Stage::kKeys, Stage::kBuffers}) {
    if (stage == Stage::kBuffers) cells.push_back({"taken", trip.takes});
    cells.push_back({name_of(stage), trip.loads.stages[static_cast<std::size_t>(stage)]});
  }
  return cells;
}

bool RoundTrip::works() const { return !has(*this, Verdict::kBad); }

bool RoundTrip::is_known() const { return !has(*this, Verdict::kUnknown); }

std::vector<RoundTrip> round_trips_of(const ModelInput& one, const ModelInput& other) {
  const Analyzed with_one = analyzed(one);
  RoundTrip there = trip_of(one, with_one, other);
  const Analyzed with_other = analyzed(other);
  return {std::move(there), trip_of(other, with_other, one)};
}

}  // namespace ckptlint
