// Folds neighbours of the same shape, and adds up what is in and below each module, for the tree and the drawing.
#include "graph/outline.h"

#include <re2/re2.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "ckptlint/names.h"

namespace ckptlint {
namespace {

double elements(const Tensor& tensor) {
  double count = 1;
  for (std::int64_t extent : tensor.shape) count *= static_cast<double>(extent);
  return count;
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
  return (hash ^ (more + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2))) * 0xff51afd7ed558ccdULL;
}
std::uint64_t mix(std::uint64_t hash, std::string_view text) { return mix(hash, std::hash<std::string_view>{}(text)); }

}  // namespace

Outline::Outline(const ModuleGraph& graph, const OutlineOptions& options)
    : graph_(graph),
      depth_(options.depth),
      children_(graph.modules.size()),
      shapes_(graph.modules.size()),
      sizes_(graph.modules.size()),
      shown_(graph.modules.size(), options.only.empty()) {
  for (std::size_t i = 1; i < graph.modules.size(); ++i)
    children_[index(graph.modules[i].parent)].push_back(static_cast<std::uint32_t>(i));
  // Children come after their parents, so one backward pass sees every child first.
  for (std::size_t i = graph.modules.size(); i-- > 0;) measure(i, options.marks);
  if (!options.only.empty()) mark_shown(options.only);
}

std::vector<OutlineRow> Outline::below(ModuleId module, int depth) const {
  std::vector<OutlineRow> rows;
  if (depth_ >= 0 && depth >= depth_) return rows;
  const auto& all = children_[index(module)];
  for (std::size_t at = 0; at < all.size();) {
    std::size_t end = at + 1;
    if (shown_[all[at]]) {
      if (is_index(leaf_of(graph_.modules[all[at]].name))) {
        while (end < all.size() && shapes_[all[end]] == shapes_[all[at]] &&
               is_index(leaf_of(graph_.modules[all[end]].name)) && shown_[all[end]])
          ++end;
      }
      rows.push_back({static_cast<ModuleId>(all[at]), static_cast<ModuleId>(all[end - 1]), end - at});
    }
    at = end;
  }
  return rows;
}

void Outline::measure(std::size_t i, const std::vector<std::uint8_t>& marks) {
  const Module& module = graph_.modules[i];
  std::uint64_t hash = mix(7, module.class_name);
  Size size;
  for (std::uint32_t t = module.first_tensor; t < module.first_tensor + module.tensor_count; ++t) {
    const Tensor& tensor = graph_.tensors[t];
    hash = mix(mix(hash, leaf_of(tensor.name)), static_cast<std::uint64_t>(tensor.dtype) * 4 +
                                                    (tensor.persistent ? 2U : 0U) + (tensor.is_buffer() ? 1U : 0U));
    for (std::int64_t extent : tensor.shape) hash = mix(hash, static_cast<std::uint64_t>(extent));
    if (t < marks.size()) hash = mix(hash, std::uint64_t{marks[t]});
    if (tensor.alias != TensorId::kNone) continue;
    size.bytes += elements(tensor) * bits(tensor.dtype) / 8;
    if (!tensor.is_buffer()) size.parameters += elements(tensor);
  }
  for (std::uint32_t child : children_[i]) {
    hash = mix(mix(hash, leaf_of(graph_.modules[child].name)), shapes_[child]);
    if (graph_.modules[child].alias != ModuleId::kNone) continue;
    size.bytes += sizes_[child].bytes;
    size.parameters += sizes_[child].parameters;
  }
  shapes_[i] = hash;
  sizes_[i] = size;
}

void Outline::mark_shown(const std::string& wanted) {
  RE2 pattern(wanted, RE2::Quiet);
  for (std::size_t i = graph_.modules.size(); i-- > 0;) {
    const Module& module = graph_.modules[i];
    bool matches = pattern.ok() && RE2::PartialMatch(module.name, pattern);
    for (std::uint32_t t = module.first_tensor; t < module.first_tensor + module.tensor_count && !matches; ++t) {
      matches = pattern.ok() && RE2::PartialMatch(graph_.tensors[t].name, pattern);
    }
    if (matches) shown_[i] = true;
    if (shown_[i] && module.parent != ModuleId::kNone) shown_[index(module.parent)] = true;
  }
}

}  // namespace ckptlint
