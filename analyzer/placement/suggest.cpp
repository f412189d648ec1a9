// Fills devices with whole parts of the model as evenly as that goes, for `ckptlint map --suggest`, and checks the
// map that comes out.
#include "placement/suggest.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/escape.h"
#include "placement/balanced_memory.h"
#include "placement/budget_text.h"
#include "placement/coverage.h"
#include "placement/prepared.h"
#include "placement/sized_model.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kNoPart = 0xffffffff;

// Something that stays whole: a module, or one tensor beside modules.
struct Part {
  NodeId node = NodeId::kNone;
  Bytes size;
};

// Parts that must be on one device, in the order of their first.
struct Bundle {
  std::vector<std::uint32_t> parts;
  Bytes size;
};

enum class Grain : std::uint8_t { kBlocks, kLeaves };

// Sets that are merged: each element points towards the first of its set.
class Merged {
 public:
  explicit Merged(std::uint32_t size) : first_(size) { std::iota(first_.begin(), first_.end(), 0); }
  std::uint32_t first(std::uint32_t element) {
    while (first_[element] != element) element = first_[element] = first_[first_[element]];
    return element;
  }
  void merge(std::uint32_t a, std::uint32_t b) {
    a = first(a);
    b = first(b);
    first_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> first_;
};

class MapSuggestion {
 public:
  MapSuggestion(const SizedModel& model, const std::unordered_set<std::string_view>& blocks)
      : model_(model), tree_(*model.tree), blocks_(blocks) {}

  Result<SuggestedMap> suggest(const DeviceBudgets& budgets) {
    std::vector<Budget> accelerators, others;
    for (const DeviceBudget& budget : budgets) {
      if (budget.bytes <= PythonNumber{}) continue;
      const Bytes usable = adjusted_budget(model_, budget.bytes).as_bytes();
      (budget.device.is_accelerated() ? accelerators : others).push_back({budget.device, usable});
      given_.push_back({budget.device, budget.bytes.as_bytes()});
    }
    for (const Grain grain : {Grain::kBlocks, Grain::kLeaves}) {
      find_parts(grain);
      if (auto slots = evenly(accelerators)) return finish(accelerators, *slots, false, grain);
    }
    // Not even in the smallest parts: fill up, and spill the rest.
    std::vector<Budget> all = accelerators;
    all.insert(all.end(), others.begin(), others.end());
    for (const Grain grain : {Grain::kBlocks, Grain::kLeaves}) {
      find_parts(grain);
      if (auto slots = spill(accelerators, others)) return finish(all, *slots, !accelerators.empty(), grain);
    }
    return does_not_fit(all);
  }

 private:
  bool is_block(std::uint32_t row) const { return blocks_.contains(tree_.graph().modules[row].class_name); }

  void find_parts(Grain grain) {
    parts_.clear();
    part_of_.assign(tree_.node_count(), kNoPart);
    // Depth first, in torch's order; a part takes all below it along.
    std::vector<NodeId> open = {NodeId{0}};
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      if (!tree_.is_module(node) || is_whole(tree_.as_module(node), grain)) {
        add_part(node);
        continue;
      }
      const ModuleId module = tree_.as_module(node);
      const std::span<const NodeId> children = tree_.child_rows(module);
      open.insert(open.end(), children.rbegin(), children.rend());
      const Module& row = tree_.graph().module(module);
      for (std::uint32_t i = row.tensor_count; i-- > 0;) open.push_back(tree_.node(TensorId{row.first_tensor + i}));
    }
    bundle_parts();
  }

  bool is_whole(ModuleId module, Grain grain) const {
    // The root is taken apart, if there is anything in it.
    if (index(module) == 0) return tree_.node_count() == 1;
    if (is_block(index(module)) || tree_.child_rows(module).empty()) return true;
    if (grain == Grain::kLeaves) return false;
    const NodeId above = tree_.parent(PlacementTree::node(module));
    return tree_.graph().modules[index(above)].class_name == "ModuleList" && !contains_block(module);
  }

  // A list of stages that hold the blocks themselves is no reason to keep a stage whole.
  bool contains_block(ModuleId module) const {
    for (std::uint32_t row = index(module) + 1; row < tree_.modules_end(module); ++row) {
      if (is_block(row)) return true;
    }
    return false;
  }

