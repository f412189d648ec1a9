// Takes the entries of a map apart into blocks, and finds which of them belong together.
#include "commands/map_ribbons.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "ckptlint/names.h"
#include "placement/placement_tree.h"
#include "placement/prepared.h"
#include "placement/sized_model.h"

namespace ckptlint {
namespace {

constexpr std::int64_t kSmallest = 500;  // parts of the model

class RibbonMaker {
 public:
  RibbonMaker(const PlacementTree& tree, const SizedModel& model, const Placement& placement)
      : tree_(tree), model_(model), placement_(placement) {
    for (const DeviceLoad& load : placement.loads) {
      const bool limited = load.budget && *load.budget < kMostBytes;
      made_.ribbons.push_back({load.device, limited ? load.budget : std::nullopt, load.used, {}});
    }
    small_ = model.total().as_bytes().in_eighths() / kSmallest;
  }

  Ribbons make() && {
    // The order of execution is that of the graph; a map may have another.
    std::vector<const DeviceMapEntry*> entries;
    for (const DeviceMapEntry& entry : placement_.map.entries) {
      if (node_of(entry) != NodeId::kNone) entries.push_back(&entry);
    }
    std::sort(entries.begin(), entries.end(), [&](const DeviceMapEntry* a, const DeviceMapEntry* b) {
      return rank_of(node_of(*a)) < rank_of(node_of(*b));
    });
    std::set<NodeId> named;
    for (const DeviceMapEntry* entry : entries) named.insert(node_of(*entry));
    for (const DeviceMapEntry* entry : entries) add(node_of(*entry), entry->device, named, true);
    mark_cuts();
    find_ties();
    std::vector<std::string> lost;
    for (const LostTensor& each : placement_.unplaced) lost.push_back(tree_.graph().tensor(each.tensor).name);
    made_.lost = folded_names(lost);
    return std::move(made_);
  }

 private:
  NodeId node_of(const DeviceMapEntry& entry) const {
    if (entry.module != ModuleId::kNone) return PlacementTree::node(entry.module);
    return entry.tensor != TensorId::kNone ? tree_.node(entry.tensor) : NodeId::kNone;
  }

  // Modules and tensors in one order: a module's own tensors stand before its children.
  std::pair<std::uint32_t, std::uint32_t> rank_of(NodeId node) const {
    if (tree_.is_module(node)) return {index(tree_.as_module(node)), 0};
    const TensorId tensor = tree_.as_tensor(node);
    return {index(tree_.owner(tensor)), index(tensor) + 1};
  }

  bool stays_whole(ModuleId module) const {
    const std::string& name = tree_.graph().module(module).class_name;
    return std::find(model_.no_split_classes.begin(), model_.no_split_classes.end(), name) !=
           model_.no_split_classes.end();
  }

  // `first`: the node is what the map names, so other entries below it are exceptions from it.
  void add(NodeId node, Device device, const std::set<NodeId>& named, bool first) {
    if (!first && named.contains(node)) return;
    const Bytes bytes = model_.nodes[index(node)].as_bytes();
    const ModuleId module = tree_.as_module(node);
    const bool split = module != ModuleId::kNone && !stays_whole(module) && !tree_.children(module).empty() &&
                       bytes.in_eighths() > small_;
    if (!split) return add_block(node, device, bytes);
    for (const NodeId tensor : tree_.parameters(module)) add(tensor, device, named, false);
    for (const NodeId tensor : tree_.buffers(module)) add(tensor, device, named, false);
    for (const NodeId child : tree_.children(module)) add(child, device, named, false);
  }

  void add_block(NodeId node, Device device, Bytes bytes) {
    const auto ribbon = std::find_if(made_.ribbons.begin(), made_.ribbons.end(),
                                     [&](const Ribbon& each) { return each.device == device; });
    if (ribbon == made_.ribbons.end() || bytes <= Bytes{}) return;
    const ModuleId module = tree_.as_module(node);
    const std::string kind = module != ModuleId::kNone                ? tree_.graph().module(module).class_name
                             : tree_.is_buffer(tree_.as_tensor(node)) ? "buffer"
                                                                      : "parameter";
    places_[node] = {static_cast<std::size_t>(ribbon - made_.ribbons.begin()), ribbon->blocks.size()};
    ribbon->blocks.push_back({std::string(tree_.name(node)), kind, bytes, false});
  }

  // The outermost module above the node that is to stay whole.
  ModuleId whole_above(NodeId node) const {
    ModuleId whole = ModuleId::kNone;
    for (NodeId at = tree_.parent(node); at != NodeId::kNone; at = tree_.parent(at)) {
      if (stays_whole(tree_.as_module(at))) whole = tree_.as_module(at);
    }
    return whole;
  }

  void mark_cuts() {
    std::map<ModuleId, std::vector<std::pair<std::size_t, std::size_t>>> parts;
    for (const auto& [node, place] : places_) {
      if (const ModuleId whole = whole_above(node); whole != ModuleId::kNone) parts[whole].push_back(place);
    }
    for (const auto& [whole, places] : parts) {
      const bool apart = std::any_of(places.begin(), places.end(),
                                     [&](const auto& place) { return place.first != places.front().first; });
      for (const auto& [ribbon, block] : places) made_.ribbons[ribbon].blocks[block].cut |= apart;
    }
  }

  // The block that a tensor's row lies in.
  const std::pair<std::size_t, std::size_t>* place_of(TensorId tensor) const {
    for (NodeId at = tree_.node(tensor); at != NodeId::kNone; at = tree_.parent(at)) {
      if (const auto found = places_.find(at); found != places_.end()) return &found->second;
    }
    return nullptr;
  }

  void add_tie(TensorId from, TensorId to) {
    const auto* a = place_of(from);
    const auto* b = place_of(to);
    if (a == nullptr || b == nullptr || *a == *b) return;
    made_.ties.push_back(
        {a->first, a->second, b->first, b->second, tree_.graph().tensor(from).name, tree_.graph().tensor(to).name});
  }

  void find_ties() {
    const ModuleGraph& graph = tree_.graph();
    std::map<std::string_view, TensorId> rows;
    for (std::uint32_t row = 0; row < graph.tensors.size(); ++row) {
      const Tensor& tensor = graph.tensors[row];
      rows[tensor.name] = TensorId{row};
      if (tensor.alias != TensorId::kNone && !tensor.is_buffer()) add_tie(tensor.alias, TensorId{row});
    }
    if (!graph.tied_weights) return;
    for (const auto& [target, source] : *graph.tied_weights) {
      const auto a = rows.find(source), b = rows.find(target);
      if (a == rows.end() || b == rows.end() || graph.tensor(b->second).alias != TensorId::kNone) continue;
      add_tie(a->second, b->second);
    }
  }

  const PlacementTree& tree_;
  const SizedModel& model_;
  const Placement& placement_;
  std::int64_t small_ = 0;  // in eighths
  std::map<NodeId, std::pair<std::size_t, std::size_t>> places_;
  Ribbons made_;
};

}  // namespace

Result<Ribbons> ribbons_of(const Placement& placement, const PlacementQuestion& question,
                           const PlacementSimulator& simulator) {
  const Result<PlacementTree>& tree = simulator.prepared().tree;
  if (!tree.ok()) return tree.error();
  const Result<SizedModel> model = size_model(*tree, question);
  if (!model.ok()) return model.error();
  return RibbonMaker(*tree, *model, placement).make();
}

}  // namespace ckptlint
