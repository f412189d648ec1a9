// Prints maps of several modes or releases side by side, with the parts of the model that they place differently.
#include "commands/map_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/escape.h"
#include "base/json_document.h"
#include "ckptlint/names.h"
#include "placement/answer_json.h"
#include "placement/budget_text.h"

namespace ckptlint {
namespace {

constexpr std::size_t kNarrowest = 11;
constexpr std::size_t kMostRows = 40;
constexpr std::string_view kLost = "lost";
constexpr std::string_view kSeveral = "...";

std::size_t width_of(const ComparedMap& map) { return std::max(kNarrowest, map.label.size()) + 2; }

// "name      text  text": the name last where it is long and comes in any length.
template <typename Cell>
std::string row_of(const std::vector<ComparedMap>& maps, std::string_view name, std::size_t name_width, Cell&& cell) {
  std::string row = fmt::format("{:<{}}", name, name_width);
  for (const ComparedMap& map : maps) row += fmt::format("{:>{}}", cell(map), width_of(map));
  return row + "\n";
}

std::string header(const std::vector<ComparedMap>& maps, std::size_t name_width) {
  return row_of(maps, "", name_width, [](const ComparedMap& map) { return printable(map.label); });
}

// By node: the device that a map gives it, empty where no key covers it.
std::vector<std::string> devices_by_node(const PlacementTree& tree, const ComparedMap& map) {
  std::vector<std::string> devices(tree.node_count());
  for (const DeviceMapEntry& entry : map.placement.map.entries) {
    if (entry.module != ModuleId::kNone) devices[index(PlacementTree::node(entry.module))] = name_of(entry.device);
    if (entry.tensor != TensorId::kNone) devices[index(tree.node(entry.tensor))] = name_of(entry.device);
  }
  const auto inherit = [&](NodeId node) {
    const NodeId above = tree.parent(node);
    if (devices[index(node)].empty() && above != NodeId::kNone) devices[index(node)] = devices[index(above)];
  };
  for (std::uint32_t node = 1; node < tree.node_count(); ++node) inherit(NodeId{node});
  // Upwards: a module that no key covers has the device of all that is in it.
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    std::string& device = devices[tree.module_count() + row];
    if (device.empty() && tree.is_persistent(TensorId{row})) device = kLost;
  }
  std::vector<bool> seen(tree.module_count());
  const auto give = [&](NodeId node) {
    const NodeId above = tree.parent(node);
    if (above == NodeId::kNone || devices[index(node)].empty()) return;
    std::string& device = devices[index(above)];
    if (!seen[index(above)] && device.empty()) device = devices[index(node)];
    if (device != devices[index(node)]) device = kSeveral;
    seen[index(above)] = true;
  };
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) give(tree.node(TensorId{row}));
  for (std::uint32_t row = tree.module_count(); row-- > 1;) give(NodeId{row});
  return devices;
}

struct Difference {
  std::string name;
  std::vector<std::string> devices;  // by map
};

// The largest parts of the model that each map puts on one device, and not all maps on the same.
std::vector<Difference> differences(const PlacementTree& tree, const std::vector<ComparedMap>& maps) {
  std::vector<std::vector<std::string>> by_node;
  by_node.reserve(maps.size());
  for (const ComparedMap& map : maps) by_node.push_back(devices_by_node(tree, map));
  std::vector<Difference> found;
  std::vector<NodeId> open = {NodeId{0}};
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    std::vector<std::string> devices;
    devices.reserve(by_node.size());
    for (const auto& each : by_node) devices.push_back(each[index(node)]);
    const bool mixed = std::find(devices.begin(), devices.end(), kSeveral) != devices.end();
    if (!mixed) {
      const bool alike = std::all_of(devices.begin(), devices.end(), [&](const auto& d) { return d == devices[0]; });
      if (!alike) found.push_back({std::string(tree.name(node)), std::move(devices)});
      continue;
    }
    if (!tree.is_module(node)) continue;
    const ModuleId module = tree.as_module(node);
    const std::span<const NodeId> children = tree.child_rows(module);
    open.insert(open.end(), children.rbegin(), children.rend());
    const Module& row = tree.graph().module(module);
    for (std::uint32_t i = row.tensor_count; i-- > 0;) open.push_back(tree.node(TensorId{row.first_tensor + i}));
  }
  return found;
}