  void add_part(NodeId node) {
    const auto id = static_cast<std::uint32_t>(parts_.size());
    parts_.push_back({node, model_.nodes[index(node)].as_bytes()});
    part_of_[index(node)] = id;
    if (!tree_.is_module(node)) return;
    const ModuleId module = tree_.as_module(node);
    for (std::uint32_t row = index(module); row < tree_.modules_end(module); ++row) part_of_[row] = id;
    for (std::uint32_t row = tree_.tensors_begin(module); row < tree_.tensors_end(module); ++row)
      part_of_[tree_.module_count() + row] = id;
  }

  void bundle_parts() {
    Merged merged(static_cast<std::uint32_t>(parts_.size()));
    const auto tie = [&](NodeId a, NodeId b) {
      if (part_of_[index(a)] != kNoPart && part_of_[index(b)] != kNoPart)
        merged.merge(part_of_[index(a)], part_of_[index(b)]);
    };
    const ModuleGraph& graph = tree_.graph();
    for (std::uint32_t row = 0; row < tree_.tensor_count(); ++row) {
      if (tree_.is_alias(TensorId{row})) tie(tree_.node(TensorId{row}), tree_.node(graph.tensors[row].alias));
    }
    for (std::uint32_t row = 0; row < tree_.module_count(); ++row) {
      if (graph.modules[row].alias != ModuleId::kNone) tie(NodeId{row}, PlacementTree::node(graph.modules[row].alias));
    }
    NodeNames names(tree_);
    if (graph.tied_weights) {
      for (const auto& [target, source] : *graph.tied_weights) {
        const NodeId a = names.find(target);
        const NodeId b = names.find(source);
        if (a != NodeId::kNone && b != NodeId::kNone) tie(a, b);
      }
    }
    bundles_.clear();
    std::vector<std::uint32_t> bundle_of(parts_.size(), kNoPart);
    for (std::uint32_t part = 0; part < parts_.size(); ++part) {
      const std::uint32_t first = merged.first(part);
      if (bundle_of[first] == kNoPart) {
        bundle_of[first] = static_cast<std::uint32_t>(bundles_.size());
        bundles_.emplace_back();
      }
      bundles_[bundle_of[first]].parts.push_back(part);
      bundles_[bundle_of[first]].size += parts_[part].size;
    }
  }

  const Bundle& largest_bundle() const {
    return *std::max_element(bundles_.begin(), bundles_.end(),
                             [](const Bundle& a, const Bundle& b) { return a.size < b.size; });
  }

  // A device for each bundle, in order, each device as full as that share of its budget; none where they do not
  // suffice.
  std::optional<std::vector<std::uint32_t>> fill(const std::vector<Budget>& budgets, double share) const {
    std::vector<std::uint32_t> slots;
    std::uint32_t slot = 0;
    Bytes used;
    for (const Bundle& bundle : bundles_) {
      while (slot < budgets.size()) {
        const Bytes room = share < 1 ? Bytes::eighths(static_cast<std::int64_t>(
                                           static_cast<double>(budgets[slot].bytes.in_eighths()) * share))
                                     : budgets[slot].bytes;
        if (used + bundle.size <= room) break;
        ++slot;
        used = {};
      }
      if (slot == budgets.size()) return std::nullopt;
      used += bundle.size;
      slots.push_back(slot);
    }
    return slots;
  }

  // The same with the smallest share, to a thousandth of a percent.
  std::optional<std::vector<std::uint32_t>> evenly(const std::vector<Budget>& budgets) const {
    auto best = fill(budgets, 1.0);
    if (!best) return best;
    double low = 0, high = 1;
    while (high - low > 1e-5) {
      const double middle = (low + high) / 2;
      auto slots = fill(budgets, middle);
      (slots ? high : low) = middle;
      if (slots) best = std::move(slots);
    }
    return best;
  }

