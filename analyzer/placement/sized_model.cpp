#include "placement/sized_model.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace ckptlint {
namespace {

bool uses_own_functions(const PlacementQuestion& question) {
  return question.flavour == Flavour::kTransformers && question.libraries.transformers_places_itself;
}

PlacementStyle style_of(const ModuleGraph& graph, const PlacementQuestion& question) {
  PlacementStyle style;
  style.own_functions = uses_own_functions(question);
  if (question.flavour == Flavour::kAccelerate) {
    style.split_keeps_buffers = question.libraries.split_keeps_buffers;
    style.fallback_allocation = question.fallback_allocation;
    style.offload_buffers = question.offload_buffers;
    style.clean_result = question.clean_result;
  } else if (!style.own_functions) {
    style.split_keeps_buffers = question.libraries.split_keeps_buffers;
  } else {
    style.split_keeps_buffers = question.libraries.own_split_keeps_buffers;
  }
  if (style.own_functions && graph.no_placement_params) {
    style.has_no_placement_params = true;
    style.no_placement_params = *graph.no_placement_params;
  }
  return style;
}

// Rows whose size counts: each object once, under its first name; transformers 5 leaves out targets of ties as well.
std::vector<bool> counted_rows(const PlacementTree& tree, bool without_tied_targets) {
  std::unordered_set<std::string_view> targets;
  if (without_tied_targets && tree.graph().tied_weights) {
    for (const auto& [target, source] : *tree.graph().tied_weights) targets.insert(target);
  }
  std::vector<bool> counts(tree.tensor_count());
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    const TensorId id{row};
    counts[row] = !tree.is_alias(id) && (targets.empty() || !targets.contains(tree.graph().tensor(id).name));
  }
  return counts;
}

// Whether some buffer has the last part of a special dtype's name.
bool could_name_a_buffer(const PlacementTree& tree, const SpecialDtypes& special) {
  if (special.empty()) return false;
  std::unordered_set<std::string_view> keys;
  for (const auto& [name, dtype] : special) keys.insert(std::string_view(name).substr(name.rfind('.') + 1));
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    const TensorId id{row};
    if (tree.is_buffer(id) && keys.contains(tree.key(tree.node(id)))) return true;
  }
  return false;
}

}  // namespace

Result<SizedModel> size_model(const PlacementTree& tree, const PlacementQuestion& question) {
  SizedModel model;
  model.tree = &tree;
  model.style = style_of(tree.graph(), question);
  const Quantizer* quantizer = tree.graph().quantizer.get();
  if (quantizer != nullptr && question.flavour == Flavour::kTransformers) {
    model.quantizer = quantizer;
    if (model.style.own_functions == quantizer->element_sizes.empty() && tree.tensor_count() > 0)
      return Error{"the quantizer was evaluated from another major release of transformers than the one asked about"};
  } else if (quantizer != nullptr) {
    return Error{"accelerate's own functions know nothing of the model's quantizer, and so place another model"};
  }
  const bool own = model.style.own_functions;
  model.no_split_classes = question.flavour == Flavour::kAccelerate
                               ? question.no_split_module_classes
                               : tree.graph().no_split_modules.value_or(std::vector<std::string>{});
  if (model.quantizer != nullptr && !own) {
    const std::vector<std::string>& more = model.quantizer->no_split_classes;
    model.no_split_classes.insert(model.no_split_classes.end(), more.begin(), more.end());
  }
  const std::optional<Dtype> dtype = model.quantizer ? model.quantizer->dtype : question.dtype;
  const SizeDtype kind = model.quantizer ? model.quantizer->size_dtype : SizeDtype::kTorch;
  const SpecialDtypes& special = model.quantizer ? model.quantizer->special_dtypes : question.special_dtypes;
  if (dtype || kind != SizeDtype::kTorch)
    model.wanted = accelerate_element_size(kind, dtype.value_or(Dtype::kFloat32), question.libraries);
  Result<TensorSizes> sizes =
      own ? transformers_sizes(tree) : accelerate_sizes(tree, model.wanted, special, question.libraries);
  if (!sizes) return sizes.error();
  if (!own && !sizes->unsized && dtype && !model.wanted) sizes->unsized = dtype;
  if (sizes->unsized) {
    model.crash =
        LibraryCrash{"ValueError", "dtype_byte_size",
                     "accelerate does not know how large " + std::string(torch_name(*sizes->unsized)) + " is"};
  }
  const std::vector<bool> counts = counted_rows(tree, own);
  model.nodes = subtree_sums(tree, sizes->rows, counts);
  model.layers = find_layers(tree, model.nodes, model.no_split_classes);
  model.nodes.resize(tree.node_count());
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    if (counts[row]) model.nodes[tree.module_count() + row] = sizes->rows[row];
  }
  if (!own && could_name_a_buffer(tree, special)) model.special_for_buffers = special;
  model.libraries = question.libraries;
  model.tensors = std::move(sizes->rows);
  model.ties = own ? Ties::by_key(tree) : Ties::by_identity(tree);
  return model;
}

PythonNumber SizedModel::buffers_of(ModuleId id) const {
  const std::size_t prefix = tree->graph().module(id).name.size() + 1;
  std::unordered_set<std::uint32_t> shared;  // objects that have several rows here
  PythonNumber sum;
  for (std::uint32_t row = tree->tensors_begin(id); row < tree->tensors_end(id); ++row) {
    const TensorId tensor{row};
    if (!tree->is_buffer(tensor)) continue;
    if (tree->is_alias(tensor)) {
      const TensorId object = tree->graph().tensor(tensor).alias;
      if (index(object) >= tree->tensors_begin(id) || !shared.insert(index(object)).second) continue;
    }
    sum += special_for_buffers.empty() ? tensors[row] : size_in_module(tree->graph().tensor(tensor), prefix);
  }
  return sum;
}

// accelerate looks special dtypes up again, now relative to the module: "scale" then means its own buffer of that name.
PythonNumber SizedModel::size_in_module(const Tensor& tensor, std::size_t prefix) const {
  const std::string_view relative = std::string_view(tensor.name).substr(prefix);
  const auto found = std::find_if(special_for_buffers.begin(), special_for_buffers.end(),
                                  [&](const auto& entry) { return entry.first == relative; });
  const auto special = found == special_for_buffers.end() ? std::nullopt : std::optional(found->second);
  return accelerate_tensor_size(tensor, wanted, special, libraries).value_or(PythonNumber{});
}

}  // namespace ckptlint
