// Blocks that device maps take apart in the middle of a sum.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ckptlint/model.h"
#include "placement/output_sums.h"

namespace ckptlint {

// Those sums that a map made with these no-split classes may take apart, in items of ModuleLists: what an automatic map
// does elsewhere depends on where the devices happen to end.
std::vector<OutputSum> sums_in_blocks(const ModuleGraph& graph, const std::vector<OutputSum>& sums,
                                      const std::vector<std::string>& no_split_classes);

// Gathers what maps cut, by the class that would have to stay whole.  Borrows its arguments.
class BlockCuts {
 public:
  BlockCuts(const ModuleGraph& graph, const PlacementTree& tree) : graph_(graph), tree_(tree) {}

  // What the map that was asked about takes apart.  `clause` says which map that is.
  void add(const DeviceMap& map, const std::vector<OutputSum>& sums, const std::string& clause);
  // What a call takes apart with equal budgets, by number of devices.
  void add(const std::vector<Witness>& witnesses, const std::vector<OutputSum>& sums, const std::string& call);

  std::vector<BlockCut> take() { return std::move(cuts_); }

 private:
  BlockCut& row_of(const OutputSum& sum);

  const ModuleGraph& graph_;
  const PlacementTree& tree_;
  std::vector<BlockCut> cuts_;
};

}  // namespace ckptlint
