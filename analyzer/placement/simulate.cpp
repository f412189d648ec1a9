// Answers one question about one graph: sizes, budgets, the map, what it loses, loads, and the warnings of the
// libraries.
#include "placement/simulate.h"

#include <algorithm>
#include <utility>

#include "placement/balanced_memory.h"
#include "placement/clean_map.h"
#include "placement/coverage.h"
#include "placement/infer.h"
#include "placement/prepared.h"
#include "placement/refused_map.h"
#include "placement/sized_model.h"

namespace ckptlint {
namespace {

DeviceMap named(const PlacementTree& tree, const std::vector<Device>& devices, const std::vector<MapRow>& rows) {
  DeviceMap map;
  map.entries.reserve(rows.size());
  for (const MapRow& row : rows) {
    map.entries.push_back({std::string(tree.name(row.node)), devices[index(row.device)], tree.as_module(row.node),
                           tree.as_tensor(row.node)});
  }
  return map;
}

std::optional<Bytes> budget_of(std::span<const Budget> budgets, Device device) {
  for (const Budget& budget : budgets) {
    if (budget.device == device) return budget.bytes;
  }
  return std::nullopt;
}

std::vector<DeviceLoad> device_loads(const std::vector<Device>& devices, const std::vector<SlotLoad>& loads,
                                     std::span<const Budget> budgets, std::span<const Budget> targets) {
  std::vector<DeviceLoad> result;
  for (std::size_t slot = 0; slot < devices.size(); ++slot) {
    if (devices[slot] == Device::disk() && loads[slot].tensors == 0) continue;
    result.push_back({devices[slot], budget_of(budgets, devices[slot]), budget_of(targets, devices[slot]),
                      loads[slot].used, loads[slot].tensors});
  }
  return result;
}

PlacementNotes notes_of(const Inferred& inferred, std::size_t tied_apart) {
  PlacementNotes notes;
  if (!inferred.offloaded_buffers_fit) notes.offloaded_buffers = inferred.offloaded_buffers.as_bytes();
  notes.tied_apart = static_cast<std::uint32_t>(tied_apart);
  for (const auto& [slot, bytes] : inferred.minimum_memory)
    notes.minimum_memory.push_back({inferred.devices[index(slot)], bytes.as_bytes()});
  return notes;
}

LostTensor not_covered(TensorId tensor) {
  LostTensor lost;
  lost.tensor = tensor;
  return lost;
}

// A buffer that no name covers stays on the CPU, while what meets it works on an accelerator.  Before transformers 5 a
// map with one device moves the whole model there, with whatever is in it.
bool leaves_buffers_behind(const std::vector<std::pair<std::string, Device>>& map,
                           const PlacementLibraries& libraries) {
  const bool accelerated =
      std::any_of(map.begin(), map.end(), [](const auto& key) { return key.second.is_accelerated(); });
  const bool one_device =
      std::all_of(map.begin(), map.end(), [&](const auto& key) { return key.second == map[0].second; });
  return accelerated && (libraries.transformers_places_itself || !one_device);
}

}  // namespace

PlacementSimulator::PlacementSimulator(const ModuleGraph& graph)
    : prepared_(std::make_unique<Prepared>(Prepared{PlacementTree::of(graph)})) {}
PlacementSimulator::~PlacementSimulator() = default;
Flavour flavour_of_loading(const ModuleGraph& graph) {
  return graph.library.empty() ? Flavour::kTransformers : Flavour::kDiffusers;
}

PlacementSimulator::PlacementSimulator(PlacementSimulator&&) noexcept = default;
PlacementSimulator& PlacementSimulator::operator=(PlacementSimulator&&) noexcept = default;

Result<Placement> PlacementSimulator::place(const PlacementQuestion& question) const {
  if (!prepared_->tree) return prepared_->tree.error();
  const PlacementTree& tree = *prepared_->tree;
  Result<SizedModel> model = size_model(tree, question);
  if (!model) return model.error();
  Placement placement;
  BalancedMemory balanced =
      balanced_memory(*model, balance_figures(*model), in_library_order(question.budgets), question.mode);
  if (balanced.crash) {
    placement.crash = balanced.crash;
    return placement;
  }
  for (const DeviceBudget& budget : balanced.budgets)
    placement.targets.push_back({budget.device, budget.bytes.as_bytes()});

  Result<Inferred> inferred = Inference(*model).run(balanced.budgets, {.trace = question.trace});
  if (!inferred) return inferred.error();
  placement.trace = std::move(inferred->trace);
  if (inferred->crash) {
    placement.crash = inferred->crash;
    return placement;
  }
  std::vector<MapRow> map = std::move(inferred->map);
  if (model->style.clean_result && !model->style.has_no_placement_params) map = clean_map(tree, std::move(map));
  TiesApart apart;
  if (model->style.own_functions) apart = ties_apart(*model, map);
  if (apart.crash) {
    placement.crash = apart.crash;
    return placement;
  }
  placement.crash = refused_map(*model, map, inferred->devices);
  if (placement.crash) return placement;
  placement.notes = notes_of(*inferred, apart.groups.size());
  placement.ties_apart = named_ties(*model, apart.groups, map, inferred->devices);
  placement.ties_on_disk = ties_on_disk(*model, map, inferred->devices, question.libraries);
  placement.unplaced = explain_losses(*model, *inferred, uncovered_tensors(tree, map));
  placement.loads = device_loads(inferred->devices, loads(*model, map, inferred->devices.size()), question.budgets,
                                 placement.targets);
  placement.map = named(tree, inferred->devices, map);
  return placement;
}

Result<Placement> PlacementSimulator::place_by_hand(const std::vector<std::pair<std::string, Device>>& map,
                                                    const PlacementQuestion& question) const {
  if (!prepared_->tree) return prepared_->tree.error();
  const PlacementTree& tree = *prepared_->tree;
  Result<SizedModel> model = size_model(tree, question);
  if (!model) return model.error();
  Placement placement;
  std::vector<Device> devices;
  for (const DeviceBudget& budget : in_library_order(question.budgets)) {
    devices.push_back(budget.device);
    placement.targets.push_back({budget.device, budget.bytes.as_bytes()});
  }
  NodeNames names(tree);
  std::vector<MapRow> rows;
  for (const auto& [name, device] : map) {
    const NodeId node = names.find(name);
    auto slot = std::find(devices.begin(), devices.end(), device);
    if (slot == devices.end()) slot = devices.insert(devices.end(), device);
    const bool known = node != NodeId::kNone;
    placement.map.entries.push_back(
        {name, device, known ? tree.as_module(node) : ModuleId::kNone, known ? tree.as_tensor(node) : TensorId::kNone});
    if (known) rows.push_back({node, DeviceSlot{static_cast<std::uint32_t>(slot - devices.begin())}});
  }
  for (const TensorId tensor : uncovered_tensors(tree, rows)) placement.unplaced.push_back(not_covered(tensor));
  if (leaves_buffers_behind(map, question.libraries)) {
    for (const TensorId tensor : uncovered_buffers(tree, rows)) {
      placement.left_behind.push_back(not_covered(tensor));
      placement.left_behind.back().cause = LossCause::kLeftBehind;
    }
  }
  placement.crash = refused_map(*model, rows, devices);
  // A tie whose name the map leaves out is not apart: it is among the unplaced.
  const TiesApart apart = ties_apart(*model, rows);
  placement.notes.tied_apart = static_cast<std::uint32_t>(apart.groups.size());
  placement.ties_apart = named_ties(*model, apart.groups, rows, devices);
  placement.ties_on_disk = ties_on_disk(*model, rows, devices, question.libraries);
  placement.loads = device_loads(devices, loads(*model, rows, devices.size()), question.budgets, placement.targets);
  return placement;
}

Result<ModelSize> PlacementSimulator::size(const PlacementQuestion& question) const {
  if (!prepared_->tree) return prepared_->tree.error();
  const PlacementTree& tree = *prepared_->tree;
  const Result<SizedModel> model = size_model(tree, question);
  if (!model) return model.error();
  ModelSize size{model->total().as_bytes(), model->layers.largest[0].as_bytes(), ModuleId::kNone};
  for (std::uint32_t row = 0; row < tree.module_count() && size.largest_module == ModuleId::kNone; ++row) {
    const bool layer = tree.children(ModuleId{row}).empty() || model->layers.no_split[row];
    if (layer && model->nodes[row] == model->layers.largest[0]) size.largest_module = ModuleId{row};
  }
  return size;
}

}  // namespace ckptlint
