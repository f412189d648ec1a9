// get_max_memory and get_balanced_memory: the budgets a placement is really made with.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ckptlint/device_map.h"
#include "placement/sized_model.h"

namespace ckptlint {

// One device of a dict of budgets, in the library's order.
struct DeviceBudget {
  Device device;
  PythonNumber bytes;
};
using DeviceBudgets = std::vector<DeviceBudget>;

// Accelerators by index, then mps, cpu and disk, as get_max_memory orders what the user gives.
DeviceBudgets in_library_order(std::span<const Budget> budgets);

// What balancing adds to an even share, so that the last devices are not left with too much: a quarter more than the
// largest of a few figures, which each library, and each release of transformers 5, takes in its own way.
struct BalanceFigures {
  PythonNumber total;
  PythonNumber extra;
  std::optional<LibraryCrash> crash;  // where finding them raises
};
BalanceFigures balance_figures(const SizedModel& model);

struct BalancedMemory {
  DeviceBudgets budgets;
  std::optional<LibraryCrash> crash;
};
// With a quantizer, as its adjust_max_memory leaves them.
// `figures` are looked at only where more than no accelerator has memory.
BalancedMemory balanced_memory(const SizedModel& model, const BalanceFigures& figures, DeviceBudgets budgets,
                               MapMode mode);

// One budget as the quantizer's adjust_max_memory leaves it.
PythonNumber adjusted_budget(const SizedModel& model, PythonNumber budget);

}  // namespace ckptlint
