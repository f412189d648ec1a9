// The linked list of what is still to be placed.
#include "placement/treat_list.h"

namespace ckptlint {

void TreatList::link(NodeId node, std::uint32_t before) {
  Link& link = links_[index(node)];
  if (link.listed) return;
  link = {links_[before].previous, before, true};
  links_[link.previous].next = index(node);
  links_[before].previous = index(node);
  if (tree_->is_module(node)) largest_.insert(layers_->largest[index(node)], layers_->how_many[index(node)]);
}

void TreatList::erase(NodeId node) {
  Link& link = links_[index(node)];
  if (!link.listed) return;
  links_[link.previous].next = link.next;
  links_[link.next].previous = link.previous;
  link.listed = false;
  if (tree_->is_module(node)) largest_.erase(layers_->largest[index(node)], layers_->how_many[index(node)]);
}

void TreatList::replace(NodeId node, std::span<const std::span<const NodeId>> nodes) {
  const std::uint32_t before = links_[index(node)].next;
  erase(node);
  for (const std::span<const NodeId> part : nodes) insert_before(before, part);
}

void TreatList::clear() {
  for (std::uint32_t at = links_[end()].next; at != end() && links_[at].listed; at = links_[at].next)
    links_[at].listed = false;
  links_[end()] = {end(), end(), false};
  largest_.clear();
}

NodeId TreatList::holder(NodeId above) const {
  for (NodeId at = above; at != NodeId::kNone; at = tree_->parent(at)) {
    if (contains(at)) return at;
  }
  return NodeId::kNone;
}

}  // namespace ckptlint
