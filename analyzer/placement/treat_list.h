// The list of modules and tensors that are still to be placed, in order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "placement/layers.h"
#include "placement/placement_tree.h"

namespace ckptlint {

// A doubly linked list of nodes, each in it at most once, that keeps the largest layer of its modules.  Meant to be
// used again and again: clear() takes as long as what was touched.
class TreatList {
 public:
  TreatList(const PlacementTree& tree, const Layers& layers)
      : tree_(&tree), layers_(&layers), links_(tree.node_count() + 1) {
    clear();
  }

  bool empty() const { return links_[end()].next == end(); }
  NodeId front() const { return NodeId{links_[end()].next}; }
  bool contains(NodeId node) const { return links_[index(node)].listed; }
  // NodeId::kNone after the last.
  NodeId after(NodeId node) const { return at(links_[index(node)].next); }

  void push_front(NodeId node) { link(node, links_[end()].next); }
  // In the order given.
  void push_front(std::span<const NodeId> nodes) { insert_before(links_[end()].next, nodes); }
  void erase(NodeId node);
  // Puts `nodes` where `node` was.
  void replace(NodeId node, std::span<const std::span<const NodeId>> nodes);
  void clear();

  // The member that holds a tensor of that ancestor chain: `above` or the first module over it that is listed.
  NodeId holder(NodeId above) const;
  const LargestLayer& largest_layer() const { return largest_; }

 private:
  struct Link {
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
    bool listed = false;
  };
  std::uint32_t end() const { return tree_->node_count(); }
  NodeId at(std::uint32_t link) const { return link == end() ? NodeId::kNone : NodeId{link}; }
  void link(NodeId node, std::uint32_t before);
  void insert_before(std::uint32_t before, std::span<const NodeId> nodes) {
    for (const NodeId node : nodes) link(node, before);
  }

  const PlacementTree* tree_;
  const Layers* layers_;
  std::vector<Link> links_;  // by node; the last is both ends
  LargestLayer largest_;
};

}  // namespace ckptlint
