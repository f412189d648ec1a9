// Every map that one moving budget leads to, in the order of budgets: what a slider shows.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "placement/budget_intervals.h"
#include "placement/infer.h"
#include "placement/sized_model.h"

namespace ckptlint {

// What holds throughout a range of budgets.
struct SweptMap {
  BudgetRange budget;
  std::optional<LibraryCrash> crash;  // with it, nothing below is meaningful
  std::vector<MapRow> rows;           // as the library returns them
  std::vector<TensorId> lost;         // in the order of the state dict
  std::vector<Bytes> used;            // by slot
};

struct MapSweep {
  std::vector<Device> devices;  // by slot; disk is the last
  std::vector<SweptMap> maps;   // ascending, adjacent, neighbours differ
  bool complete = true;         // false: there are more maps than were asked for, above the last one
};

// From `from` on, at most `most` maps.
Result<MapSweep> sweep_maps(const SizedModel& model, MapMode mode, const BudgetSweep& sweep, Bytes from,
                            std::size_t most);

}  // namespace ckptlint
