// Words about ranks, and which projections they cut.
#include "ckptlint/parallel_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "ckptlint/names.h"

namespace ckptlint {
namespace {

template <typename Number>
std::string listed(const std::vector<Number>& numbers) {
  if (numbers.size() == 1) return fmt::format("{}", numbers.front());
  return fmt::format("{} and {}", fmt::join(numbers.begin(), numbers.end() - 1, ", "), numbers.back());
}

// The dimension along which a projection has its heads: rows of what cuts its output, columns of what cuts its input.
std::size_t cut_dimension(const ShardedTensor& tensor) {
  const auto local = tensor.shape_on(0);
  for (std::size_t dim = 0; dim < tensor.shape().size(); ++dim) {
    if (local[dim] != tensor.shape()[dim]) return dim;
  }
  return 0;
}

bool is_below(std::string_view name, std::string_view module) {
  return name.size() > module.size() && name.starts_with(module) && name[module.size()] == '.';
}

// Whether what runs is a module with weights by itself: neither a list of layers nor made of others that run.
bool is_one(const std::string& module, const std::vector<std::string>& ran, const std::vector<ShardedTensor>& stage) {
  if (std::any_of(ran.begin(), ran.end(), [&](const std::string& each) { return is_below(each, module); }))
    return false;
  bool has_weights = false;
  for (const ShardedTensor& tensor : stage) {
    if (!is_below(tensor.name, module)) continue;
    const std::string_view rest = std::string_view(tensor.name).substr(module.size() + 1);
    if (is_index(rest.substr(0, rest.find('.')))) return false;
    has_weights = has_weights || !tensor.is_buffer;
  }
  return has_weights;
}

bool is_sum(std::string_view reduction) { return reduction == "sum" || reduction == "nansum"; }

bool cuts_heads(const ShardedTensor& tensor, std::uint32_t ranks, std::size_t dim) {
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    if (tensor.shape_on(rank)[dim] % tensor.layout->unit != 0) return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(PlanKind kind) {
  return kind == PlanKind::kTensor ? "tensor" : kind == PlanKind::kExpert ? "expert" : "pipeline";
}

std::string text_of(const ParallelSizes& sizes) {
  std::vector<std::string> ways;
  if (sizes.tensor > 1) ways.push_back(fmt::format("tensor parallelism of {}", sizes.tensor));
  if (sizes.expert > 1) ways.push_back(fmt::format("expert parallelism of {}", sizes.expert));
  if (sizes.pipeline > 1) ways.push_back(fmt::format("pipeline parallelism of {}", sizes.pipeline));
  return ways.empty() ? "one process" : listed(ways);
}

std::vector<std::string> cut_heads(const ParallelMap& map) {
  std::vector<std::string> found;
  std::set<std::string> seen;
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    for (const ShardedTensor& tensor : stage) {
      if (!tensor.is_cut() || tensor.layout->unit <= 1 || tensor.shape().size() != 2 || tensor.shape_on(0).empty())
        continue;
      const std::size_t dim = cut_dimension(tensor);
      const std::int64_t heads = tensor.shape()[dim] / tensor.layout->unit;
      if (tensor.shape()[dim] % tensor.layout->unit != 0 || !cuts_heads(tensor, map.sizes.ranks_of_stage(), dim))
        continue;
      std::vector<std::int64_t> divisors;
      for (std::int64_t each = 1; each <= heads; ++each) {
        if (heads % each == 0) divisors.push_back(each);
      }
      std::string text = fmt::format("`{}` has {} head{} of {}, which divide by {}", leaf_of(parent_of(tensor.name)),
                                     heads, heads == 1 ? "" : "s", tensor.layout->unit, listed(divisors));
      if (seen.insert(text).second) found.push_back(std::move(text));
    }
  }
  return found;
}

std::vector<CutReduction> cut_reductions(const ForwardPass& on_rank, const ForwardPass& alone) {
  // At each place those of one pass meet those of the other in their order.  Where there are more or fewer of them, as
  // in a loop over the experts of a rank, it is not known which those are.
  struct Place {
    std::vector<const Reduction*> alone;
    std::vector<std::int64_t> on_rank;
  };
  std::map<std::tuple<FileId, std::uint32_t, std::uint32_t, std::string_view>, Place> places;
  std::vector<Place*> ordered;
  for (const Reduction& each : alone.reductions) {
    const auto [at, is_new] = places.try_emplace({each.where.file, each.where.line, each.where.column, each.name});
    if (is_new) ordered.push_back(&at->second);
    at->second.alone.push_back(&each);
  }
  for (const Reduction& each : on_rank.reductions) {
    const auto at = places.find({each.where.file, each.where.line, each.where.column, each.name});
    if (at != places.end()) at->second.on_rank.push_back(each.over);
  }
  std::vector<CutReduction> cut;
  for (const Place* place : ordered) {
    if (place->alone.size() != place->on_rank.size() || is_sum(place->alone.front()->name)) continue;
    CutReduction found;
    for (std::size_t i = 0; i < place->alone.size(); ++i) {
      if (place->on_rank[i] >= place->alone[i]->over) continue;
      if (found.times++ == 0) found = {*place->alone[i], place->on_rank[i], 1};
    }
    if (found.times > 0) cut.push_back(std::move(found));
  }
  return cut;
}

std::string unknown_pass(const ParallelCheck& parallel) {
  if (!parallel.map.raises.empty()) return "";
  if (!parallel.alone) return parallel.alone.unknown().why;
  if (!parallel.alone->raises.empty()) return "on one process it ends in " + parallel.alone->raises;
  for (const RankForward& each : parallel.map.forward) {
    if (!each.pass) return each.pass.unknown().why;
  }
  return "";
}

std::vector<std::string> repeated_modules(const ParallelMap& map) {
  std::map<std::string, std::vector<std::uint32_t>> stages_of;
  for (const RankForward& each : map.forward) {
    if (!each.pass || !each.pass->raises.empty()) continue;
    const std::uint32_t stage = each.rank / map.sizes.ranks_of_stage();
    for (const std::string& module : each.pass->ran) {
      std::vector<std::uint32_t>& stages = stages_of[module];
      if ((stages.empty() || stages.back() != stage) && is_one(module, each.pass->ran, map.stages[stage]))
        stages.push_back(stage);
    }
  }
  std::vector<std::string> repeated;
  for (const auto& [module, stages] : stages_of) {
    if (stages.size() > 1) repeated.push_back(module);
  }
  return repeated;
}

}  // namespace ckptlint
