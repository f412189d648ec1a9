// Folds the modules into lines, and finds the blocks of each by their place in the order of the graph.
#include "check/picture_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/names.h"
#include "graph/outline.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostRows = 2'500;

// What the stored keys say of each tensor of the graph.
enum class StoredState : std::uint8_t { kUnknown, kStored, kMissing, kForgiven, kOtherShape, kNotSaved, kShared };

std::vector<std::uint8_t> states_of(const ModuleGraph& graph, const Loading* loading) {
  std::vector<std::uint8_t> states(graph.tensors.size(), 0);
  const auto set = [&](TensorId tensor, StoredState state) {
    states[index(tensor)] = static_cast<std::uint8_t>(state);
  };
  if (loading != nullptr && !loading->raises.empty()) loading = loading->compared.get();
  for (std::uint32_t row = 0; row < graph.tensors.size(); ++row) {
    const Tensor& tensor = graph.tensors[row];
    if (!tensor.persistent)
      set(TensorId{row}, StoredState::kNotSaved);
    else if (tensor.alias != TensorId::kNone)
      set(TensorId{row}, StoredState::kShared);
  }
  if (loading == nullptr) return states;
  for (const MatchedKey& key : loading->matched) set(key.tensor, StoredState::kStored);
  for (const MismatchedKey& key : loading->mismatched) set(key.tensor, StoredState::kOtherShape);
  for (const TensorId tensor : loading->missing) set(tensor, StoredState::kMissing);
  for (const TensorId tensor : loading->forgiven) set(tensor, StoredState::kForgiven);
  return states;
}

std::string state_text(StoredState state) {
  switch (state) {
    case StoredState::kUnknown:
      break;
    case StoredState::kStored:
      return "stored";
    case StoredState::kMissing:
      return "missing";
    case StoredState::kForgiven:
      return "missing, not reported";
    case StoredState::kOtherShape:
      return "stored in another shape";
    case StoredState::kNotSaved:
      return "not saved";
    case StoredState::kShared:
      return "shared";
  }
  return "";
}

// The module tree, folded, with the blocks that each line is about.
class RowMaker {
 public:
  RowMaker(const PlacementTree& tree, const Blocks& blocks, const Loading* loading, ModelPicture& picture)
      : tree_(tree),
        graph_(tree.graph()),
        blocks_(blocks),
        states_(states_of(graph_, loading)),
        outline_(graph_, {.depth = -1, .only = "", .marks = states_}),
        picture_(picture) {
    for (const Block& block : blocks.all()) ranks_.push_back(rank_of(block.node));
    if (graph_.tied_weights) {
      for (const auto& [target, source] : *graph_.tied_weights) ties_[target] = source;
    }
  }

  void make() {
    const ModuleId root{0};
    PictureRow row = row_of(root, root, 1, 0);
    row.name = graph_.class_name;
    row.class_name.clear();
    add(std::move(row));
    below(root, 0, true);
  }

 private:
  using Rank = std::pair<std::uint32_t, std::uint32_t>;

  Rank rank_of(NodeId node) const {
    if (tree_.is_module(node)) return {index(tree_.as_module(node)), 0};
    const TensorId tensor = tree_.as_tensor(node);
    return {index(tree_.owner(tensor)), index(tensor) + 1};
  }

  // The blocks from one rank to before another, or the one that the node lies in.
  void place(PictureRow& row, NodeId node, Rank from, Rank end) const {
    if (const auto block = blocks_.block_of(node)) {
      row.first_block = *block;
      row.end_block = *block + 1;
      if (!tree_.is_module(node)) return;
    }
    const auto first = std::lower_bound(ranks_.begin(), ranks_.end(), from);
    const auto last = std::lower_bound(first, ranks_.end(), end);
    if (first == last) return;
    row.first_block = std::min(row.end_block == 0 ? static_cast<std::size_t>(first - ranks_.begin()) : row.first_block,
                               static_cast<std::size_t>(first - ranks_.begin()));
    row.end_block = static_cast<std::size_t>(last - ranks_.begin());
  }

  PictureRow row_of(ModuleId first, ModuleId last, std::size_t count, int depth) const {
    const Module& module = graph_.module(first);
    PictureRow row;
    row.depth = depth;
    row.name = std::string(leaf_of(module.name));
    if (count > 1) row.name += ".." + std::string(leaf_of(graph_.module(last).name));
    row.class_name = module.class_name;
    row.count = count;
    row.bytes = outline_.bytes(first);
    place(row, PlacementTree::node(first), {index(first), 0}, {tree_.modules_end(last), 0});
    return row;
  }

  void add(PictureRow row) {
    if (picture_.rows.size() < kMostRows)
      picture_.rows.push_back(std::move(row));
    else
      ++picture_.rows_left_out;
  }

  void add_tensor(std::uint32_t number, int depth, bool placed) {
    const Tensor& tensor = graph_.tensors[number];
    PictureRow row;
    row.depth = depth;
    row.name = std::string(leaf_of(tensor.name));
    row.shape = tensor.shape.empty() ? "scalar" : fmt::format("{}", fmt::join(tensor.shape, " x "));
    row.dtype = torch_name(tensor.dtype);
    row.is_tensor = true;
    double elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= static_cast<double>(extent);
    row.bytes = elements * bits(tensor.dtype) / 8;
    row.state = state_text(StoredState{states_[number]});
    if (tensor.alias != TensorId::kNone) row.state = "shared with " + graph_.tensor(tensor.alias).name;
    const auto tie = ties_.find(tensor.name);
    if (tie != ties_.end() && row.state.empty()) row.state = "tied to " + tie->second;
    if (tensor.is_buffer()) row.class_name = tensor.persistent ? "buffer" : "buffer, not in the state dict";
    const std::uint32_t owner = index(tensor.owner);
    if (placed) place(row, tree_.node(TensorId{number}), {owner, number + 1}, {owner, number + 2});
    add(std::move(row));
  }

  // `placed`: the lines are about one module each, not about several alike.
  void below(ModuleId parent, int depth, bool placed) {
    const Module& module = graph_.module(parent);
    for (std::uint32_t i = module.first_tensor; i < module.first_tensor + module.tensor_count; ++i)
      add_tensor(i, depth + 1, placed);
    for (const OutlineRow& each : outline_.below(parent, depth)) {
      PictureRow row = row_of(each.first, each.last, each.count, depth + 1);
      if (!placed) row.first_block = row.end_block = 0;
      const Module& child = graph_.module(each.first);
      const bool repeated = child.alias != ModuleId::kNone;
      if (repeated) row.state = "the same module as " + graph_.module(child.alias).name;
      add(std::move(row));
      if (!repeated) below(each.first, depth + 1, placed && each.count == 1);
    }
  }

  const PlacementTree& tree_;
  const ModuleGraph& graph_;
  const Blocks& blocks_;
  const std::vector<std::uint8_t> states_;
  const Outline outline_;
  std::vector<Rank> ranks_;  // of the blocks
  std::map<std::string, std::string, std::less<>> ties_;
  ModelPicture& picture_;
};

}  // namespace

void add_rows(const PlacementTree& tree, const Blocks& blocks, const Loading* loading, ModelPicture& picture) {
  RowMaker(tree, blocks, loading, picture).make();
}

}  // namespace ckptlint
