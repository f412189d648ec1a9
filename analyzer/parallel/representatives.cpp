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

// Where the first number of the name, from `from` on, begins and ends; npos where there is none.
std::pair<std::size_t, std::size_t> first_number(std::string_view name, std::size_t from = 0) {
  std::size_t begin = from;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (is_index(name.substr(begin, end - begin))) return {begin, end};
    begin = end + 1;
  }
  return {std::string_view::npos, std::string_view::npos};
}

template <typename Number>
void append_number(std::string& text, Number number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// What the plan and the loader see of a module, less what its name has before `end`.
void append_contents(std::string& contents, const ModuleGraph& graph, std::uint32_t row, std::size_t end) {
  const Module& module = graph.modules[row];
  contents += std::string_view(module.name).substr(std::min(end, module.name.size()));
  contents += ' ';
  contents += module.class_name;
  for (std::uint32_t i = 0; i < module.tensor_count; ++i) {
    const Tensor& tensor = graph.tensors[module.first_tensor + i];
    contents += ' ';
    contents += leaf_of(tensor.name);
    append_number(contents, tensor.dtype);
    for (const std::int64_t size : tensor.shape) append_number(contents, size);
  }
  contents += '\n';
}

// Finds blocks of one kind, and within the first of each kind those of the next number.
class Representing {
 public:
  explicit Representing(const ModuleGraph& graph) : graph_(graph), module_of_(graph.modules.size()) {
    for (std::uint32_t i = 0; i < module_of_.size(); ++i) module_of_[i] = i;
    look_at(0, static_cast<std::uint32_t>(graph.modules.size()), 0);
  }

  Representatives found() && {
    found_.tensors.resize(graph_.tensors.size());
    for (std::uint32_t row = 0; row < module_of_.size(); ++row) {
      std::uint32_t stands = module_of_[row];
      while (module_of_[stands] != stands) stands = module_of_[stands];
      if (stands == row) found_.modules.push_back(graph_.modules[row].name);
      const Module& module = graph_.modules[row];
      for (std::uint32_t i = 0; i < module.tensor_count; ++i)
        found_.tensors[module.first_tensor + i] = graph_.modules[stands].first_tensor + i;
    }
    return std::move(found_);
  }

 private:
  // Rows of the graph whose names have no number before `from` that was not looked at.
  void look_at(std::uint32_t row, std::uint32_t last, std::size_t from) {
    // By what is before the number and what is in it: where the first block of a kind begins.
    std::map<std::pair<std::string_view, std::string>, std::uint32_t> blocks;
    while (row < last) {
      const std::string_view name = graph_.modules[row].name;
      const auto [begin, end] = first_number(name, from);
      if (begin == std::string_view::npos) {
        ++row;
        continue;
      }
      const std::uint32_t first = row;
      std::string kind;
      for (; row < last; ++row) {
        const std::string_view next = graph_.modules[row].name;
        if (!next.starts_with(name.substr(0, end)) || (next.size() > end && next[end] != '.')) break;
        append_contents(kind, graph_, row, end);
      }
      const auto [at, is_new] = blocks.emplace(std::pair(name.substr(0, begin), std::move(kind)), first);
      if (is_new) {
        if (from == 0) found_.numbers.emplace(name.substr(begin, end - begin));
        look_at(first, row, end + 1);
      }
      for (std::uint32_t i = 0; !is_new && i < row - first; ++i) module_of_[first + i] = at->second + i;
    }
  }

  const ModuleGraph& graph_;
  std::vector<std::uint32_t> module_of_;  // of each row, the one that stands for it, or for that
  Representatives found_;
};

}  // namespace

Representatives representatives_of(const ModuleGraph& graph) { return Representing(graph).found(); }

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
