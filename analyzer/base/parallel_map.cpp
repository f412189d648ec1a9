// Words about ranks, and which projections they cut.
#include "ckptlint/parallel_map.h"

#include <fmt/format.h>

#include <set>

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
  for (std::size_t dim = 0; dim < tensor.shape.size(); ++dim) {
    if (local[dim] != tensor.shape[dim]) return dim;
  }
  return 0;
}

bool cuts_heads(const ShardedTensor& tensor, std::uint32_t ranks, std::size_t dim) {
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    if (tensor.shape_on(rank)[dim] % tensor.unit != 0) return true;
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
      if (!tensor.is_cut() || tensor.unit <= 1 || tensor.shape.size() != 2 || tensor.shape_on(0).empty()) continue;
      const std::size_t dim = cut_dimension(tensor);
      const std::int64_t heads = tensor.shape[dim] / tensor.unit;
      if (tensor.shape[dim] % tensor.unit != 0 || !cuts_heads(tensor, map.sizes.ranks_of_stage(), dim)) continue;
      std::vector<std::int64_t> divisors;
      for (std::int64_t each = 1; each <= heads; ++each) {
        if (heads % each == 0) divisors.push_back(each);
      }
      std::string text = fmt::format("`{}` has {} head{} of {}, which divide by {}", leaf_of(parent_of(tensor.name)),
                                     heads, heads == 1 ? "" : "s", tensor.unit, listed(divisors));
      if (seen.insert(text).second) found.push_back(std::move(text));
    }
  }
  return found;
}

}  // namespace ckptlint
