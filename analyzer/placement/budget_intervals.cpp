// Asks how far a budget may move before any comparison of the simulation changes.
#include "placement/budget_intervals.h"

#include <algorithm>
#include <utility>

namespace ckptlint {

BudgetSweep BudgetSweep::equal(std::uint32_t devices, std::optional<Bytes> cpu) {
  BudgetSweep sweep;
  for (std::uint32_t i = 0; i < devices; ++i) sweep.moved.push_back(Device::accelerator(static_cast<std::int32_t>(i)));
  sweep.fixed.push_back({Device::cpu(), cpu.value_or(kMostBudget)});
  return sweep;
}

BudgetIntervals::BudgetIntervals(const SizedModel& model, MapMode mode, BudgetSweep sweep)
    : model_(model), mode_(mode), figures_(balance_figures(model)), inference_(model) {
  std::vector<Budget> all = std::move(sweep.fixed);
  for (const Device device : sweep.moved) all.push_back({device, Bytes{}});
  budgets_ = in_library_order(all);
  for (const DeviceBudget& each : budgets_)
    moved_.push_back(std::find(sweep.moved.begin(), sweep.moved.end(), each.device) != sweep.moved.end());
  turn_ = first_turn(sweep.moved.size());
}

BalancedMemory BudgetIntervals::budgets_at(std::int64_t bytes) const {
  DeviceBudgets budgets = budgets_;
  for (std::size_t slot = 0; slot < budgets.size(); ++slot) {
    if (moved_[slot]) budgets[slot].bytes = PythonNumber::bytes(bytes);
  }
  return balanced_memory(model_, figures_, std::move(budgets), mode_);
}

Result<BudgetInterval> BudgetIntervals::at(std::int64_t bytes, std::int64_t to) {
  BudgetInterval interval;
  BalancedMemory balanced = budgets_at(bytes);
  interval.to = to;
  if (balanced.crash) return interval;
  Result<Inferred> inferred = inference_.run(balanced.budgets, {.notes = false});
  if (!inferred) return inferred.error();
  interval.to = end_of_interval(bytes, to, balanced.budgets, inferred->bounds);
  interval.inferred = std::move(*inferred);
  interval.budgets = std::move(balanced.budgets);
  return interval;
}

// The budgets of single devices, as functions of one that moves, only go up or only go down.  Of the equal budget of
// several they go up and, where device 0 is kept low, turn once: up to here device 0 gets all of it, from the next byte
// on only what the others leave.
std::int64_t BudgetIntervals::first_turn(std::size_t moved) const {
  if (mode_ != MapMode::kBalancedLow0 || moved < 2) return kNoEnd;
  std::int64_t below = 0;
  std::int64_t above = kNoEnd;
  while (above - below > 1) {
    const std::int64_t middle = below + (above - below) / 2;
    const BalancedMemory balanced = budgets_at(middle);
    if (balanced.crash) return kNoEnd;
    (balanced.budgets[0].bytes == adjusted_budget(model_, PythonNumber::bytes(middle)) ? below : above) = middle;
  }
  return below;
}

// The last budget from `bytes` on with which every comparison of the run comes out as it did.
std::int64_t BudgetIntervals::end_of_interval(std::int64_t bytes, std::int64_t to, const DeviceBudgets& now,
                                              const std::vector<BudgetBounds>& bounds) const {
  const auto same = [&](std::int64_t at) {
    const BalancedMemory balanced = budgets_at(at);
    for (std::size_t slot = 0; slot < balanced.budgets.size(); ++slot) {
      const std::int64_t budget = balanced.budgets[slot].bytes.eighths;
      if (budget < bounds[slot].at_least || budget >= bounds[slot].below) return false;
      // accelerate's fallback also tells ints from floats.
      if (balanced.budgets[slot].bytes.is_float != now[slot].bytes.is_float) return false;
    }
    return true;
  };
  // On either side of the turn each budget only goes up or only goes down, so that what is left is left for good.
  const std::int64_t last = bytes <= turn_ ? std::min(to, turn_) : to;
  if (same(last)) return last;
  std::int64_t below = bytes;
  std::int64_t above = last;
  while (above - below > 1) {
    const std::int64_t middle = below + (above - below) / 2;
    (same(middle) ? below : above) = middle;
  }
  return below;
}

}  // namespace ckptlint
