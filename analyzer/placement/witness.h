// For which equal budgets does a model lose a tensor?  Exact: the outcome changes at finitely many budgets.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "placement/output_sums.h"
#include "placement/simulate.h"

namespace ckptlint {

struct WitnessQuestion {
  std::uint32_t devices = 2;
  // Budgets looked at, per device, in whole bytes; by default from an even share of the model on ("just enough"),
  // without end; what its class leaves out of placement is not counted.
  std::optional<Bytes> from;
  std::optional<Bytes> to;
  // What cpu offers beside them; absent: as much as is needed.
  std::optional<Bytes> cpu;
  // Do not search where no split could lose anything, whatever the budgets: the answer then has no losses, and says
  // neither which budget works nor where the library crashes.
  bool only_losses = false;
  // Outputs that have to be on one device: Witness::cuts tells where they are not.  Borrowed; may be null.
  const std::vector<OutputSum>* sums = nullptr;
  // Give up after so many simulations, and say so.
  std::uint32_t most_simulations = 200'000;
};

// `base` says everything but the budgets, which are ignored.  Each simulation also tells how far the budgets may move
// without any of its comparisons changing, so that intervals cover the whole range and no budget is sampled.
Result<Witness> find_witness(const PlacementSimulator& simulator, const PlacementQuestion& base,
                             const WitnessQuestion& question);

}  // namespace ckptlint
