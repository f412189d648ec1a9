#include <optional>

#include "checkpoint/index.h"
#include "checkpoint/name_table.h"

namespace ckptlint {
namespace {

using Entries = std::vector<std::pair<std::string_view, ShardId>>;

// Which row each entry names; nothing where one names none, or two the same.
std::optional<std::vector<std::uint32_t>> rows_of(const Entries& entries, const std::vector<StoredTensor>& rows) {
  NameTable table(0);
  std::vector<std::uint32_t> found;
  found.reserve(entries.size());
  std::vector<bool> taken(rows.size());
  std::uint32_t next = 0;  // mostly they come in the same order
  for (const auto& entry : entries) {
    const std::string_view name = entry.first;
    if (next >= rows.size() || rows[next].name != name) {
      if (table.empty()) {
        table = NameTable(rows.size());
        for (std::uint32_t i = 0; i < rows.size(); ++i) {
          if (!table.insert(rows[i].name, i)) return std::nullopt;
        }
      }
      const auto place = table.find(name, [&](std::uint32_t row) { return rows[row].name == name; });
      if (!place) return std::nullopt;
      next = *place;
    }
    if (taken[next]) return std::nullopt;
    taken[next] = true;
    found.push_back(next++);
  }
  return found;
}

bool align(Entries& entries, const std::vector<StoredTensor>& rows, const NameOrder& order) {
  if (entries.size() != rows.size() || !order.distinct) return false;
  const auto found = rows_of(entries, rows);
  if (!found) return false;
  std::vector<std::uint32_t> entry_of(rows.size());
  for (std::uint32_t i = 0; i < entry_of.size(); ++i) entry_of[(*found)[i]] = i;
  Entries sorted;
  sorted.reserve(entries.size());
  for (const std::uint32_t row : order.places) sorted.push_back(entries[entry_of[row]]);
  entries = std::move(sorted);
  return true;
}

}  // namespace

void sort_index(IndexFile& file, const std::vector<StoredTensor>& rows, const NameOrder& order) {
  Entries& entries = file.index.weight_map;
  file.aligned = align(entries, rows, order);
  if (file.aligned) return;
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const auto& [name, shard] : entries) names.push_back(name);
  Entries sorted;
  sorted.reserve(entries.size());
  for (const std::uint32_t place : name_order(names).places) {
    if (!sorted.empty() && sorted.back().first == entries[place].first)
      sorted.back() = entries[place];
    else
      sorted.push_back(entries[place]);
  }
  entries = std::move(sorted);
}

}  // namespace ckptlint
