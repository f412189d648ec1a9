// Measures a model for one question before budgets are known, and finds the exceptions in which the libraries would
// already end.
#include "placement/sized_model.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "graph/quantizer.h"

namespace ckptlint {
namespace {

bool uses_own_functions(const PlacementQuestion& question) {
  return question.flavour == Flavour::kTransformers && question.libraries.transformers_places_itself;
}

// Arguments of infer_auto_device_map that came with later releases.
std::optional<LibraryCrash> refused_argument(const PlacementQuestion& question) {
  const auto refused = [](std::string_view name) {
    return LibraryCrash{"TypeError", "infer_auto_device_map",
                        "this release of accelerate has no argument " + std::string(name)};
  };
  if (question.fallback_allocation && !question.libraries.ties_first) return refused("fallback_allocation");
  if (question.offload_buffers && !question.libraries.notes_offloaded_buffers) return refused("offload_buffers");
  return std::nullopt;
}

PlacementStyle style_of(const ModuleGraph& graph, const PlacementQuestion& question) {
  const PlacementLibraries& libraries = question.libraries;
  PlacementStyle style;
  style.own_functions = uses_own_functions(question);
  if (style.own_functions) {
    style.split_keeps_buffers = libraries.own_split_keeps_buffers;
    style.finds_holders_by_prefix = libraries.own_finds_holders_itself || libraries.finds_holders_by_prefix;
    style.counts_holders_once = libraries.own_counts_holders_once;
    style.splits_what_fits = libraries.own_splits_what_fits;
    style.has_no_placement_params = libraries.own_leaves_params_out && graph.no_placement_params.has_value();
    if (style.has_no_placement_params) style.no_placement_params = *graph.no_placement_params;
    return style;
  }
  style.split_keeps_buffers = libraries.split_keeps_buffers;
  style.passes_over_buffers = libraries.passes_over_buffers;
  style.notes_offloaded_buffers = libraries.notes_offloaded_buffers;
  style.ties_first = libraries.ties_first;
  style.finds_holders_by_prefix = libraries.finds_holders_by_prefix;
  if (question.flavour != Flavour::kAccelerate) return style;
  style.fallback_allocation = question.fallback_allocation;
  style.offload_buffers = question.offload_buffers;
  style.clean_result = question.clean_result;
  style.refused = refused_argument(question);
  return style;
}

std::vector<std::string> classes_of(const ModuleGraph& graph, const PlacementQuestion& question) {
  if (question.flavour == Flavour::kAccelerate) return question.no_split_module_classes;
  const bool asks = question.flavour == Flavour::kDiffusers || !question.libraries.gathers_classes_early;
  const bool gathered = asks && graph.gathered_no_split_modules;
  const NameList& classes = gathered ? graph.gathered_no_split_modules : graph.no_split_modules;
  return classes.value_or(std::vector<std::string>{});
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

// The same before weights are tied.  On the meta device every parameter that a constructor registers becomes one of its
// own, so that only a module under two names shares what it has.
std::vector<bool> rows_counted_untied(const PlacementTree& tree, std::vector<bool> counts) {
  const ModuleGraph& graph = tree.graph();
  std::vector<bool> within_alias(tree.module_count());
  for (std::uint32_t row = 1; row < tree.module_count(); ++row)
    within_alias[row] = graph.modules[row].alias != ModuleId::kNone || within_alias[index(graph.modules[row].parent)];
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    const TensorId id{row};
    if (tree.is_alias(id) && !tree.is_buffer(id) && !within_alias[index(tree.owner(id))]) counts[row] = true;
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
  if (quantizer != nullptr && question.flavour != Flavour::kAccelerate) {
    model.quantizer = quantizer;
    if (model.style.own_functions == quantizer->element_sizes.empty() && tree.tensor_count() > 0)
      return Error{"the quantizer was evaluated from another major release of transformers than the one asked about"};
  } else if (quantizer != nullptr) {
    return Error{"accelerate's own functions know nothing of the model's quantizer, and so place another model"};
  }
  const bool own = model.style.own_functions;
  model.no_split_classes = classes_of(tree.graph(), question);
  if (model.quantizer != nullptr && !own) {
    const std::vector<std::string>& more = model.quantizer->no_split_classes;
    model.no_split_classes.insert(model.no_split_classes.end(), more.begin(), more.end());
  }
  const bool is_unknown_set = question.flavour == Flavour::kAccelerate && question.classes_are_a_set &&
                              !question.libraries.takes_sets_of_classes;
  if (is_unknown_set) model.no_split_classes.clear();
  const std::optional<Dtype> dtype = model.quantizer ? model.quantizer->dtype : question.dtype;
  const SizeDtype kind = model.quantizer ? model.quantizer->size_dtype : SizeDtype::kTorch;
  const SpecialDtypes& special = model.quantizer ? model.quantizer->special_dtypes : question.special_dtypes;
  if (dtype || kind != SizeDtype::kTorch)
    model.wanted = accelerate_element_size(kind, dtype.value_or(Dtype::kFloat32), question.libraries);
  Result<TensorSizes> sizes =
      own ? transformers_sizes(tree) : accelerate_sizes(tree, model.wanted, special, question.libraries);
  if (!sizes) return sizes.error();
  if (!own && !sizes->unsized && dtype && !model.wanted) sizes->unsized = dtype;
  const bool named_only = dtype == kNotOfTorch && sizes->unsized == kNotOfTorch;
  if (sizes->unsized && !named_only) {
    model.crash =
        LibraryCrash{"ValueError", "dtype_byte_size",
                     "accelerate does not know how large " + std::string(torch_name(*sizes->unsized)) + " is"};
  }
  const std::vector<bool> counts = counted_rows(tree, own);
  model.nodes = subtree_sums(tree, sizes->rows, counts);
  model.layers = find_layers(tree, model.nodes, model.no_split_classes);
  const bool ties_late =
      question.flavour == Flavour::kTransformers && !own && !question.libraries.ties_before_balancing;
  model.balanced_rows = ties_late ? rows_counted_untied(tree, counts) : counts;
  model.balanced_modules = ties_late ? subtree_sums(tree, sizes->rows, model.balanced_rows) : model.nodes;
  if (model.quantizer != nullptr && model.quantizer->balances_in) {
    const std::optional<Dtype> in = model.quantizer->balances_in->dtype;
    const auto element = in ? accelerate_element_size(*in, question.libraries) : std::nullopt;
    const Result<TensorSizes> balanced = accelerate_sizes(tree, element, special, question.libraries);
    if (!balanced) return balanced.error();
    model.balanced_modules = subtree_sums(tree, balanced->rows, counts);
  }
  model.balancing_crash = model.crash;
  // Budgets are balanced in the model's own dtype.
  if (named_only)
    model.crash = LibraryCrash{"AttributeError", "infer_auto_device_map",
                               "torch has no dtype of the name that the quantizer gives to count in"};
  if (is_unknown_set && tree.module_count() > 1 && !model.crash) {
    model.balancing_crash = LibraryCrash{"TypeError", "get_balanced_memory",
                                         "this release of accelerate takes no set as no_split_module_classes"};
  }
  model.nodes.resize(tree.node_count());
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    if (counts[row]) model.nodes[tree.module_count() + row] = sizes->rows[row];
  }
  if (!own && could_name_a_buffer(tree, special)) model.special_for_buffers = special;
  for (std::uint32_t row = 0; row < tree.tensor_count() && !model.special_for_buffers.empty(); ++row) {
    const TensorId id{row};
    if (!tree.is_buffer(id) || tree.is_alias(id)) continue;
    if (!accelerate_tensor_size(tree.graph().tensor(id), model.wanted, std::nullopt, question.libraries))
      model.unsized_buffers.push_back(row);
  }
  model.libraries = question.libraries;
  model.tensors = std::move(sizes->rows);
  model.ties = own                                 ? Ties::by_key(tree)
               : question.libraries.finds_all_ties ? Ties::by_identity(tree)
                                                   : Ties::by_walking(tree);
  return model;
}

bool SizedModel::leaves_out(ModuleId block, const Tensor& tensor) const {
  const std::string_view relative = std::string_view(tensor.name).substr(tree->graph().module(block).name.size() + 1);
  return std::find(style.no_placement_params.begin(), style.no_placement_params.end(), relative) !=
         style.no_placement_params.end();
}

PythonNumber SizedModel::least() const {
  PythonNumber least = total();
  if (!style.own_functions || !style.has_no_placement_params) return least;
  std::unordered_set<std::uint32_t> left_out;
  for (std::uint32_t module = 1; module < tree->module_count(); ++module) {
    const ModuleId block{module};
    if (!layers.no_split[module]) continue;
    for (std::uint32_t row = tree->tensors_begin(block); row < tree->tensors_end(block); ++row) {
      const TensorId id{row};
      if (!tree->is_alias(id) && leaves_out(block, tree->graph().tensor(id)) && left_out.insert(row).second)
        least = least - tensors[row];
    }
  }
  return least;
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
    sum += special_for_buffers.empty() ? tensors[row]
                                       : size_in_module(tree->graph().tensor(tensor), prefix).value_or(PythonNumber{});
  }
  return sum;
}

bool SizedModel::has_unsized_buffer(ModuleId id) const {
  const std::size_t prefix = tree->graph().module(id).name.size() + 1;
  const auto first = std::lower_bound(unsized_buffers.begin(), unsized_buffers.end(), tree->tensors_begin(id));
  for (auto row = first; row != unsized_buffers.end() && *row < tree->tensors_end(id); ++row) {
    if (!size_in_module(tree->graph().tensors[*row], prefix)) return true;
  }
  return false;
}

// accelerate looks special dtypes up again, now relative to the module: "scale" then means its own buffer of that name.
std::optional<PythonNumber> SizedModel::size_in_module(const Tensor& tensor, std::size_t prefix) const {
  const std::string_view relative = std::string_view(tensor.name).substr(prefix);
  const auto found = std::find_if(special_for_buffers.begin(), special_for_buffers.end(),
                                  [&](const auto& entry) { return entry.first == relative; });
  const auto special = found == special_for_buffers.end() ? std::nullopt : std::optional(found->second);
  return accelerate_tensor_size(tensor, wanted, special, libraries);
}

}  // namespace ckptlint
