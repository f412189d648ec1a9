#include <algorithm>

#include "base/name_order.h"
#include "checkpoint/index.h"

namespace ckptlint {

bool is_as_listed(const WeightIndex& index, const std::vector<StoredTensor>& rows) {
  return std::equal(
      index.weight_map.begin(), index.weight_map.end(), rows.begin(), rows.end(),
      [](const auto& entry, const StoredTensor& row) { return entry.second == row.shard && entry.first == row.name; });
}

void sort_index(WeightIndex& index) {
  std::vector<std::string_view> names;
  names.reserve(index.weight_map.size());
  for (const auto& [name, shard] : index.weight_map) names.push_back(name);
  std::vector<std::pair<std::string_view, ShardId>> sorted;
  sorted.reserve(names.size());
  for (const std::uint32_t place : name_order(names).places) {
    if (!sorted.empty() && sorted.back().first == names[place])
      sorted.back() = index.weight_map[place];
    else
      sorted.push_back(index.weight_map[place]);
  }
  index.weight_map = std::move(sorted);
}

}  // namespace ckptlint
