// Blocks that device maps take apart in the middle of a sum.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ckptlint/model.h"
#include "placement/output_sums.h"

namespace ckptlint {

// Whether a map can cut within a module: it is in a block of a list, and no module around it stays whole for its class.
class CuttableModules {
 public:
  CuttableModules(const ModuleGraph& graph, const NameList& no_split_classes);
  bool operator()(ModuleId module) const;

 private:
  const ModuleGraph& graph_;
  std::set<std::string> whole_;
};

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
