// Searches all equal budgets for losses, interval by interval.
#include "placement/witness.h"

#include <algorithm>
#include <set>
#include <utility>

#include "placement/budget_intervals.h"
#include "placement/clean_map.h"
#include "placement/coverage.h"
#include "placement/infer.h"
#include "placement/losses.h"
#include "placement/prepared.h"
#include "placement/refused_map.h"

namespace ckptlint {
namespace {

// What happens with one budget, and up to which one the same happens.
struct Outcome {
  std::int64_t to = 0;  // whole bytes
  std::vector<TensorId> lost;
  std::vector<std::uint32_t> cut;
  bool apart = false;
  bool spills = false;
  bool crashes = false;
};

// Adds to the last range what one more interval shows, or begins a range; `open` says whether the interval before was
// in it.  What is collected is kept apart from the range, where it is sorted.
template <typename Range, typename Id>
void extend(std::vector<Range>& ranges, bool& open, std::set<Id>& collected, std::vector<Id> Range::*member,
            BudgetRange interval, const std::vector<Id>& more) {
  if (more.empty()) {
    open = false;
    return;
  }
  if (!open) {
    ranges.emplace_back().budget = interval;
    collected.clear();
  }
  open = true;
  ranges.back().budget.to = interval.to;
  collected.insert(more.begin(), more.end());
  (ranges.back().*member).assign(collected.begin(), collected.end());
}

void extend(std::vector<BudgetRange>& ranges, bool& open, BudgetRange interval, bool more) {
  if (more && !open) ranges.push_back(interval);
  if (more) ranges.back().to = interval.to;
  open = more;
}

// Whether a block that is not to be split was placed tensor by tensor, on several devices.
bool lies_apart(const PlacementTree& tree, const Inferred& inferred) {
  return std::any_of(inferred.taken_apart.begin(), inferred.taken_apart.end(), [&](const TakenApart& taken) {
    if (!taken.tensor_by_tensor) return false;
    std::optional<DeviceSlot> first;
    return std::any_of(inferred.map.begin(), inferred.map.end(), [&](const MapRow& row) {
      const TensorId tensor = tree.as_tensor(row.node);
      if (tensor == TensorId::kNone || index(tensor) < tree.tensors_begin(taken.module) ||
          index(tensor) >= tree.tensors_end(taken.module))
        return false;
      if (!first) first = row.device;
      return *first != row.device;
    });
  });
}

class WitnessSearch {
 public:
  WitnessSearch(const SizedModel& model, MapMode mode, const WitnessQuestion& question)
      : model_(model),
        question_(question),
        intervals_(model, mode, BudgetSweep::equal(question.devices, question.cpu)),
        lossy_(lossy_modules(model)),
        adds_(model.tree->module_count()) {
    if (question.sums != nullptr) {
      for (const OutputSum& sum : *question.sums) adds_[index(sum.module)] = true;
    }
  }

  bool can_lose() const { return std::find(lossy_.begin(), lossy_.end(), true) != lossy_.end(); }

  Result<Witness> search(std::int64_t from, std::int64_t to) {
    Witness witness;
    witness.devices = question_.devices;
    witness.searched = {Bytes::whole(from), question_.to};
    std::set<TensorId> lost;
    std::set<std::uint32_t> cut;
    std::int64_t safe_from = from;
    bool losing = false;
    bool cutting = false;
    bool crashing = false;
    bool lying_apart = false;
    std::uint32_t simulations = 0;
    for (std::int64_t at = from; at <= to;) {
      if (simulations++ == question_.most_simulations) {
        witness.complete = false;
        witness.searched.to = Bytes::whole(at - 1);
        break;
      }
      Result<Outcome> outcome = look_at(at, to);
      if (!outcome) return outcome.error();
      const std::optional<Bytes> end =
          outcome->to == BudgetIntervals::kNoEnd ? std::nullopt : std::optional(Bytes::whole(outcome->to));
      const BudgetRange interval{Bytes::whole(at), end};
      extend(witness.losses, losing, lost, &LossRange::lost, interval, outcome->lost);
      if (losing) witness.losses.back().spills |= outcome->spills;
      extend(witness.cuts, cutting, cut, &CutRange::sums, interval, outcome->cut);
      extend(witness.crashes, crashing, interval, outcome->crashes);
      extend(witness.apart, lying_apart, interval, outcome->apart);
      const bool fails = !outcome->lost.empty() || outcome->crashes;
      if (fails) safe_from = outcome->to + 1;
      if (!fails && !outcome->spills && !witness.smallest_working) witness.smallest_working = Bytes::whole(at);
      at = outcome->to + 1;
    }
    if (witness.complete && safe_from <= to) witness.safe_from = Bytes::whole(safe_from);
    return witness;
  }