  // The same where the accelerators do not suffice: what none of them could hold goes to the others, and what comes
  // after they are full.  The first keeps room for the largest part that has to come back for its turn.
  std::optional<std::vector<std::uint32_t>> spill(const std::vector<Budget>& accelerators,
                                                  const std::vector<Budget>& others) const {
    Bytes reserve;
    while (true) {
      std::vector<Budget> all = accelerators;
      if (!all.empty()) all[0].bytes = std::max(Bytes{}, all[0].bytes - reserve);
      Bytes most;
      for (const Budget& budget : all) most = std::max(most, budget.bytes);
      all.insert(all.end(), others.begin(), others.end());
      std::vector<Bytes> used(all.size());
      std::vector<std::uint32_t> slots;
      std::uint32_t slot = 0;
      Bytes largest_spilled;
      for (const Bundle& bundle : bundles_) {
        std::uint32_t at = slot;
        if (bundle.size > most) at = std::max(at, static_cast<std::uint32_t>(accelerators.size()));
        while (at < all.size() && used[at] + bundle.size > all[at].bytes) ++at;
        if (at == all.size()) return std::nullopt;
        if (bundle.size <= most) slot = at;
        if (at >= accelerators.size()) largest_spilled = std::max(largest_spilled, bundle.size);
        used[at] += bundle.size;
        slots.push_back(at);
      }
      if (accelerators.empty() || largest_spilled <= reserve || accelerators[0].bytes <= reserve) return slots;
      reserve = largest_spilled;
    }
  }

  Result<SuggestedMap> finish(const std::vector<Budget>& budgets, const std::vector<std::uint32_t>& slots,
                              bool may_spill, Grain grain) {
    // By node: the slot, where all below it is on one device.
    std::vector<std::uint32_t> slot_of(tree_.node_count(), kNoPart);
    std::vector<bool> mixed(tree_.module_count());
    for (std::size_t bundle = 0; bundle < bundles_.size(); ++bundle) {
      for (const std::uint32_t part : bundles_[bundle].parts) slot_of[index(parts_[part].node)] = slots[bundle];
    }
    const auto give = [&](NodeId node) {
      const NodeId above = tree_.parent(node);
      const bool is_mixed = tree_.is_module(node) && mixed[index(node)];
      if (above == NodeId::kNone || (slot_of[index(node)] == kNoPart && !is_mixed)) return;
      std::uint32_t& slot = slot_of[index(above)];
      if (is_mixed || (slot != kNoPart && slot != slot_of[index(node)])) mixed[index(above)] = true;
      slot = slot_of[index(node)];
    };
    for (std::uint32_t row = 0; row < tree_.tensor_count(); ++row) give(tree_.node(TensorId{row}));
    for (std::uint32_t row = tree_.module_count(); row-- > 0;) give(NodeId{row});

    std::vector<MapRow> rows;
    std::vector<NodeId> open = {NodeId{0}};
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      if (!tree_.is_module(node) || !mixed[index(node)]) {
        rows.push_back({node, DeviceSlot{slot_of[index(node)]}});
        continue;
      }
      const ModuleId module = tree_.as_module(node);
      const std::span<const NodeId> children = tree_.child_rows(module);
      open.insert(open.end(), children.rbegin(), children.rend());
      const Module& row = tree_.graph().module(module);
      for (std::uint32_t i = row.tensor_count; i-- > 0;) open.push_back(tree_.node(TensorId{row.first_tensor + i}));
    }
    Result<SuggestedMap> suggested = checked(budgets, rows, may_spill);
    if (suggested) suggested->in_whole_items = grain == Grain::kBlocks;
    return suggested;
  }

  Result<SuggestedMap> checked(const std::vector<Budget>& budgets, const std::vector<MapRow>& rows,
                               bool may_spill) const {
    // What covers each node.
    std::vector<std::uint32_t> slots(tree_.node_count(), kNoPart);
    for (const MapRow& row : rows) slots[index(row.node)] = index(row.device);
    for (std::uint32_t node = 1; node < tree_.node_count(); ++node) {
      const std::uint32_t above = slots[index(tree_.parent(NodeId{node}))];
      if (above != kNoPart) slots[node] = above;
    }
    const auto wrong = [](std::string_view what, std::string_view name) {
      return Error{"no map was found: the one tried " + std::string(what) + " " + quoted_name(name)};
    };
    for (std::uint32_t row = 0; row < tree_.tensor_count(); ++row) {
      const Tensor& tensor = tree_.graph().tensors[row];
      const std::uint32_t slot = slots[tree_.module_count() + row];
      if (slot == kNoPart) return wrong("leaves out", tensor.name);
      if (tensor.alias != TensorId::kNone && slots[index(tree_.node(tensor.alias))] != slot)
        return wrong("takes apart what shares", tensor.name);
    }
    for (std::uint32_t row = 1; row < tree_.module_count(); ++row) {
      if (is_block(row) && slots[row] == kNoPart) return wrong("cuts", tree_.graph().modules[row].name);
    }
    if (const TiesApart apart = ties_apart(model_, rows); !apart.groups.empty())
      return Error{"no map was found: the one tried takes ties apart"};
    SuggestedMap suggested;
    const std::vector<SlotLoad> used = loads(model_, rows, budgets.size());
    for (std::size_t slot = 0; slot < budgets.size(); ++slot) {
      if (used[slot].used > budgets[slot].bytes)
        return Error{"no map was found: the one tried overfills " + name_of(budgets[slot].device)};
      suggested.loads.push_back({budgets[slot].device, given(budgets[slot].device), budgets[slot].bytes,
                                 used[slot].used, used[slot].tensors});
      suggested.spills |= may_spill && !budgets[slot].device.is_accelerated() && used[slot].tensors > 0;
    }
    for (const MapRow& row : rows) {
      suggested.map.entries.push_back({std::string(tree_.name(row.node)), budgets[index(row.device)].device,
                                       tree_.as_module(row.node), tree_.as_tensor(row.node)});
    }
    return suggested;
  }

  Result<SuggestedMap> does_not_fit(const std::vector<Budget>& budgets) const {
    Bytes room, most;
    for (const Budget& budget : budgets) {
      room += budget.bytes;
      most = std::max(most, budget.bytes);
    }
    const Bundle& largest = largest_bundle();
    if (largest.size > most) {
      return Error{quoted_name(tree_.name(parts_[largest.parts[0]].node)) +
                   (largest.parts.size() > 1 ? " with what is tied to it" : "") + " needs " + human_size(largest.size) +
                   " on one device, and the largest has " + human_size(most)};
    }
    return Error{"the model needs " + human_size(model_.total().as_bytes()) +
                 " in whole blocks, and the devices have " + human_size(room) + " in all"};
  }

  Bytes given(Device device) const {
    return std::find_if(given_.begin(), given_.end(), [&](const Budget& each) { return each.device == device; })->bytes;
  }

  const SizedModel& model_;
  const PlacementTree& tree_;
  const std::unordered_set<std::string_view>& blocks_;
  std::vector<Budget> given_;  // before a quantizer shrinks them
  std::vector<Part> parts_;
  std::vector<std::uint32_t> part_of_;  // by node; kNoPart above the parts
  std::vector<Bundle> bundles_;
};

}  // namespace

