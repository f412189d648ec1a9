// Finds what a finished map does not cover (check_device_map of accelerate 1.15.0) and which ties it tears apart
// (check_tied_parameters_on_same_device of transformers 5.23.0), and says why tensors were lost.
#include "placement/coverage.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

namespace ckptlint {
namespace {

constexpr std::uint32_t kUncovered = 0xffffffff;

// By node: the slot of the name that covers it.  With two names on one chain, the closest.
std::vector<std::uint32_t> slots_by_node(const PlacementTree& tree, const std::vector<MapRow>& map) {
  std::vector<std::uint32_t> slots(tree.node_count(), kUncovered);
  for (const MapRow& row : map) slots[index(row.node)] = index(row.device);
  for (std::uint32_t node = 1; node < tree.node_count(); ++node) {
    if (slots[node] == kUncovered) slots[node] = slots[index(tree.parent(NodeId{node}))];
  }
  return slots;
}

std::vector<TensorId> uncovered(const PlacementTree& tree, const std::vector<MapRow>& map, bool persistent) {
  std::vector<TensorId> uncovered;
  const std::vector<std::uint32_t> slots = slots_by_node(tree, map);
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    const TensorId id{row};
    if (tree.is_persistent(id) == persistent && slots[index(tree.node(id))] == kUncovered) uncovered.push_back(id);
  }
  return uncovered;
}

bool is_repeated(const PlacementTree& tree, ModuleId module, NodeId part) {
  for (const auto parts : {tree.parameters(module), tree.buffers(module), tree.children(module)}) {
    for (const NodeId listed : parts) {
      if (listed == part) return false;
    }
  }
  return true;
}

}  // namespace

std::vector<TensorId> uncovered_tensors(const PlacementTree& tree, const std::vector<MapRow>& map) {
  return uncovered(tree, map, true);
}

std::vector<TensorId> uncovered_buffers(const PlacementTree& tree, const std::vector<MapRow>& map) {
  return uncovered(tree, map, false);
}

std::vector<LostTensor> explain_losses(const SizedModel& model, const Inferred& inferred,
                                       const std::vector<TensorId>& lost) {
  const PlacementTree& tree = *model.tree;
  std::unordered_map<std::uint32_t, const TakenApart*> taken_apart;
  for (const TakenApart& taken : inferred.taken_apart) taken_apart.emplace(index(taken.module), &taken);
  std::vector<LostTensor> losses;
  for (const TensorId id : lost) {
    LostTensor loss;
    loss.tensor = id;
    // The deepest module over it that was taken apart is where it got lost.
    NodeId part = tree.node(id);
    NodeId at = tree.parent(part);
    while (index(at) != 0 && !taken_apart.contains(index(at))) {
      part = at;
      at = tree.parent(at);
    }
    loss.split = tree.as_module(at);
    loss.cause = is_repeated(tree, loss.split, part) ? LossCause::kSharedName : LossCause::kDroppedOnSplit;
    if (const auto found = taken_apart.find(index(at)); found != taken_apart.end()) {
      const TakenApart& taken = *found->second;
      loss.device = inferred.devices[index(taken.device)];
      loss.needed = taken.needed.as_bytes();
      loss.available = taken.available.as_bytes();
      if (taken.tensor_by_tensor) loss.cause = LossCause::kLeftOut;
    }
    losses.push_back(loss);
  }
  return losses;
}

std::vector<TensorId> lost_tensors(const SizedModel& model, const std::vector<MapRow>& map, const Inferred& inferred) {
  std::vector<TensorId> lost = uncovered_tensors(*model.tree, map);
  if (!model.style.has_no_placement_params) return lost;
  const std::vector<LostTensor> explained = explain_losses(model, inferred, lost);
  lost.clear();
  for (const LostTensor& loss : explained) {
    if (loss.cause != LossCause::kLeftOut) lost.push_back(loss.tensor);
  }
  return lost;
}

std::vector<SlotLoad> loads(const SizedModel& model, const std::vector<MapRow>& map, std::size_t slots) {
  std::vector<SlotLoad> loads(slots);
  const PlacementTree& tree = *model.tree;
  const std::vector<std::uint32_t> by_node = slots_by_node(tree, map);
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    const std::uint32_t slot = by_node[tree.module_count() + row];
    if (slot == kUncovered || tree.is_alias(TensorId{row})) continue;
    loads[slot].used += model.nodes[tree.module_count() + row].as_bytes();
    ++loads[slot].tensors;
  }
  return loads;
}

namespace {

// The slot of the name that covers a tied one, by the nodes of the map.
std::uint32_t slot_of(const PlacementTree& tree, const TiedMember& member,
                      const std::unordered_map<std::uint32_t, std::uint32_t>& slots) {
  for (NodeId at = member.node == NodeId::kNone ? member.above : member.node; at != NodeId::kNone;
       at = tree.parent(at)) {
    if (const auto found = slots.find(index(at)); found != slots.end()) return found->second;
  }
  return kUncovered;
}

std::unordered_map<std::uint32_t, std::uint32_t> slots_of_names(const std::vector<MapRow>& map) {
  std::unordered_map<std::uint32_t, std::uint32_t> slots;
  for (const MapRow& row : map) slots.emplace(index(row.node), index(row.device));
  return slots;
}

}  // namespace

