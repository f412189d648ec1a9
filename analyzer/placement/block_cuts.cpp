// Gathers by class the blocks that device maps cut in the middle of a sum, and the devices and budgets with which
// they do.
#include "placement/block_cuts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "placement/budget_ranges.h"

namespace ckptlint {
namespace {

// The innermost item of a ModuleList that a module is, or is in; kNone where there is none.
ModuleId block_around(const ModuleGraph& graph, ModuleId module) {
  for (ModuleId at = module; index(at) != 0;) {
    const ModuleId above = graph.module(at).parent;
    if (graph.module(above).class_name == "ModuleList") return at;
    at = above;
  }
  return ModuleId::kNone;
}

// The name of a part, as seen from the module that adds it.
std::string below(const PlacementTree& tree, ModuleId module, NodeId part) {
  const std::string_view name = tree.name(part);
  const std::size_t prefix = tree.name(PlacementTree::node(module)).size();
  return std::string(name.substr(prefix == 0 ? 0 : prefix + 1));
}

void add_once(std::vector<ModuleId>& modules, ModuleId module) {
  const auto at = std::lower_bound(modules.begin(), modules.end(), module);
  if (at == modules.end() || *at != module) modules.insert(at, module);
}

}  // namespace

CuttableModules::CuttableModules(const ModuleGraph& graph, const NameList& no_split_classes) : graph_(graph) {
  if (no_split_classes) whole_.insert(no_split_classes->begin(), no_split_classes->end());
}

bool CuttableModules::operator()(ModuleId module) const {
  if (block_around(graph_, module) == ModuleId::kNone) return false;
  for (ModuleId at = module; at != ModuleId::kNone; at = graph_.module(at).parent) {
    if (whole_.contains(graph_.module(at).class_name)) return false;
  }
  return true;
}

BlockCut& BlockCuts::row_of(const OutputSum& sum) {
  ModuleId block = block_around(graph_, sum.module);
  if (block == ModuleId::kNone) block = sum.module;
  const std::string& class_name = graph_.module(block).class_name;
  auto row =
      std::find_if(cuts_.begin(), cuts_.end(), [&](const BlockCut& cut) { return cut.class_name == class_name; });
  if (row == cuts_.end()) {
    row = cuts_.insert(cuts_.end(), BlockCut{});
    row->class_name = class_name;
    row->module = sum.module;
    row->where = sum.where;
    for (std::size_t i = 0; i < std::min<std::size_t>(sum.parts.size(), 2); ++i)
      row->parts.push_back(below(tree_, sum.module, sum.parts[i]));
  }
  add_once(row->blocks, block);
  return *row;
}

void BlockCuts::add(const DeviceMap& map, const std::vector<OutputSum>& sums, const std::string& clause) {
  for (const SumApart& apart : sums_apart(tree_, sums, map)) {
    const OutputSum& sum = sums[apart.sum];
    BlockCut& cut = row_of(sum);
    cut.sure = true;
    if (!cut.cut_by.empty()) continue;
    cut.cut_by.push_back(clause);
    cut.parts = {below(tree_, sum.module, apart.second)};
    const bool input = apart.first == NodeId::kNone;
    if (!input) cut.parts.insert(cut.parts.begin(), below(tree_, sum.module, apart.first));
    cut.why = fmt::format(
        "{} {}, and `{}` works on {}",
        input ? std::string("its input is brought to") : fmt::format("`{}` works on", tree_.name(apart.first)),
        name_of(apart.first_device), tree_.name(apart.second), name_of(apart.second_device));
  }
}

void BlockCuts::add(const std::vector<Witness>& witnesses, const std::vector<OutputSum>& sums,
                    const std::string& call) {
  struct Budgets {
    std::map<std::uint32_t, std::vector<BudgetRange>> by_devices;
  };
  std::map<std::string, Budgets> by_class;
  for (const Witness& witness : witnesses) {
    for (const CutRange& range : witness.cuts) {
      std::set<std::string> classes;
      for (const std::uint32_t sum : range.sums) classes.insert(row_of(sums[sum]).class_name);
      for (const std::string& name : classes) by_class[name].by_devices[witness.devices].push_back(range.budget);
    }
  }
  for (BlockCut& cut : cuts_) {
    const auto found = by_class.find(cut.class_name);
    if (found == by_class.end()) continue;
    std::string clause = call;
    bool first = true;
    for (const auto& [devices, ranges] : found->second.by_devices) {
      const std::vector<BudgetRange> all = merged_ranges(ranges);
      clause += (first ? " with " : ", ") + ranges_text(devices, all);
      cut.wide |= std::any_of(all.begin(), all.end(), is_wide);
      first = false;
    }
    cut.cut_by.push_back(std::move(clause));
  }
}

}  // namespace ckptlint
