// The names that an index lists for each shard, and its rows sorted by name.
#include "base/name_order.h"
#include "checkpoint/index.h"

namespace ckptlint {

std::vector<ListedNames> listed_names(const IndexFile& file) {
  if (!file.by_name) return {};
  std::vector<ListedNames> names(file.shards.size(), std::vector<std::string_view>());
  for (ListedNames& each : names) each->reserve(file.index.weight_map.size() / names.size() * 5 / 4);
  for (const auto& [name, shard] : file.index.weight_map) {
    if (shard == ShardId::kNone) return {};
    names[index(shard)]->push_back(name);
  }
  return names;
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