 private:
  Result<Outcome> look_at(std::int64_t bytes, std::int64_t to) {
    Outcome outcome;
    const Result<BudgetInterval> interval = intervals_.at(bytes, to);
    if (!interval.ok()) return interval.error();
    const std::optional<Inferred>& inferred = interval->inferred;
    outcome.to = interval->to;
    outcome.crashes = !inferred || inferred->crash.has_value();
    if (outcome.crashes) return outcome;
    outcome.spills = std::any_of(inferred->map.begin(), inferred->map.end(), [&](const MapRow& row) {
      return !inferred->devices[index(row.device)].is_accelerated();
    });
    const bool may_lose =
        lossy_[0] || std::any_of(inferred->taken_apart.begin(), inferred->taken_apart.end(),
                                 [&](const TakenApart& taken) { return lossy_[index(taken.module)]; });
    const bool may_cut = question_.sums != nullptr &&
                         (adds_[0] || std::any_of(inferred->taken_apart.begin(), inferred->taken_apart.end(),
                                                  [&](const TakenApart& taken) { return adds_[index(taken.module)]; }));
    if (!may_lose && !may_cut && !model_.style.own_functions && !model_.quantizer) return outcome;
    outcome.apart = !outcome.spills && lies_apart(*model_.tree, *inferred);
    std::vector<MapRow> map = inferred->map;
    if (model_.style.clean_result && !model_.style.has_no_placement_params)
      map = clean_map(*model_.tree, std::move(map));
    if (may_lose) outcome.lost = lost_tensors(model_, map, *inferred);
    // Where something spills, a refusal says no more than that the budget is too small.
    const bool refused = !outcome.spills && refused_map(model_, map, inferred->devices);
    if (refused || (model_.style.own_functions && ties_apart(model_, map).crash)) {
      outcome.crashes = true;
      outcome.apart = false;
      outcome.lost.clear();
      return outcome;
    }
    if (may_cut) {
      for (const SumApart& apart : sums_apart(*model_.tree, *question_.sums, map, inferred->devices))
        outcome.cut.push_back(apart.sum);
    }
    return outcome;
  }

  const SizedModel& model_;
  const WitnessQuestion& question_;
  BudgetIntervals intervals_;
  std::vector<bool> lossy_;
  std::vector<bool> adds_;  // by module: whether a sum is taken there
};

}  // namespace

Result<Witness> find_witness(const PlacementSimulator& simulator, const PlacementQuestion& base,
                             const WitnessQuestion& question) {
  const Result<PlacementTree>& tree = simulator.prepared().tree;
  if (!tree) return tree.error();
  if (question.devices == 0 || question.devices > 4096) return Error{"a witness is searched for 1 to 4096 devices"};
  Result<SizedModel> model = size_model(*tree, base);
  if (!model) return model.error();
  WitnessSearch search(*model, base.mode, question);
  const std::int64_t share = model->least().as_bytes().rounded_up() / question.devices;
  const std::int64_t from = std::max<std::int64_t>(1, question.from ? question.from->rounded_up() : share);
  const std::int64_t to =
      question.to ? std::min(question.to->in_eighths() / 8, BudgetIntervals::kNoEnd) : BudgetIntervals::kNoEnd;
  if (question.only_losses && !search.can_lose()) {
    Witness nothing;
    nothing.devices = question.devices;
    nothing.searched = {Bytes::whole(from), question.to};
    return nothing;
  }
  return search.search(from, to);
}

}  // namespace ckptlint
