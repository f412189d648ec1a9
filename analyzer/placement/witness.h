// For which equal budgets does a model lose a tensor?  Exact: the outcome changes at finitely many budgets.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "placement/simulate.h"

namespace ckptlint {

struct WitnessQuestion {
  std::uint32_t devices = 2;
  // Budgets looked at, per device; by default from an even share of the model on ("just enough") without end.
  std::optional<Bytes> from;
  std::optional<Bytes> to;
  // What cpu offers beside them; absent: as much as is needed.
  std::optional<Bytes> cpu;
  // Give up after so many simulated intervals and say so.
  std::uint32_t most_intervals = 100'000;
};

// `base` says everything but the budgets, which are ignored.  Each simulation also tells how far the budget may move
// without any of its comparisons changing, so that the budgets are covered by intervals and none is sampled.
Result<Witness> find_witness(const PlacementSimulator& simulator, const PlacementQuestion& base,
                             const WitnessQuestion& question);

}  // namespace ckptlint