Result<SuggestedMap> suggest_map(const PlacementSimulator& simulator, const PlacementQuestion& question) {
  const Result<PlacementTree>& tree = simulator.prepared().tree;
  if (!tree) return tree.error();
  Result<SizedModel> model = size_model(*tree, question);
  if (!model) return model.error();
  if (model->crash) return Error{model->crash->reason};
  std::unordered_set<std::string_view> blocks(question.no_split_module_classes.begin(),
                                              question.no_split_module_classes.end());
  if (tree->graph().no_split_modules)
    blocks.insert(tree->graph().no_split_modules->begin(), tree->graph().no_split_modules->end());
  return MapSuggestion(*model, blocks).suggest(in_library_order(question.budgets));
}

Balance balance_of(const std::vector<DeviceLoad>& loads) {
  Balance balance{1, 0, 1};
  Bytes sum, most;
  int devices = 0;
  for (const DeviceLoad& load : loads) {
    if (!load.device.is_accelerated() || !load.target || *load.target <= Bytes{}) continue;
    const double share = load.used.value() / load.target->value();
    balance.emptiest = std::min(balance.emptiest, share);
    balance.fullest = std::max(balance.fullest, share);
    sum += load.used;
    most = std::max(most, load.used);
    ++devices;
  }
  if (devices == 0) return {};
  if (sum > Bytes{}) balance.over_even_share = most.value() * devices / sum.value();
  return balance;
}

}  // namespace ckptlint
