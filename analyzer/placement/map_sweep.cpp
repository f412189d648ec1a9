// Walks the intervals of a moving budget, and joins those that have the same map.
#include "placement/map_sweep.h"

#include <algorithm>
#include <utility>

#include "placement/clean_map.h"
#include "placement/coverage.h"
#include "placement/refused_map.h"

namespace ckptlint {
namespace {

bool same_rows(const std::vector<MapRow>& a, const std::vector<MapRow>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const MapRow& left, const MapRow& right) {
    return left.node == right.node && left.device == right.device;
  });
}

bool same_map(const SweptMap& a, const SweptMap& b) {
  if (a.crash || b.crash) return a.crash && b.crash && a.crash->reason == b.crash->reason;
  return same_rows(a.rows, b.rows) && a.lost == b.lost;
}

// What the library makes of one interval; loads are left out.
SweptMap map_of(const SizedModel& model, const BudgetInterval& interval) {
  SweptMap made;
  const std::optional<Inferred>& inferred = interval.inferred;
  if (!inferred) {
    made.crash = LibraryCrash{"", "get_balanced_memory", "balancing the budgets raises"};
    return made;
  }
  made.crash = inferred->crash;
  if (made.crash) return made;
  made.rows = inferred->map;
  if (model.style.clean_result && !model.style.has_no_placement_params)
    made.rows = clean_map(*model.tree, std::move(made.rows));
  if (model.style.own_functions) made.crash = ties_apart(model, made.rows).crash;
  if (!made.crash) made.crash = refused_map(model, made.rows, inferred->devices);
  if (!made.crash) made.lost = lost_tensors(model, made.rows, *inferred);
  return made;
}

}  // namespace

Result<MapSweep> sweep_maps(const SizedModel& model, MapMode mode, const BudgetSweep& sweep, Bytes from,
                            std::size_t most) {
  MapSweep swept;
  BudgetIntervals intervals(model, mode, sweep);
  for (std::int64_t at = std::max<std::int64_t>(from.rounded_up(), 1); at <= BudgetIntervals::kNoEnd;) {
    const Result<BudgetInterval> interval = intervals.at(at, BudgetIntervals::kNoEnd);
    if (!interval.ok()) return interval.error();
    SweptMap made = map_of(model, *interval);
    if (interval->inferred) swept.devices = interval->inferred->devices;
    const bool ends = interval->to < BudgetIntervals::kNoEnd;
    const std::optional<Bytes> end = ends ? std::optional(Bytes::whole(interval->to)) : std::nullopt;
    if (!swept.maps.empty() && same_map(swept.maps.back(), made)) {
      swept.maps.back().budget.to = end;
    } else if (swept.maps.size() == most) {
      swept.complete = false;
      break;
    } else {
      made.budget = {Bytes::whole(at), end};
      if (!made.crash) {
        for (const SlotLoad& load : loads(model, made.rows, interval->inferred->devices.size()))
          made.used.push_back(load.used);
      }
      swept.maps.push_back(std::move(made));
    }
    at = interval->to + 1;
  }
  return swept;
}

}  // namespace ckptlint
