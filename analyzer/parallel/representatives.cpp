// Finds modules and stored blocks of one kind.
#include "parallel/representatives.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ckptlint/names.h"

namespace ckptlint {
namespace {

// Where the first number of the name begins and ends; npos where there is none.
std::pair<std::size_t, std::size_t> first_number(std::string_view name) {
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (is_index(name.substr(begin, end - begin))) return {begin, end};
    begin = end + 1;
  }
  return {std::string_view::npos, std::string_view::npos};
}

// What the plan and the loader see of a module, less the number that ends before `end`.
std::string contents_of(const ModuleGraph& graph, std::uint32_t row, std::size_t end) {
  const Module& module = graph.modules[row];
  std::string contents(std::string_view(module.name).substr(std::min(end, module.name.size())));
  contents += ' ';
  contents += module.class_name;
  for (std::uint32_t i = 0; i < module.tensor_count; ++i) {
    const Tensor& tensor = graph.tensors[module.first_tensor + i];
    fmt::format_to(std::back_inserter(contents), " {} {} {}", leaf_of(tensor.name), static_cast<int>(tensor.dtype),
                   fmt::join(tensor.shape, ","));
  }
  return contents + '\n';
}

}  // namespace

Representatives representatives_of(const ModuleGraph& graph) {
  Representatives found;
  found.tensors.resize(graph.tensors.size());
  // By what is before the number and what is in it: the rows of the first block of a kind.
  std::map<std::pair<std::string_view, std::string>, std::vector<std::uint32_t>> blocks;
  for (std::uint32_t i = 0; i < graph.modules.size();) {
    const std::string_view name = graph.modules[i].name;
    const auto [begin, end] = first_number(name);
    std::vector<std::uint32_t> rows{i};
    std::string kind = contents_of(graph, i, end);
    for (++i; begin != std::string_view::npos && i < graph.modules.size(); ++i) {
      const std::string_view next = graph.modules[i].name;
      if (!next.starts_with(name.substr(0, end)) || (next.size() > end && next[end] != '.')) break;
      kind += contents_of(graph, i, end);
      rows.push_back(i);
    }
    const std::string_view before = begin == std::string_view::npos ? name : name.substr(0, begin);
    const auto [at, is_new] = blocks.emplace(std::pair(before, std::move(kind)), rows);
    if (is_new && begin != std::string_view::npos) found.numbers.emplace(name.substr(begin, end - begin));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (is_new) found.modules.push_back(graph.modules[rows[row]].name);
      const Module& module = graph.modules[rows[row]];
      const std::uint32_t first = graph.modules[at->second[row]].first_tensor;
      for (std::uint32_t tensor = 0; tensor < module.tensor_count; ++tensor)
        found.tensors[module.first_tensor + tensor] = first + tensor;
    }
  }
  return found;
}

std::vector<std::uint32_t> representative_rows(const Checkpoint& checkpoint, const Representatives& few) {
  // By what is before the number, and the number: the rows of the block, and what is stored in it.
  struct Block {
    std::vector<std::uint32_t> rows;
    std::vector<std::string> stored;
  };
  std::map<std::pair<std::string_view, std::string_view>, Block> blocks;
  std::vector<std::uint32_t> kept;
  for (std::uint32_t row = 0; row < checkpoint.tensors.size(); ++row) {
    const StoredTensor& tensor = checkpoint.tensors[row];
    const std::string_view name = tensor.name;
    const auto [begin, end] = first_number(name);
    if (begin == std::string_view::npos) {
      kept.push_back(row);
      continue;
    }
    Block& block = blocks[{name.substr(0, begin), name.substr(begin, end - begin)}];
    block.rows.push_back(row);
    block.stored.push_back(fmt::format("{} {} {}", name.substr(end), static_cast<int>(tensor.dtype),
                                       fmt::join(checkpoint.shape(tensor), ",")));
  }
  std::set<std::pair<std::string_view, std::string>> seen;
  for (auto& each : blocks) std::sort(each.second.stored.begin(), each.second.stored.end());
  // In the order of the numbers, so that the first block of a kind is the first of the model too.
  std::vector<std::pair<std::pair<std::string_view, std::string_view>, const Block*>> ordered;
  for (const auto& [place, block] : blocks) ordered.emplace_back(place, &block);
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    if (a.first.first != b.first.first) return a.first.first < b.first.first;
    const std::string_view x = a.first.second, y = b.first.second;
    return x.size() != y.size() ? x.size() < y.size() : x < y;
  });
  for (const auto& [place, block] : ordered) {
    const bool is_new = seen.emplace(place.first, fmt::format("{}", fmt::join(block->stored, "\n"))).second;
    if (is_new || few.numbers.contains(place.second)) kept.insert(kept.end(), block->rows.begin(), block->rows.end());
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace ckptlint
