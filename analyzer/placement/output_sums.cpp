// Finds the sums whose terms a map puts on two devices, by where accelerate's hooks move what goes into a module.
#include "placement/output_sums.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace ckptlint {
namespace {

class WorkingDevices {
 public:
  WorkingDevices(const PlacementTree& tree, const std::vector<MapRow>& map, const std::vector<Device>& devices)
      : tree_(tree), devices_(devices) {
    for (const MapRow& row : map) {
      slots_[index(row.node)] = index(row.device);
      const Device device = devices[index(row.device)];
      if (device.is_accelerated() && (!main_ || device < *main_)) main_ = device;
    }
  }

  // Something to add on another device needs two.
  bool can_differ() const { return main_.has_value(); }

  // Where the output of `part` is: its hook is that of the closest name in the map.
  std::optional<Device> device_of(NodeId part) const {
    for (NodeId at = part; at != NodeId::kNone; at = tree_.parent(at)) {
      const auto found = slots_.find(index(at));
      if (found == slots_.end()) continue;
      const Device device = devices_[found->second];
      if (device.is_accelerated()) return device;
      // A hook brings an offloaded module to the main device; a bare tensor has none.
      return at != part || tree_.is_module(part) ? main_ : std::nullopt;
    }
    return std::nullopt;
  }

 private:
  const PlacementTree& tree_;
  const std::vector<Device>& devices_;
  std::unordered_map<std::uint32_t, std::uint32_t> slots_;  // by node
  std::optional<Device> main_;
};

}  // namespace

std::vector<SumApart> sums_apart(const PlacementTree& tree, const std::vector<OutputSum>& sums,
                                 const std::vector<MapRow>& map, const std::vector<Device>& devices) {
  std::vector<SumApart> apart;
  const WorkingDevices working(tree, map, devices);
  if (!working.can_differ()) return apart;
  for (std::uint32_t i = 0; i < sums.size(); ++i) {
    NodeId first = NodeId::kNone;
    std::optional<Device> first_device;
    // With a hook of its own, the module's input is where that brings it.
    if (sums[i].with_input) first_device = working.device_of(PlacementTree::node(sums[i].module));
    for (const NodeId part : sums[i].parts) {
      const std::optional<Device> device = working.device_of(part);
      if (!device) continue;
      if (!first_device) {
        first = part;
        first_device = device;
      } else if (*device != *first_device) {
        apart.push_back({i, first, part, *first_device, *device});
        break;
      }
    }
  }
  return apart;
}

std::vector<SumApart> sums_apart(const PlacementTree& tree, const std::vector<OutputSum>& sums, const DeviceMap& map) {
  std::vector<MapRow> rows;
  std::vector<Device> devices;
  for (const DeviceMapEntry& entry : map.entries) {
    NodeId node = NodeId::kNone;
    if (entry.module != ModuleId::kNone) node = PlacementTree::node(entry.module);
    if (entry.tensor != TensorId::kNone) node = tree.node(entry.tensor);
    if (node == NodeId::kNone) continue;
    rows.push_back({node, DeviceSlot{static_cast<std::uint32_t>(devices.size())}});
    devices.push_back(entry.device);
  }
  return sums_apart(tree, sums, rows, devices);
}

}  // namespace ckptlint
