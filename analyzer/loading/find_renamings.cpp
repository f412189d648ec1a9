// Finds keys that would fit with another word in one place of their name.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "ckptlint/names.h"
#include "loading/leftovers.h"

namespace ckptlint {
namespace {

using Parts = std::vector<std::string_view>;

Parts parts_of(std::string_view name) {
  Parts parts;
  while (true) {
    const std::size_t dot = name.find('.');
    parts.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    name.remove_prefix(dot + 1);
  }
}

// The one part in which two names differ; nothing where they differ in several.
std::optional<std::size_t> difference(const Parts& a, const Parts& b) {
  if (a.size() != b.size()) return std::nullopt;
  const auto [first, other] = std::mismatch(a.begin(), a.end(), b.begin());
  if (first == a.end() || !std::equal(first + 1, a.end(), other + 1)) return std::nullopt;
  return static_cast<std::size_t>(first - a.begin());
}

// A name without one of its parts, and its shape: what a renamed tensor has in common with its place.
std::string mask(const Parts& parts, std::size_t without, std::span<const std::int64_t> shape) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == without ? "*" : std::string(parts[i])) + ".";
  for (const std::int64_t extent : shape) text += std::to_string(extent) + ",";
  return text;
}

}  // namespace

void find_renamings(const ModuleGraph& graph, const Checkpoint& checkpoint, Leftovers& left) {
  std::map<std::string, std::vector<TensorId>> missing;
  std::map<std::string, std::vector<const UnexpectedKey*>> unexpected;
  for (const TensorId id : left.missing) {
    const Parts parts = parts_of(graph.tensor(id).name);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!parts[i].empty() && !is_index(parts[i])) missing[mask(parts, i, graph.tensor(id).shape)].push_back(id);
    }
  }
  for (const UnexpectedKey& key : left.unexpected) {
    const Parts parts = parts_of(key.key);
    const auto shape = checkpoint.shape(checkpoint.tensors[key.stored]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!parts[i].empty() && !is_index(parts[i])) unexpected[mask(parts, i, shape)].push_back(&key);
    }
  }
  std::map<std::pair<std::string, std::string>, std::vector<KeyPair>> words;
  std::set<std::uint32_t> taken_keys;
  std::set<TensorId> taken_tensors;
  for (const auto& [common, keys] : unexpected) {
    const auto found = missing.find(common);
    // One key and one place, so that nothing has to be guessed.
    if (found == missing.end() || keys.size() != 1 || found->second.size() != 1) continue;
    const TensorId id = found->second.front();
    const Parts from = parts_of(keys.front()->key), to = parts_of(graph.tensor(id).name);
    const auto at = difference(from, to);
    if (!at || taken_keys.contains(keys.front()->stored) || taken_tensors.contains(id)) continue;
    taken_keys.insert(keys.front()->stored);
    taken_tensors.insert(id);
    words[{std::string(from[*at]), std::string(to[*at])}].push_back({keys.front()->stored, id});
  }
  for (auto& [word, pairs] : words) {
    explain(pairs, left);
    left.renamed.push_back({word.first, word.second, std::move(pairs)});
  }
}

}  // namespace ckptlint
