// Takes a model apart, no further than device maps do, and finds which of the parts belong together.
#include "placement/blocks.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace ckptlint {
namespace {

// Parts of the model: what is smaller stays in one piece, and so does what would fall into pieces too small to be seen.
constexpr std::int64_t kSmallest = 500, kSmallestPiece = 2000;

}  // namespace

Blocks::Blocks(const SizedModel& model, const std::set<NodeId>& named)
    : model_(model),
      tree_(*model.tree),
      above_named_(model.tree->node_count(), false),
      number_(model.tree->node_count(), kNowhere) {
  for (const NodeId node : named) {
    for (NodeId at = tree_.parent(node); at != NodeId::kNone && !above_named_[index(at)]; at = tree_.parent(at))
      above_named_[index(at)] = true;
  }
  add(PlacementTree::node(ModuleId{0}));
}

bool Blocks::stays_whole(ModuleId module) const {
  const std::string& name = tree_.graph().module(module).class_name;
  return std::find(model_.no_split_classes.begin(), model_.no_split_classes.end(), name) !=
         model_.no_split_classes.end();
}

ModuleId Blocks::whole_above(NodeId node) const {
  ModuleId whole = ModuleId::kNone;
  for (NodeId at = tree_.parent(node); at != NodeId::kNone; at = tree_.parent(at)) {
    if (stays_whole(tree_.as_module(at))) whole = tree_.as_module(at);
  }
  return whole;
}

// A module's own tensors stand before its children, as in the graph.
void Blocks::add(NodeId node) {
  const Bytes bytes = model_.nodes[index(node)].as_bytes();
  const ModuleId module = tree_.as_module(node);
  const std::int64_t whole = model_.total().as_bytes().in_eighths(), size = bytes.in_eighths();
  const std::int64_t parts = module == ModuleId::kNone ? 0 : static_cast<std::int64_t>(tree_.children(module).size());
  const bool may_split =
      parts > 0 && !stays_whole(module) && size > whole / kSmallest && size / parts > whole / kSmallestPiece;
  if (may_split || above_named_[index(node)]) {
    for (const auto parts : {tree_.parameters(module), tree_.buffers(module), tree_.children(module)}) {
      for (const NodeId part : parts) add(part);
    }
  } else if (bytes > Bytes{}) {
    number_[index(node)] = static_cast<std::uint32_t>(blocks_.size());
    blocks_.push_back({node, bytes, whole_above(node)});
  }
}

std::optional<std::size_t> Blocks::block_of(NodeId node) const {
  for (NodeId at = node; at != NodeId::kNone; at = tree_.parent(at)) {
    if (number_[index(at)] != kNowhere) return number_[index(at)];
  }
  return std::nullopt;
}

std::vector<std::uint32_t> Blocks::slots(const std::vector<MapRow>& map) const {
  std::map<NodeId, std::uint32_t> named;
  for (const MapRow& row : map) named[row.node] = index(row.device);
  std::vector<std::uint32_t> slots;
  slots.reserve(blocks_.size());
  for (const Block& block : blocks_) {
    std::uint32_t slot = kNowhere;
    for (NodeId at = block.node; at != NodeId::kNone && slot == kNowhere; at = tree_.parent(at)) {
      if (const auto found = named.find(at); found != named.end()) slot = found->second;
    }
    slots.push_back(slot);
  }
  return slots;
}

std::vector<bool> Blocks::cut(const std::vector<std::uint32_t>& slots) const {
  std::map<ModuleId, std::set<std::uint32_t>> places;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].whole != ModuleId::kNone && slots[i] != kNowhere) places[blocks_[i].whole].insert(slots[i]);
  }
  std::vector<bool> cut(blocks_.size(), false);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const auto found = places.find(blocks_[i].whole);
    cut[i] = slots[i] != kNowhere && found != places.end() && found->second.size() > 1;
  }
  return cut;
}

std::vector<BlockTie> ties_of(const Blocks& blocks, const PlacementTree& tree) {
  std::vector<BlockTie> ties;
  const auto add = [&](TensorId first, TensorId second) {
    const auto from = blocks.block_of(tree.node(first)), to = blocks.block_of(tree.node(second));
    if (from && to && *from != *to) ties.push_back({*from, *to, first, second});
  };
  const ModuleGraph& graph = tree.graph();
  std::map<std::string_view, TensorId> rows;
  for (std::uint32_t row = 0; row < graph.tensors.size(); ++row) {
    const Tensor& tensor = graph.tensors[row];
    rows[tensor.name] = TensorId{row};
    if (tensor.alias != TensorId::kNone && !tensor.is_buffer()) add(tensor.alias, TensorId{row});
  }
  if (!graph.tied_weights) return ties;
  for (const auto& [target, source] : *graph.tied_weights) {
    const auto first = rows.find(source), second = rows.find(target);
    if (first == rows.end() || second == rows.end() || graph.tensor(second->second).alias != TensorId::kNone) continue;
    add(first->second, second->second);
  }
  return ties;
}

}  // namespace ckptlint
