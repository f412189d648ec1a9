// Finds the layers of a model and keeps the largest of those that are left: get_max_layer_size of accelerate 1.15.0,
// which transformers 5.23.0 calls too.
#include "placement/layers.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace ckptlint {

Layers find_layers(const PlacementTree& tree, const std::vector<PythonNumber>& sizes,
                   const std::vector<std::string>& no_split_classes) {
  Layers layers;
  layers.no_split.assign(tree.module_count(), false);
  layers.largest.assign(tree.module_count(), {});
  layers.how_many.assign(tree.module_count(), 0);
  // Rows are many: where classes are few, comparing is quicker than hashing each row's.
  constexpr std::size_t kFewEnoughToCompare = 8;
  const std::unordered_set<std::string_view> classes(no_split_classes.begin(), no_split_classes.end());
  const auto listed = [&](std::string_view name) {
    if (classes.size() > kFewEnoughToCompare) return classes.contains(name);
    return std::find(no_split_classes.begin(), no_split_classes.end(), name) != no_split_classes.end();
  };
  if (!classes.empty()) {
    for (std::uint32_t row = 0; row < tree.module_count(); ++row)
      layers.no_split[row] = listed(tree.graph().modules[row].class_name);
  }
  for (std::uint32_t row = tree.module_count(); row-- > 0;) {
    const std::span<const NodeId> children = tree.children(ModuleId{row});
    PythonNumber& largest = layers.largest[row];
    std::uint32_t& how_many = layers.how_many[row];
    if (children.empty() || layers.no_split[row]) {
      // A size that is not above the int 0, from which the search starts, does not replace it.
      largest = python_max({}, sizes[row]);
      how_many = 1;
      continue;
    }
    for (const NodeId child : children) {
      const PythonNumber size = layers.largest[index(child)];
      if (size > largest) how_many = 0;
      if (size >= largest) how_many += layers.how_many[index(child)];
      largest = python_max(largest, size);
    }
  }
  return layers;
}

}  // namespace ckptlint
