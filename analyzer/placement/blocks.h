// A model taken apart into blocks that several device maps have in common: none of them names anything inside one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "ckptlint/device_map.h"
#include "placement/infer.h"
#include "placement/placement_tree.h"
#include "placement/sized_model.h"

namespace ckptlint {

struct Block {
  NodeId node = NodeId::kNone;  // a module, or a tensor
  Bytes bytes;                  // each tensor where it counts
  // The outermost module above it that is to stay whole; kNone where there is none.
  ModuleId whole = ModuleId::kNone;
};

class Blocks {
 public:
  // `named` are the nodes that the maps name.  Blocks are as small as what is never split, and no smaller but for what
  // is named; what is less than a five-hundredth of the model, or would fall into pieces too small to
  // be seen, stays in one piece as well.
  Blocks(const SizedModel& model, const std::set<NodeId>& named);

  // In order of execution: that of the graph.  None is empty.
  const std::vector<Block>& all() const { return blocks_; }
  // The block that a node lies in; nothing for one that is above blocks, or in none.
  std::optional<std::size_t> block_of(NodeId node) const;
  // By block: the slot of the name that covers it; kNowhere without one.
  static constexpr std::uint32_t kNowhere = 0xffffffff;
  std::vector<std::uint32_t> slots(const std::vector<MapRow>& map) const;
  // By block, with its slot: a part of something that is to stay whole, the rest of which lies elsewhere.
  std::vector<bool> cut(const std::vector<std::uint32_t>& slots) const;

 private:
  void add(NodeId node);
  bool stays_whole(ModuleId module) const;
  ModuleId whole_above(NodeId node) const;

  const SizedModel& model_;
  const PlacementTree& tree_;
  std::vector<bool> above_named_;      // by node: something below it is named
  std::vector<std::uint32_t> number_;  // by node: its block; kNowhere where it is none
  std::vector<Block> blocks_;
};

// Two blocks that hold the same tensor under two names.
struct BlockTie {
  std::size_t from = 0, to = 0;
  TensorId first = TensorId::kNone, second = TensorId::kNone;
};
// Shared objects, and what transformers 5 ties (all_tied_weights_keys).
std::vector<BlockTie> ties_of(const Blocks& blocks, const PlacementTree& tree);

}  // namespace ckptlint
