// Writes a map of ranks for people.
#include "parallel/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/escape.h"
#include "base/fold_names.h"
#include "parallel/rank_load.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostNames = 6;

std::string run_text(std::size_t first, std::size_t last) {
  return first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
}

// "[512, 4096]", or what each rank has where that differs: "0-1: [22, 64]; 2: [20, 64]".
std::string local_text(const ShardedTensor& tensor) {
  if (!tensor.is_cut()) return "";
  const std::size_t ranks = tensor.layout->local.size() / tensor.shape().size();
  std::vector<std::string> runs;
  for (std::size_t first = 0; first < ranks;) {
    std::size_t next = first + 1;
    const auto shape = tensor.shape_on(static_cast<std::uint32_t>(first));
    const auto is_alike = [&](std::size_t rank) {
      return std::ranges::equal(shape, tensor.shape_on(static_cast<std::uint32_t>(rank)));
    };
    while (next < ranks && is_alike(next)) ++next;
    const std::string text = fmt::format("[{}]", fmt::join(shape, ", "));
    if (first == 0 && next == ranks) return text;
    runs.push_back(fmt::format("{}: {}", run_text(first, next - 1), text));
    first = next;
  }
  return fmt::format("{}", fmt::join(runs, "; "));
}

// Tensors that the plan treats alike.
struct Group {
  std::string style;
  std::string shape;
  std::string local;
  std::vector<std::string> names;  // folded
  std::size_t tensors = 0;
};

std::vector<Group> groups_of(const std::vector<ShardedTensor>& tensors) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<NameToFold>> alike;
  std::vector<decltype(alike)::iterator> order;
  for (const ShardedTensor& tensor : tensors) {
    if (tensor.is_buffer && !tensor.is_cut()) continue;
    const auto [at, is_new] = alike.try_emplace(
        {tensor.layout->style, fmt::format("[{}]", fmt::join(tensor.shape(), ", ")), local_text(tensor)}, 0);
    if (is_new) order.push_back(at);
    at->second.push_back({tensor.name, 0});
  }
  std::vector<Group> groups;
  for (const auto& at : order) {
    Group& group = groups.emplace_back();
    std::tie(group.style, group.shape, group.local) = at->first;
    for (FoldedName& name : fold_names(at->second)) group.names.push_back(std::move(name.text));
    group.tensors = at->second.size();
  }
  return groups;
}

std::string names_text(const Group& group, bool verbose) {
  std::string text;
  const std::size_t most = verbose ? group.names.size() : std::min(group.names.size(), kMostNames);
  for (std::size_t i = 0; i < most; ++i) text += fmt::format("    {}\n", printable(group.names[i]));
  if (most < group.names.size()) text += fmt::format("    and {} more\n", group.names.size() - most);
  return text;
}

std::string bar(double share, std::size_t width, bool blocks) {
  const auto cells = static_cast<std::size_t>(share * static_cast<double>(width) + 0.5);
  std::string text;
  for (std::size_t i = 0; i < cells; ++i) text += blocks ? "\u2588" : "#";
  return text;
}

}  // namespace

std::string ranks_text(const ParallelMap& map, std::size_t width, bool blocks) {
  const std::vector<RankLoad> loads = rank_loads(map);
  Bytes most, least = loads.empty() ? Bytes() : loads.front().total();
  for (const RankLoad& load : loads) {
    most = std::max(most, load.total());
    least = std::min(least, load.total());
  }
  std::string text = fmt::format("{:<8}{:>11}  {:>11}  {:>11}\n", "rank", "memory", "cut", "whole");
  for (std::size_t first = 0; first < loads.size();) {
    std::size_t next = first + 1;
    const RankLoad& load = loads[first];
    while (next < loads.size() && loads[next].cut == load.cut && loads[next].whole == load.whole &&
           loads[next].tensors == load.tensors)
      ++next;
    const double share = most > Bytes() ? load.total().value() / most.value() : 0;
    text += fmt::format("{:<8}{:>11}  {:>11}  {:>11}  {}\n", run_text(first, next - 1), human_size(load.total()),
                        human_size(load.cut), human_size(load.whole), bar(share, width, blocks));
    first = next;
  }
  if (most > least && least > Bytes())
    text += fmt::format("The fullest rank has {:.1f} % more than the emptiest.\n",
                        100 * (most.value() / least.value() - 1));
  return text;
}

std::string shards_text(const ParallelMap& map, bool verbose) {
  std::string text;
  for (std::size_t stage = 0; stage < map.stages.size(); ++stage) {
    const std::uint32_t ranks = map.sizes.ranks_of_stage();
    if (map.stages.size() > 1)
      text += fmt::format("\nstage {}, ranks {}\n", stage, run_text(stage * ranks, stage * ranks + ranks - 1));
    std::vector<Group> groups = groups_of(map.stages[stage]);
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return a.style.empty() < b.style.empty(); });
    bool in_unnamed = false;
    for (const Group& group : groups) {
      if (group.style.empty() && !in_unnamed) {
        in_unnamed = true;
        text += "whole on each rank, named by no rule\n";
      }
      if (in_unnamed) {
        text += names_text(group, verbose);
        continue;
      }
      text += fmt::format("{}: {} {}\n{}", printable(group.style), group.shape,
                          group.local.empty() ? "whole on each rank" : "-> " + group.local, names_text(group, verbose));
    }
  }
  return text;
}

std::string forward_text(const ParallelMap& map) {
  std::string text;
  for (const RankForward& each : map.forward) {
    if (!each.pass)
      text +=
          fmt::format("not checked: a forward pass on rank {}: {}\n", each.rank, printable(each.pass.unknown().why));
    else if (!each.pass->raises.empty())
      text += fmt::format("error: a forward pass on rank {} ends in {}{}\n", each.rank, printable(each.pass->raises),
                          printable(each.pass->place));
  }
  for (const std::string& module : repeated_modules(map))
    text += fmt::format("error: {} runs in several stages, and in the model once\n", quoted_name(module));
  if (text.find("error: ") == std::string::npos) return text;
  for (const std::string& cut : cut_heads(map)) text += fmt::format("  {}\n", printable(cut));
  return text;
}

std::string stale_rules_text(const ParallelMap& map, bool verbose) {
  std::map<PlanKind, std::vector<std::string>> stale;
  for (const PlanRule& rule : map.plan) {
    if (!rule.applies)
      stale[rule.plan].push_back(fmt::format("{} ({})", quoted_name(rule.name), printable(rule.style)));
  }
  std::string text;
  for (const auto& [plan, rules] : stale) {
    if (rules.size() == 1) {
      text +=
          fmt::format("note: the rule {} of the {} plan names nothing in the model\n", rules.front(), name_of(plan));
      continue;
    }
    text += fmt::format("note: {} rules of the {} plan name nothing in the model\n", rules.size(), name_of(plan));
    const std::size_t most = verbose ? rules.size() : std::min(rules.size(), kMostNames);
    for (std::size_t i = 0; i < most; ++i) text += fmt::format("    {}\n", rules[i]);
    if (most < rules.size()) text += fmt::format("    and {} more\n", rules.size() - most);
  }
  return text;
}

}  // namespace ckptlint
