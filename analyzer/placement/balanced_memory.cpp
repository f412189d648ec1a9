// The budgets that automatic modes place with: get_max_memory and get_balanced_memory of accelerate 1.15.0 and of
// transformers 5.23.0, and of the older releases that library_version.h tells apart.
#include "placement/balanced_memory.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

namespace ckptlint {
namespace {

int rank(Device device) {
  switch (device.kind) {
    case DeviceKind::kAccelerator:
      return 0;
    case DeviceKind::kMps:
      return 1;
    case DeviceKind::kCpu:
      return 2;
    case DeviceKind::kDisk:
      return 3;
  }
  return 3;
}

// int(1.25 * size) in Python: the product is a double, and so is exact for any size that a model may have.
PythonNumber a_quarter_more(PythonNumber size) {
  return PythonNumber::bytes(static_cast<std::int64_t>(1.25 * size.as_bytes().value()));
}

// size // parts; the quotient of a float is a float.
PythonNumber floor_divided(PythonNumber size, std::int64_t parts) {
  return {size.eighths / (8 * parts) * 8, size.is_float};
}

// module_sizes as a dict: modules in the order in which the loop over parameters, then buffers, first meets a tensor
// below them.  Modules without tensors of their own or below are not in it.
std::vector<ModuleId> modules_as_met(const PlacementTree& tree, const std::vector<bool>& counts) {
  std::vector<ModuleId> met;
  std::vector<bool> seen(tree.module_count());
  std::vector<ModuleId> fresh;
  for (const bool buffers : {false, true}) {
    for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
      const TensorId id{row};
      if (tree.is_buffer(id) != buffers || !counts[row]) continue;
      fresh.clear();
      for (NodeId at = tree.parent(tree.node(id)); at != NodeId::kNone && !seen[index(at)]; at = tree.parent(at)) {
        seen[index(at)] = true;
        fresh.push_back(tree.as_module(at));
      }
      met.insert(met.end(), fresh.rbegin(), fresh.rend());
    }
  }
  return met;
}

PythonNumber mean_of(PythonNumber sum, std::int64_t count) {
  const double mean = sum.as_bytes().value() / static_cast<double>(std::max<std::int64_t>(count, 1));
  return PythonNumber::bytes(static_cast<std::int64_t>(mean));
}

// The largest of the blocks that are met first, one of each no-split class.
PythonNumber largest_first_block(const SizedModel& model, const std::vector<ModuleId>& met) {
  PythonNumber block;
  std::unordered_set<std::string_view> classes;
  for (const ModuleId id : met) {
    if (index(id) == 0 || !model.layers.no_split[index(id)]) continue;
    if (!classes.insert(model.tree->graph().module(id).class_name).second) continue;
    const PythonNumber size = model.balanced_modules[index(id)];
    block = classes.size() == 1 ? size : python_max(block, size);
  }
  return block;
}

// accelerate: such a block, or the mean of the modules that hold tensors and no such modules.
BalanceFigures figures_of_accelerate(const SizedModel& model) {
  const ModuleGraph& graph = model.tree->graph();
  const std::vector<ModuleId> met = modules_as_met(*model.tree, model.balanced_rows);
  std::vector<bool> has_children(graph.modules.size());
  for (const ModuleId id : met) {
    if (index(id) != 0) has_children[index(graph.module(id).parent)] = true;
  }
  PythonNumber leaves;
  std::int64_t count = 0;
  for (const ModuleId id : met) {
    if (index(id) == 0 || has_children[index(id)]) continue;
    leaves += model.balanced_modules[index(id)];
    ++count;
  }
  return {model.balanced_modules[0],
          a_quarter_more(python_max(largest_first_block(model, met), mean_of(leaves, count))),
          {}};
}

// The largest of all no-split blocks; none where there is not one.
std::optional<PythonNumber> largest_block(const SizedModel& model) {
  const ModuleGraph& graph = model.tree->graph();
  std::optional<PythonNumber> block;
  for (std::uint32_t row = 0; row < graph.modules.size(); ++row) {
    if (!model.layers.no_split[row] || graph.modules[row].alias != ModuleId::kNone) continue;
    block = block ? python_max(*block, model.nodes[row]) : model.nodes[row];
  }
  return block;
}

// What modules hold by themselves, the root left out: the most of it, or the mean of those that hold something.
PythonNumber own_leaf(const SizedModel& model, bool largest) {
  const ModuleGraph& graph = model.tree->graph();
  PythonNumber leaf, sum;
  std::int64_t count = 0;
  for (std::uint32_t row = 1; row < graph.modules.size(); ++row) {
    PythonNumber own;
    bool holds = false;
    const std::uint32_t first = graph.modules[row].first_tensor;
    for (std::uint32_t i = first; i < first + graph.modules[row].tensor_count; ++i) {
      own += model.nodes[model.tree->module_count() + i];
      holds |= model.balanced_rows[i];
    }
    leaf = python_max(leaf, own);
    sum += own;
    count += holds ? 1 : 0;
  }
  return largest ? leaf : mean_of(sum, count);
}

BalanceFigures figures_of_transformers(const SizedModel& model) {
  PythonNumber block;
  if (!model.libraries.own_balances_by_largest_block) {
    block = largest_first_block(model, modules_as_met(*model.tree, model.balanced_rows));
  } else if (!model.no_split_classes.empty()) {
    const std::optional<PythonNumber> largest = largest_block(model);
    if (!largest) {
      return {model.total(),
              {},
              LibraryCrash{"ValueError", "get_balanced_memory",
                           "no module of the model is of a class in _no_split_modules"}};
    }
    block = *largest;
  }
  const PythonNumber leaf = own_leaf(model, model.libraries.own_balances_by_largest_leaf);
  return {model.total(), a_quarter_more(python_max(block, leaf)), {}};
}

const DeviceBudget* find(const DeviceBudgets& budgets, Device device) {
  const auto found =
      std::find_if(budgets.begin(), budgets.end(), [&](const DeviceBudget& b) { return b.device == device; });
  return found == budgets.end() ? nullptr : &*found;
}

BalancedMemory as_balanced(const SizedModel& model, const BalanceFigures& figures, DeviceBudgets budgets,
                           MapMode mode) {
  if (mode == MapMode::kSequential) return {std::move(budgets), {}};
  const bool own = model.style.own_functions;
  std::int64_t devices = 0;
  std::vector<DeviceBudget*> accelerators;
  for (DeviceBudget& budget : budgets) {
    const bool refused =
        budget.device == Device::disk() || (!model.libraries.counts_by_index && budget.device.index < 0);
    if (!own && refused) {
      return {{},
              LibraryCrash{"RuntimeError", "device",
                           "accelerate asks torch for the device " + name_of(budget.device) +
                               " of max_memory, and torch knows none"}};
    }
    if (budget.bytes <= PythonNumber{}) continue;
    if (budget.device.kind == DeviceKind::kAccelerator) accelerators.push_back(&budget);
    const bool counted = own ? budget.device.is_accelerated() : budget.device.kind == DeviceKind::kAccelerator;
    if (counted) ++devices;
  }
  if (devices == 0) return {std::move(budgets), {}};
  if (figures.crash) return {{}, figures.crash};
  const bool low_zero = mode == MapMode::kBalancedLow0 && devices > 1;
  const PythonNumber share = floor_divided(figures.total, low_zero ? devices - 1 : devices) + figures.extra;
  // The last accelerator keeps all it has, in case the shares do not add up.
  for (std::size_t i = 0; i + 1 < accelerators.size(); ++i) {
    DeviceBudget& budget = *accelerators[i];
    if (low_zero && budget.device.index == 0) continue;
    budget.bytes = python_min(share, budget.bytes);
  }
  if (!low_zero) return {std::move(budgets), {}};

  // Device 0 gets what the others cannot take.  The library names them 1, 2, ... whatever they are called.
  PythonNumber others;
  for (std::int64_t i = 1; i < devices; ++i) {
    const DeviceBudget* other = find(budgets, Device::accelerator(static_cast<std::int32_t>(i)));
    if (other == nullptr) {
      return {
          {},
          LibraryCrash{"KeyError", "get_balanced_memory",
                       "balanced_low_0 takes the devices to be 0, 1, 2, ..., and there is no " + std::to_string(i)}};
    }
    others += other->bytes;
  }
  const PythonNumber rest = python_max(PythonNumber{}, figures.total - others);
  const DeviceBudget* zero = find(budgets, Device::accelerator(0));
  if (zero == nullptr) {
    return {
        {},
        LibraryCrash{"KeyError", "get_balanced_memory", "balanced_low_0 keeps device 0 low, and there is no device 0"}};
  }
  budgets[static_cast<std::size_t>(zero - budgets.data())].bytes = python_min(rest, zero->bytes);
  return {std::move(budgets), {}};
}

}  // namespace

