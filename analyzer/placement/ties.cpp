// Groups of tied parameters: find_tied_parameters of accelerate 1.15.0, and as it was before 0.34, and the groups of
// transformers 5.23.0.
#include "placement/ties.h"

#include <algorithm>

#include "base/python_set.h"

namespace ckptlint {

void Ties::add_group(std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());  // bytes of UTF-8 sort as Python sorts characters
  const std::uint32_t group = group_count();
  for (const std::string_view name : names) members_.push_back({name, group, NodeId::kNone, NodeId::kNone});
  group_begin_.push_back(static_cast<std::uint32_t>(members_.size()));
}

Ties Ties::by_identity(const PlacementTree& tree) {
  const std::vector<Tensor>& tensors = tree.graph().tensors;
  // The further names of each parameter, by its first row.
  std::unordered_map<std::uint32_t, std::vector<std::string_view>> further;
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    if (!tree.is_buffer(TensorId{row}) && tree.is_alias(TensorId{row}))
      further[index(tensors[row].alias)].push_back(tensors[row].name);
  }
  // The library meets the groups in the order of a Python set of all further names.
  std::vector<std::uint32_t> group_order;
  if (further.size() == 1) {
    group_order.push_back(further.begin()->first);
  } else if (further.size() > 1) {
    PythonSet all, first;
    for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
      if (tensors[row].is_buffer()) continue;
      all.add(tensors[row].name, row);
      if (tensors[row].alias == TensorId::kNone) first.add(tensors[row].name, row);
    }
    std::vector<bool> met(tree.tensor_count());
    for (const std::uint32_t row : PythonSet::difference(all, first).order()) {
      const std::uint32_t object = index(tensors[row].alias);
      if (!met[object]) group_order.push_back(object);
      met[object] = true;
    }
  }
  Ties ties;
  for (const std::uint32_t object : group_order) {
    std::vector<std::string_view> names = further[object];
    names.push_back(tensors[object].name);
    ties.add_group(std::move(names));
  }
  ties.finish(tree);
  return ties;
}

// The uppermost module below the root whose own list of parameters has a name that is further for the whole model: it
// begins behind `before`, the row in which the parameter is met last.  None where the walk does not come there.
NodeId first_to_list(const PlacementTree& tree, ModuleId owner, std::uint32_t before) {
  NodeId first = NodeId::kNone;
  for (NodeId at = PlacementTree::node(owner); tree.parent(at) != NodeId::kNone; at = tree.parent(at)) {
    const std::span<const NodeId> siblings = tree.children(tree.as_module(tree.parent(at)));
    if (!std::binary_search(siblings.begin(), siblings.end(), at)) return NodeId::kNone;
    if (tree.tensors_begin(tree.as_module(at)) > before) first = at;
  }
  return first;
}

Ties Ties::by_walking(const PlacementTree& tree) {
  struct Found {
    NodeId from = NodeId::kNone;  // the uppermost module below the root that lists the name
    std::uint32_t row = 0;
  };
  const std::vector<Tensor>& tensors = tree.graph().tensors;
  std::vector<Found> all;
  std::unordered_map<std::uint32_t, std::uint32_t> last_row;  // by object
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    if (tree.is_buffer(TensorId{row})) continue;
    const bool is_alias = tree.is_alias(TensorId{row});
    const std::uint32_t object = is_alias ? index(tensors[row].alias) : row;
    if (is_alias) {
      const NodeId from = first_to_list(tree, tree.owner(TensorId{row}), last_row[object]);
      if (from != NodeId::kNone) all.push_back({from, row});
    }
    last_row[object] = row;
  }
  std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.from < b.from; });
  std::vector<std::uint32_t> order;  // of objects, as the walk meets them
  std::unordered_map<std::uint32_t, std::vector<std::string_view>> names;
  for (const Found& found : all) {
    const std::uint32_t object = index(tensors[found.row].alias);
    std::vector<std::string_view>& group = names[object];
    if (group.empty()) order.push_back(object);
    group.push_back(tensors[found.row].name);
  }
  Ties ties;
  for (const std::uint32_t object : order) {
    names[object].push_back(tensors[object].name);
    ties.add_group(std::move(names[object]));
  }
  ties.finish(tree);
  return ties;
}

Ties Ties::by_key(const PlacementTree& tree) {
  Ties ties;
  if (!tree.graph().tied_weights) return ties;
  std::unordered_map<std::string_view, std::vector<std::string_view>> targets;
  std::vector<std::string_view> sources;
  PythonSet order;
  for (const auto& [target, source] : *tree.graph().tied_weights) {
    std::vector<std::string_view>& names = targets[source];
    if (names.empty()) {
      order.add(source, static_cast<std::uint32_t>(sources.size()));
      sources.push_back(source);
    }
    names.push_back(target);
  }
  for (const std::uint32_t at : order.order()) {
    std::vector<std::string_view> names = targets[sources[at]];
    names.push_back(sources[at]);
    ties.add_group(std::move(names));
  }
  ties.finish(tree);
  return ties;
}

void Ties::finish(const PlacementTree& tree) {
  NodeNames names(tree);
  for (std::uint32_t m = 0; m < members_.size(); ++m) {
    TiedMember& member = members_[m];
    member.node = names.find(member.name);
    member.above = PlacementTree::node(names.closest_ancestor(member.name));
    // A module's name that occurs in the member's begins anywhere and ends where a part ends; it begins with the key of
    // one of the root's parts.
    for (std::size_t begin = 0; begin < member.name.size(); ++begin) {
      ModuleId at{0};
      for (std::size_t part = begin; part < member.name.size();) {
        const std::size_t end = std::min(member.name.find('.', part), member.name.size());
        const NodeId found = names.part(at, member.name.substr(part, end - part));
        if (found == NodeId::kNone) break;
        std::vector<std::uint32_t>& inside = inside_[index(found)];
        if (inside.empty() || inside.back() != m) inside.push_back(m);
        if (!tree.is_module(found)) break;
        at = tree.as_module(found);
        part = end + 1;
      }
    }
  }
}

void Ties::outside(NodeId node, std::vector<const TiedMember*>& found) const {
  found.clear();
  if (members_.empty()) return;
  const auto entry = inside_.find(index(node));
  if (entry == inside_.end()) return;
  const std::vector<std::uint32_t>& inside = entry->second;
  for (std::size_t at = 0; at < inside.size();) {
    const std::uint32_t group = members_[inside[at]].group;
    std::size_t next = at;
    for (std::uint32_t m = group_begin_[group]; m < group_begin_[group + 1]; ++m) {
      if (next < inside.size() && inside[next] == m) {
        ++next;
      } else {
        found.push_back(&members_[m]);
      }
    }
    at = next;
  }
}

}  // namespace ckptlint
