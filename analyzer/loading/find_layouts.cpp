// Finds experts that one side has one by one and the other stacked, and layers beyond the number that the config
// gives.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "ckptlint/names.h"
#include "loading/leftovers.h"

namespace ckptlint {
namespace {

constexpr std::size_t kFewest = 2;  // stacked tensors

// Where a name splits at its last number: what is before it, and the number.
struct Numbered {
  std::string_view parent, number;
};
std::optional<Numbered> numbered(std::string_view name) {
  for (std::string_view at = parent_of(name); !at.empty(); at = parent_of(at)) {
    if (is_index(leaf_of(at))) return Numbered{parent_of(at), leaf_of(at)};
  }
  return std::nullopt;
}

// Overflow is no concern: it would have to overflow alike on both sides.
std::uint64_t elements(std::span<const std::int64_t> shape) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::uint64_t>(extent);
  return count;
}

// Tensors below one module, one by one or stacked.
template <typename Id>
struct Side {
  std::vector<Id> ids;
  std::set<std::string_view> numbers;
  std::uint64_t elements = 0;
};

template <typename Id>
class Sides {
 public:
  void add(std::string_view name, std::span<const std::int64_t> shape, Id id) {
    if (const auto split = numbered(name)) {
      Side<Id>& side = separate_[split->parent];
      side.ids.push_back(id);
      side.numbers.insert(split->number);
      side.elements += elements(shape);
    }
    if (shape.size() < 2) return;
    // The stacked tensor stands below the module, maybe with one more name.
    for (const std::string_view parent : {parent_of(name), parent_of(parent_of(name))}) {
      if (parent.empty()) continue;
      Side<Id>& side = stacked_[{parent, shape[0]}];
      side.ids.push_back(id);
      side.elements += elements(shape);
    }
  }

  const std::map<std::string_view, Side<Id>>& separate() const { return separate_; }
  const Side<Id>* stacked(std::string_view parent, std::size_t count) const {
    const auto found = stacked_.find({parent, static_cast<std::int64_t>(count)});
    return found == stacked_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string_view, Side<Id>> separate_;
  std::map<std::pair<std::string_view, std::int64_t>, Side<Id>> stacked_;
};

// Every module below which one side has separately what the other has stacked.
template <typename Separate, typename Stacked, typename Found>
void compare(const Sides<Separate>& separate, const Sides<Stacked>& stacked, const Found& found) {
  for (const auto& [parent, side] : separate.separate()) {
    if (side.numbers.size() < kFewest) continue;
    const Side<Stacked>* other = stacked.stacked(parent, side.numbers.size());
    if (other != nullptr && other->elements == side.elements) found(parent, side, *other);
  }
}

}  // namespace

void find_layouts(const ModuleGraph& graph, const Checkpoint& checkpoint, Leftovers& left) {
  Sides<std::uint32_t> stored;
  Sides<TensorId> missing;
  for (const UnexpectedKey& key : left.unexpected)
    stored.add(key.key, checkpoint.shape(checkpoint.tensors[key.stored]), key.stored);
  for (const TensorId id : left.missing) missing.add(graph.tensor(id).name, graph.tensor(id).shape, id);

  std::vector<OtherLayout> found;
  compare(stored, missing, [&](std::string_view parent, const auto& separate, const auto& stacked) {
    found.push_back({false, std::string(parent), separate.numbers.size(), separate.ids, stacked.ids});
  });
  compare(missing, stored, [&](std::string_view parent, const auto& separate, const auto& stacked) {
    found.push_back({true, std::string(parent), separate.numbers.size(), stacked.ids, separate.ids});
  });
  for (OtherLayout& layout : found) {
    const std::set<std::uint32_t> rows(layout.stored.begin(), layout.stored.end());
    const std::set<TensorId> tensors(layout.tensors.begin(), layout.tensors.end());
    std::erase_if(left.unexpected, [&](const UnexpectedKey& key) { return rows.contains(key.stored); });
    std::erase_if(left.missing, [&](TensorId id) { return tensors.contains(id); });
    left.layouts.push_back(std::move(layout));
  }
}

void find_surplus_layers(const ModuleGraph& graph, Leftovers& left) {
  // Lists of modules: how many numbers each has.
  std::map<std::string_view, std::pair<ModuleId, std::size_t>> lists;
  for (const Module& module : graph.modules) {
    if (!is_index(leaf_of(module.name)) || module.parent == ModuleId::kNone) continue;
    auto& [list, count] = lists[graph.module(module.parent).name];
    list = module.parent;
    ++count;
  }
  std::map<ModuleId, SurplusLayers> surplus;
  std::erase_if(left.unexpected, [&](const UnexpectedKey& key) {
    for (std::string_view at = parent_of(key.key); !at.empty(); at = parent_of(at)) {
      const auto found = lists.find(parent_of(at));
      if (found == lists.end() || !is_index(leaf_of(at))) continue;
      const auto [list, count] = found->second;
      std::size_t number = 0;
      const std::string_view text = leaf_of(at);
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (failure != std::errc{} || number < count) return false;
      SurplusLayers& layers = surplus[list];
      layers.list = list;
      layers.count = count;
      layers.numbers.push_back(number);
      layers.keys.push_back(key);
      return true;
    }
    return false;
  });
  for (auto& [list, layers] : surplus) {
    std::sort(layers.numbers.begin(), layers.numbers.end());
    layers.numbers.erase(std::unique(layers.numbers.begin(), layers.numbers.end()), layers.numbers.end());
    left.surplus.push_back(std::move(layers));
  }
}

}  // namespace ckptlint