DeviceBudgets in_library_order(std::span<const Budget> budgets) {
  DeviceBudgets ordered;
  for (const Budget& budget : budgets) ordered.push_back({budget.device, PythonNumber::of(budget.bytes)});
  std::sort(ordered.begin(), ordered.end(), [](const DeviceBudget& a, const DeviceBudget& b) {
    return std::pair(rank(a.device), a.device.index) < std::pair(rank(b.device), b.device.index);
  });
  return ordered;
}

BalanceFigures balance_figures(const SizedModel& model) {
  if (model.balancing_crash) return {{}, {}, model.balancing_crash};
  return model.style.own_functions ? figures_of_transformers(model) : figures_of_accelerate(model);
}

PythonNumber adjusted_budget(const SizedModel& model, PythonNumber budget) {
  if (model.quantizer == nullptr || !model.quantizer->budget_factor) return budget;
  // Sizes are whole eighths, so that what a budget has beyond its last eighth decides nothing.
  const double product = budget.as_bytes().value() * *model.quantizer->budget_factor;
  return {static_cast<std::int64_t>(std::floor(product * 8)), true};
}

BalancedMemory balanced_memory(const SizedModel& model, const BalanceFigures& figures, DeviceBudgets budgets,
                               MapMode mode) {
  BalancedMemory balanced = as_balanced(model, figures, std::move(budgets), mode);
  for (DeviceBudget& budget : balanced.budgets) budget.bytes = adjusted_budget(model, budget.bytes);
  return balanced;
}

}  // namespace ckptlint
