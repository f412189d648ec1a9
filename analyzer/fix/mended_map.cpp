// Changes a device map given by hand so that modules that must be whole are, ties are together, and nothing is left
// without a device.
#include "fix/mended_map.h"

#include <algorithm>
#include <map>
#include <optional>

#include "placement/placement_tree.h"

namespace ckptlint {
namespace {

class Mending {
 public:
  explicit Mending(const PlacementTree& tree) : tree_(tree), names_(tree), keys_(tree.node_count()) {}

  MendedMap mend(const Placement& given, const std::vector<ModuleId>& whole) {
    for (const DeviceMapEntry& entry : given.map.entries) {
      const NodeId node = names_.find(entry.name);
      if (node == NodeId::kNone)
        result_.removed.push_back(entry.name);
      else
        put(node, entry.device);
    }
    for (const ModuleId module : whole) keep_whole(module);
    for (const TieApart& tie : given.ties_apart) join(tie);
    cover();
    return finished(given);
  }

 private:
  void put(NodeId node, Device device) {
    if (!keys_[index(node)]) order_.push_back(node);
    keys_[index(node)] = device;
  }

  std::optional<Device> device_of(NodeId node) const {
    for (NodeId at = node; at != NodeId::kNone; at = tree_.parent(at)) {
      if (keys_[index(at)]) return keys_[index(at)];
    }
    return std::nullopt;
  }

  void keep_whole(ModuleId module) {
    const bool covered = device_of(PlacementTree::node(module)).has_value();
    std::optional<Device> first;
    for (std::uint32_t row = index(module) + 1; row < tree_.modules_end(module); ++row) take(NodeId{row}, first);
    for (std::uint32_t row = tree_.tensors_begin(module); row < tree_.tensors_end(module); ++row)
      take(tree_.node(TensorId{row}), first);
    if (first && !covered) put(PlacementTree::node(module), *first);
  }

  // Removes a key, and remembers the first device so met.
  void take(NodeId node, std::optional<Device>& first) {
    if (!keys_[index(node)]) return;
    if (!first) first = keys_[index(node)];
    keys_[index(node)].reset();
  }

  void join(const TieApart& tie) {
    const Device device = *std::min_element(tie.devices.begin(), tie.devices.end());  // accelerators come first
    for (const std::string& name : tie.names) {
      const NodeId node = names_.find(name);
      if (node == NodeId::kNone || device_of(node) == device) continue;
      // A module has a hook, a bare tensor has none: the owner goes along, unless it holds more than this.
      const NodeId owner = tree_.parent(node);
      const bool owner_alone =
          tree_.is_module(owner) && index(owner) != 0 && tree_.child_rows(tree_.as_module(owner)).empty();
      put(owner_alone ? owner : node, device);
    }
  }

  void cover() {
    const std::uint32_t count = tree_.tensor_count();
    std::vector<bool> has_key(tree_.node_count());  // itself or something below it
    for (std::uint32_t node = 0; node < tree_.node_count(); ++node) {
      if (!keys_[node]) continue;
      for (NodeId at{node}; at != NodeId::kNone && !has_key[index(at)]; at = tree_.parent(at))
        has_key[index(at)] = true;
    }
    std::optional<Device> before;
    for (std::uint32_t row = 0; row < count && !before; ++row) before = device_of(tree_.node(TensorId{row}));
    if (!before) return;
    for (std::uint32_t row = 0; row < count; ++row) {
      NodeId node = tree_.node(TensorId{row});
      if (const auto device = device_of(node)) {
        before = device;
        continue;
      }
      const TensorId alias = tree_.graph().tensors[row].alias;
      const auto device = alias == TensorId::kNone ? before : device_of(tree_.node(alias));
      while (index(tree_.parent(node)) != 0 && !has_key[index(tree_.parent(node))]) node = tree_.parent(node);
      put(node, device.value_or(*before));
    }
  }

  MendedMap finished(const Placement& given) {
    std::map<std::string, Device> devices;
    for (const DeviceMapEntry& entry : given.map.entries) devices.emplace(entry.name, entry.device);
    for (const NodeId node : order_) {
      const std::string name(tree_.name(node));
      if (!keys_[index(node)]) {
        result_.removed.push_back(name);
        continue;
      }
      result_.map.emplace_back(name, *keys_[index(node)]);
      const auto was = devices.find(name);
      if (was == devices.end())
        result_.added.push_back(name);
      else if (was->second != *keys_[index(node)])
        result_.changed.push_back(name);
    }
    return std::move(result_);
  }

  const PlacementTree& tree_;
  NodeNames names_;
  std::vector<std::optional<Device>> keys_;  // by node
  std::vector<NodeId> order_;                // of the keys; those taken away again included
  MendedMap result_;
};

}  // namespace

Result<MendedMap> mended_map(const ModuleGraph& graph, const Placement& given, const std::vector<ModuleId>& whole) {
  const Result<PlacementTree> tree = PlacementTree::of(graph);
  if (!tree.ok()) return tree.error();
  return Mending(*tree).mend(given, whole);
}

}  // namespace ckptlint