TiesApart ties_apart(const SizedModel& model, const std::vector<MapRow>& map) {
  TiesApart apart;
  if (model.ties.group_count() == 0) return apart;
  const auto slots = slots_of_names(map);
  for (std::uint32_t group = 0; group < model.ties.group_count(); ++group) {
    std::uint32_t first = kUncovered;
    bool differ = false;
    for (const TiedMember& member : model.ties.group(group)) {
      const std::uint32_t slot = slot_of(*model.tree, member, slots);
      if (slot == kUncovered) {
        apart.crash = LibraryCrash{"ValueError", "_get_param_device",
                                   "the map has no device for the tied " + std::string(member.name)};
        return apart;
      }
      differ |= first != kUncovered && first != slot;
      first = slot;
    }
    if (differ) apart.groups.push_back(group);
  }
  return apart;
}

std::vector<TieOnDisk> ties_on_disk(const SizedModel& model, const std::vector<MapRow>& map,
                                    const std::vector<Device>& devices, const PlacementLibraries& libraries) {
  std::vector<TieOnDisk> ties;
  const auto is_on = [&](std::uint32_t slot, Device device) { return slot != kUncovered && devices[slot] == device; };
  const auto is_disk = [&](std::uint32_t slot) { return is_on(slot, Device::disk()); };
  const auto on_disk = [&](const MapRow& row) { return is_disk(index(row.device)); };
  if (model.ties.group_count() == 0) return ties;
  if (std::none_of(map.begin(), map.end(), on_disk)) return ties;
  // What is on disk as a whole is dispatched in another way, or not at all.
  const bool whole = std::all_of(map.begin(), map.end(), on_disk);
  // Where an accelerator works, what is on the CPU is offloaded, too.
  const bool offloads_cpu = std::any_of(map.begin(), map.end(), [&](const MapRow& row) {
    return devices[index(row.device)].kind == DeviceKind::kAccelerator;
  });
  const PlacementTree& tree = *model.tree;
  const std::vector<std::uint32_t> by_node = slots_by_node(tree, map);
  const auto slots = slots_of_names(map);
  for (std::uint32_t group = 0; group < model.ties.group_count(); ++group) {
    TieOnDisk tie;
    bool all = true;
    for (const TiedMember& member : model.ties.group(group)) {
      tie.names.emplace_back(member.name);
      all = all && is_disk(slot_of(tree, member, slots));
    }
    if (!all) continue;
    const auto is_other = [&](std::uint32_t row) {
      const Tensor& tensor = tree.graph().tensors[row];
      const std::uint32_t slot = by_node[tree.module_count() + row];
      return tensor.persistent && (is_disk(slot) || (offloads_cpu && is_on(slot, Device::cpu()))) &&
             std::find(tie.names.begin(), tie.names.end(), tensor.name) == tie.names.end();
    };
    bool others = false;
    for (std::uint32_t row = 0; row < tree.tensor_count() && !others; ++row) others = is_other(row);
    const bool taken_for_another = !whole && others && !libraries.tells_ties_on_disk;
    if (taken_for_another)
      tie.one_stored = DiskTieFate::kOtherTensor;
    else if (!whole && !libraries.indexes_ties_on_disk)
      tie.one_stored = DiskTieFate::kNoSuchKey;
    if (libraries.transformers_places_itself && libraries.compares_ties && !libraries.indexes_ties_on_disk)
      tie.all_stored = DiskTieFate::kNotCompared;
    else if (taken_for_another && !libraries.transformers_places_itself)
      tie.all_stored = DiskTieFate::kOtherTensor;
    if (tie.one_stored != DiskTieFate::kFine || tie.all_stored != DiskTieFate::kFine) ties.push_back(std::move(tie));
  }
  return ties;
}

namespace {

// Before transformers 5: a name on disk is read from the files by itself, so that nothing is apart but what stays in
// memory; the tensor that the others are tied to has to be there.
bool reads_own_copies(const PlacementTree& tree, std::span<const TiedMember> group, const TieApart& tie) {
  std::optional<Device> in_memory;
  bool source_on_disk = false;
  for (std::size_t i = 0; i < group.size(); ++i) {
    const bool disk = tie.devices[i] == Device::disk();
    const TensorId tensor = group[i].node == NodeId::kNone ? TensorId::kNone : tree.as_tensor(group[i].node);
    const bool is_source = tensor != TensorId::kNone && !tree.is_alias(tensor);
    source_on_disk |= disk && is_source;
    if (disk) continue;
    if (in_memory && *in_memory != tie.devices[i]) return false;
    in_memory = tie.devices[i];
  }
  return !source_on_disk;
}

}  // namespace

std::vector<TieApart> named_ties(const SizedModel& model, const std::vector<std::uint32_t>& groups,
                                 const std::vector<MapRow>& map, const std::vector<Device>& devices) {
  std::vector<TieApart> named;
  if (groups.empty()) return named;
  const auto slots = slots_of_names(map);
  for (const std::uint32_t group : groups) {
    TieApart& tie = named.emplace_back();
    for (const TiedMember& member : model.ties.group(group)) {
      tie.names.emplace_back(member.name);
      tie.devices.push_back(devices[slot_of(*model.tree, member, slots)]);
    }
    tie.untied_if_stored =
        !model.libraries.compares_ties &&
        (model.libraries.transformers_places_itself || reads_own_copies(*model.tree, model.ties.group(group), tie));
  }
  return named;
}

}  // namespace ckptlint
