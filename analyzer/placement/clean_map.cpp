// Joins names that go to one device under their common module: clean_device_map of accelerate 1.15.0, which
// transformers 5.23.0 calls too.
#include "placement/clean_map.h"

#include <algorithm>
#include <cstdint>

#include "base/python_set.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kNoRow = 0xffffffff;

// The map's names and the modules over them, as a tree.
struct Branch {
  NodeId node = NodeId::kNone;
  std::uint32_t row = kNoRow;    // in the map
  std::uint32_t keys_below = 0;  // for the root, its own key included
  DeviceSlot device{};           // of all keys below, while `mixed` is false
  bool mixed = false;
  bool listed = false;                  // by the branch above
  std::vector<std::uint32_t> children;  // by first appearance in the map
};

class Cleaner {
 public:
  Cleaner(const PlacementTree& tree, std::vector<MapRow> map)
      : tree_(tree), map_(std::move(map)), branch_of_(tree.node_count(), kNoRow), gone_(map_.size(), false) {
    branch(NodeId{0});
    for (std::uint32_t row = 0; row < map_.size(); ++row) add(row);
  }

  std::vector<MapRow> clean() {
    // The recursion's own order: a module, then all below each of its children.
    std::vector<std::uint32_t> open = {0};
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      if (branches_[at].keys_below > 1 && !branches_[at].mixed) {
        collapse(at);
        continue;
      }
      if (branches_[at].keys_below < 2) continue;
      PythonSet names;
      for (const std::uint32_t child : branches_[at].children) names.add(tree_.name(branches_[child].node), child);
      const std::vector<std::uint32_t> order = names.order();
      open.insert(open.end(), order.rbegin(), order.rend());
    }
    std::vector<MapRow> cleaned;
    for (std::uint32_t row = 0; row < map_.size(); ++row) {
      if (!gone_[row]) cleaned.push_back(map_[row]);
    }
    return cleaned;
  }

 private:
  std::uint32_t branch(NodeId node) {
    std::uint32_t& id = branch_of_[index(node)];
    if (id == kNoRow) {
      id = static_cast<std::uint32_t>(branches_.size());
      branches_.push_back({});
      branches_.back().node = node;
    }
    return id;
  }

  void add(std::uint32_t row) {
    const MapRow entry = map_[row];
    std::uint32_t below = branch(entry.node);
    branches_[below].row = row;
    if (index(entry.node) == 0) count(branches_[0], entry.device);
    for (NodeId at = tree_.parent(entry.node); at != NodeId::kNone; at = tree_.parent(at)) {
      const std::uint32_t above = branch(at);
      if (!branches_[below].listed) {
        branches_[above].children.push_back(below);
        branches_[below].listed = true;
      }
      count(branches_[above], entry.device);
      below = above;
    }
  }

  static void count(Branch& branch, DeviceSlot device) {
    branch.mixed |= branch.keys_below > 0 && branch.device != device;
    branch.device = device;
    ++branch.keys_below;
  }

  // All keys below go; the module's own key takes over, at the end unless it was there already.
  void collapse(std::uint32_t at) {
    std::vector<std::uint32_t> open = branches_[at].children;
    while (!open.empty()) {
      const Branch& below = branches_[open.back()];
      open.pop_back();
      if (below.row != kNoRow) gone_[below.row] = true;
      open.insert(open.end(), below.children.begin(), below.children.end());
    }
    if (branches_[at].row == kNoRow) {
      branches_[at].row = static_cast<std::uint32_t>(map_.size());
      map_.push_back({branches_[at].node, branches_[at].device});
      gone_.push_back(false);
    } else {
      map_[branches_[at].row].device = branches_[at].device;
    }
  }

  const PlacementTree& tree_;
  std::vector<MapRow> map_;
  std::vector<Branch> branches_;          // the root is the first
  std::vector<std::uint32_t> branch_of_;  // by node
  std::vector<bool> gone_;                // by row
};

}  // namespace

std::vector<MapRow> clean_map(const PlacementTree& tree, std::vector<MapRow> map) {
  return Cleaner(tree, std::move(map)).clean();
}

}  // namespace ckptlint
