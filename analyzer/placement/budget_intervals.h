// One budget that moves, of a device or the same of several, interval by interval: throughout one, every comparison of
// a simulation comes out alike, so that its map is the same.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "placement/balanced_memory.h"
#include "placement/budget_text.h"
#include "placement/infer.h"
#include "placement/sized_model.h"

namespace ckptlint {

// What one simulation made of a budget, and how far that goes.
struct BudgetInterval {
  std::int64_t to = 0;  // whole bytes, included
  // None where balancing raises, as it then does for all equal budgets above zero.
  std::optional<Inferred> inferred;
  DeviceBudgets budgets;  // balanced
};

// Which budget moves.
struct BudgetSweep {
  std::vector<Device> moved;  // one device, or all accelerators, which then have the same budget
  std::vector<Budget> fixed;  // the others

  // `devices` accelerators, beside them cpu with so much, or with as much as is needed.
  static BudgetSweep equal(std::uint32_t devices, std::optional<Bytes> cpu);
};

class BudgetIntervals {
 public:
  // The model must outlive it.
  BudgetIntervals(const SizedModel& model, MapMode mode, BudgetSweep sweep);

  // Beyond it nothing is asked: no model is as large.
  static constexpr std::int64_t kNoEnd = kMostBudget.in_eighths() / 8 - 1;

  // The interval that begins with budgets of `bytes` and ends no later than with `to`.
  Result<BudgetInterval> at(std::int64_t bytes, std::int64_t to);

 private:
  BalancedMemory budgets_at(std::int64_t bytes) const;
  std::int64_t first_turn(std::size_t moved) const;
  std::int64_t end_of_interval(std::int64_t bytes, std::int64_t to, const DeviceBudgets& now,
                               const std::vector<BudgetBounds>& bounds) const;

  const SizedModel& model_;
  MapMode mode_;
  DeviceBudgets budgets_;    // in the library's order; those that move are set for each question
  std::vector<bool> moved_;  // by slot
  BalanceFigures figures_;
  Inference inference_;
  std::int64_t turn_ = kNoEnd;
};

}  // namespace ckptlint