std::string differences_text(const std::vector<Difference>& all, const std::vector<ComparedMap>& maps) {
  if (all.empty()) return "every part is on the same device in all of them\n";
  std::string text;
  std::size_t rows = 0;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    std::vector<std::string> names;
    for (; end < all.size() && all[end].devices == all[begin].devices; ++end) names.push_back(all[end].name);
    for (const std::string& name : folded_names(names)) {
      if (++rows > kMostRows) return text + "  ...\n";
      std::size_t column = 0;
      text += row_of(maps, "", 6, [&](const ComparedMap&) { return all[begin].devices[column++]; });
      text.pop_back();
      text += "  " + (name.empty() ? "the whole model" : printable(name)) + "\n";
    }
    begin = end;
  }
  return text;
}

std::string crashes_text(const std::vector<ComparedMap>& maps) {
  std::string text;
  for (const ComparedMap& map : maps) {
    if (map.placement.crash) {
      text += fmt::format("\n{} ends in {}: {}\n", printable(map.label), printable(map.placement.crash->exception),
                          printable(map.placement.crash->reason));
    }
  }
  return text;
}

}  // namespace

std::string comparison_text(const PlacementTree& tree, const std::vector<ComparedMap>& maps) {
  std::string text = header(maps, 6);
  std::vector<Device> devices;
  for (const ComparedMap& map : maps) {
    for (const DeviceLoad& load : map.placement.loads) {
      if (std::find(devices.begin(), devices.end(), load.device) == devices.end()) devices.push_back(load.device);
    }
  }
  std::sort(devices.begin(), devices.end());
  for (const Device device : devices) {
    text += row_of(maps, name_of(device), 6, [&](const ComparedMap& map) -> std::string {
      for (const DeviceLoad& load : map.placement.loads) {
        if (load.device == device) return human_size(load.used);
      }
      return map.placement.crash ? "-" : human_size({});
    });
  }
  text += row_of(maps, "lost", 6, [&](const ComparedMap& map) -> std::string {
    if (map.placement.crash) return printable(map.placement.crash->exception);
    const std::size_t count = map.placement.unplaced.size();
    return count == 0 ? "nothing" : fmt::format("{} tensor{}", count, count == 1 ? "" : "s");
  });
  std::vector<ComparedMap> made;
  for (const ComparedMap& map : maps) {
    if (!map.placement.crash) made.push_back(map);
  }
  if (made.size() > 1) text += "\n" + differences_text(differences(tree, made), made);
  return text + crashes_text(maps);
}

std::string witness_comparison_text(const std::vector<ComparedMap>& maps) {
  std::string text = header(maps, 12);
  for (std::size_t i = 0; !maps.empty() && i < maps[0].witnesses.size(); ++i) {
    const std::uint32_t devices = maps[0].witnesses[i].devices;
    text += row_of(maps, fmt::format("{} device{}", devices, devices == 1 ? "" : "s"), 12,
                   [&](const ComparedMap& map) -> std::string {
                     const std::optional<Bytes>& least = map.witnesses[i].smallest_working;
                     return least ? human_size(*least, 2) : "-";
                   });
    text += row_of(maps, "  loses", 12, [&](const ComparedMap& map) -> std::string {
      const Witness& witness = map.witnesses[i];
      if (!witness.crashes.empty()) return "crashes";
      if (witness.losses.empty()) return "nothing";
      return fmt::format("{} range{}", witness.losses.size(), witness.losses.size() == 1 ? "" : "s");
    });
  }
  return text + "\nthe least budget of each device with which everything fits and nothing is lost\n" +
         crashes_text(maps);
}

std::string comparison_json(const ModuleGraph& graph, const std::vector<ComparedMap>& maps) {
  std::string text;
  for (const ComparedMap& map : maps) {
    const std::string asked = json_line(nlohmann::json(map.asked));
    const std::string answer =
        map.witnesses.empty() ? answer_json(graph, map.placement, map.flavour) : witnesses_json(graph, map.witnesses);
    text += fmt::format("{}{{\"asked\":{},{}", text.empty() ? "" : ",", asked, answer.substr(1));
  }
  return "[" + text + "]";
}

}  // namespace ckptlint
