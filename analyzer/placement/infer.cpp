// The loop that places modules device by device: infer_auto_device_map of accelerate 1.15.0 and of transformers
// 5.23.0, and of the older releases that library_version.h tells apart.
#include "placement/infer.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

namespace ckptlint {
namespace {

constexpr std::uint32_t kNotMapped = 0xffffffff;

// Far more than any model takes: the library itself might go on for ever, and its fallback looks through all that is
// left for each single module that it pulls forward.
constexpr std::uint64_t kMostSteps = 200'000'000;

LibraryCrash tie_without_holder(const TiedMember& member) {
  return {"IndexError", "get_module_size_with_ties",
          "the library looks for the module that holds " + std::string(member.name) +
              " among those still to be placed, and there is none"};
}

}  // namespace

// The node at hand, with the figures that decide about it.
struct Inference::Treated {
  NodeId node = NodeId::kNone;
  PythonNumber size;
  PythonNumber with_ties;
  bool has_ties = false;
  std::vector<NodeId> holders;  // of what is tied to it: members of the list, maybe repeated
};

Inference::Inference(const SizedModel& model)
    : model_(&model),
      tree_(model.tree),
      list_(*model.tree, model.layers),
      search_(*model.tree, model.layers),
      map_position_(model.tree->node_count(), kNotMapped),
      passed_epoch_(model.tree->node_count(), 0) {}

Result<Inferred> Inference::run(const DeviceBudgets& budgets, const InferOptions& options) {
  options_ = options;
  start(budgets);
  result_.crash = model_->style.refused ? model_->style.refused : model_->crash;
  for (; !list_.empty() && !result_.crash; ++steps_) {
    if (steps_ > kMostSteps)
      return Error{"the placement takes too many steps: the library itself would hardly come to an end"};
    Treated treated;
    treated.node = take_next();
    treated.size = size_of(treated.node);
    model_->style.ties_first ? treat(treated) : treat_size_first(treated);
  }
  note_buffers();
  for (const MapRow& row : result_.map) map_position_[index(row.node)] = kNotMapped;
  list_.clear();
  return std::move(result_);
}

void Inference::start(const DeviceBudgets& budgets) {
  result_ = {};
  budgets_.clear();
  for (const DeviceBudget& budget : budgets) {
    result_.devices.push_back(budget.device);
    budgets_.push_back(budget.device == Device::disk() ? std::nullopt : std::optional(budget.bytes));
  }
  if (budgets.empty() || budgets.back().device != Device::disk()) {
    result_.devices.push_back(Device::disk());
    budgets_.push_back(std::nullopt);
  }
  const std::size_t slots = result_.devices.size();
  result_.used.assign(slots, {});
  result_.bounds.assign(slots, {});

  // Room for the largest layer is kept where offloaded layers come back to work: on mps, or the first accelerator and
  // cpu.
  const auto has_mps =
      std::find(result_.devices.begin(), result_.devices.end(), Device::mps()) != result_.devices.end();
  reserves_.assign(slots, false);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const Device device = result_.devices[slot];
    reserves_[slot] =
        has_mps ? device == Device::mps() : (slot == 0 && device.is_accelerated()) || device == Device::cpu();
  }

  device_ = DeviceSlot{0};
  told_used_ = {};
  fell_back_ = false;
  steps_ = 0;
  const ModuleId root{0};
  list_.push_front(tree_->buffers(root));
  list_.push_front(tree_->children(root));
  list_.push_front(tree_->parameters(root));
  // The first list of layers alone has the root's own tensors in it.
  counts_root_tensors_ = false;
  recompute_largest_layer();
  counts_root_tensors_ = true;
  for (const std::span<const NodeId> tensors : {tree_->parameters(root), tree_->buffers(root)}) {
    for (const NodeId tensor : tensors) {
      if (size_of(tensor) > largest_layer_) {
        largest_layer_ = size_of(tensor);
        largest_layers_left_ = 0;
      }
      if (size_of(tensor) == largest_layer_) ++largest_layers_left_;
    }
  }
}

void Inference::recompute_largest_layer() {
  ++epoch_;
  counts_root_tensors_ = false;
  const LargestLayer& largest = list_.largest_layer();
  largest_layer_ = {largest.eighths(), largest.some_floats()};
  largest_layers_left_ = largest.how_many();
  if (!largest.some_floats() || largest.all_floats()) return;
  // An int and a float of one size: the first in the list is the one that Python keeps.
  for (NodeId node = list_.front(); node != NodeId::kNone; node = list_.after(node)) {
    if (!tree_->is_module(node) || model_->layers.largest[index(node)] != largest_layer_) continue;
    largest_layer_ = model_->layers.largest[index(node)];
    return;
  }
}

// How many of the largest layers the node takes along.
std::uint64_t Inference::layers_lost_with(NodeId node) const {
  if (!tree_->is_module(node)) {
    return counts_root_tensors_ && index(tree_->parent(node)) == 0 && passed_epoch_[index(node)] != epoch_ &&
                   size_of(node) == largest_layer_
               ? 1
               : 0;
  }
  if (model_->layers.largest[index(node)] != largest_layer_) return 0;
  // Struck off before, when it or (if a part of it was pulled forward) a module over it was looked at.
  for (NodeId at = node; at != NodeId::kNone; at = fell_back_ ? tree_->parent(at) : NodeId::kNone) {
    if (passed_epoch_[index(at)] == epoch_) return 0;
  }
  return model_->layers.how_many[index(node)];
}

NodeId Inference::take_next() {
  const NodeId node = list_.front();
  list_.erase(node);
  largest_layers_left_ -= std::min(largest_layers_left_, layers_lost_with(node));
  if (largest_layers_left_ == 0) recompute_largest_layer();
  passed_epoch_[index(node)] = epoch_;
  return node;
}

void Inference::treat(Treated& treated) {
  if (!size_with_ties(treated, list_)) return;
  if (at_most_budget(treated.with_ties)) {
    place(treated);
    return;
  }
  if (treated.has_ties && at_most_budget(treated.size) && split_something_tied(treated)) return;
  if (result_.crash) return;
  if (model_->style.splits_what_fits || at_least_budget(treated.size)) {
    if (can_split(treated.node)) {
      split(treated);
      return;
    }
    if (take_apart_without_placement(treated)) return;
  }
  if (fall_back(treated) || result_.crash) return;
  go_to_next_device(treated);
}

// accelerate before 1.2.
void Inference::treat_size_first(Treated& treated) {
  treated.with_ties = treated.size;
  if (!at_most_budget(treated.size)) {
    const bool is_buffer = !tree_->is_module(treated.node) && tree_->is_buffer(tree_->as_tensor(treated.node));
    if (is_buffer && !model_->style.passes_over_buffers) {
      result_.crash = LibraryCrash{"AttributeError", "infer_auto_device_map",
                                   "a buffer that does not fit is asked for its children, and a tensor has none"};
      return;
    }
    can_split(treated.node) ? split(treated) : go_to_next_device(treated);
    return;
  }
  if (!size_with_ties(treated, list_)) return;
  if (at_most_budget(treated.with_ties)) {
    place(treated);
    if (!treated.has_ties) told_used_ = result_.used[index(device_)] + reserve();
    return;
  }
  if (split_something_tied(treated) || result_.crash) return;
  go_to_next_device(treated);
}

// What the library takes for the one among those still to be placed that holds a tied parameter.
NodeId Inference::holder_of(const TiedMember& member, const TreatList& list) {
  if (model_->style.finds_holders_by_prefix) return list.holder(member.above);
  for (NodeId node = list.empty() ? NodeId::kNone : list.front(); node != NodeId::kNone; node = list.after(node)) {
    ++steps_;
    if (member.name.find(tree_->name(node)) != std::string_view::npos) return node;
  }
  return NodeId::kNone;
}

// False where the library crashes because nothing in `list` holds a tied name.
bool Inference::size_with_ties(Treated& treated, const TreatList& list) {
  treated.with_ties = treated.size;
  model_->ties.outside(treated.node, tied_);
  treated.has_ties = !tied_.empty();
  for (const TiedMember* member : tied_) {
    const NodeId holder = holder_of(*member, list);
    if (holder == NodeId::kNone) {
      result_.crash = tie_without_holder(*member);
      return false;
    }
    if (!model_->style.counts_holders_once) {
      const PythonNumber shared = member->node == NodeId::kNone ? PythonNumber{} : size_of(member->node);
      treated.with_ties += size_of(holder) - shared;
    } else if (std::find(treated.holders.begin(), treated.holders.end(), holder) == treated.holders.end()) {
      treated.with_ties += size_of(holder);
    } else {
      continue;
    }
    treated.holders.push_back(holder);
  }
  return true;
}

PythonNumber Inference::reserve() const { return reserves_[index(device_)] ? largest_layer_ : PythonNumber{}; }

// used + amount <= budget - reserve
bool Inference::at_most_budget(PythonNumber amount) {
  const std::optional<PythonNumber>& budget = budgets_[index(device_)];
  if (!budget) return true;
  const PythonNumber needed = result_.used[index(device_)] + amount + reserve();
  BudgetBounds& bounds = result_.bounds[index(device_)];
  if (needed <= *budget) {
    bounds.at_least = std::max(bounds.at_least, needed.eighths);
    return true;
  }
  bounds.below = std::min(bounds.below, needed.eighths);
  return false;
}

// used + amount >= budget - reserve
bool Inference::at_least_budget(PythonNumber amount) {
  const PythonNumber needed = result_.used[index(device_)] + amount + reserve();
  BudgetBounds& bounds = result_.bounds[index(device_)];
  if (needed >= *budgets_[index(device_)]) {
    bounds.below = std::min(bounds.below, needed.eighths + 1);
    return true;
  }
  bounds.at_least = std::max(bounds.at_least, needed.eighths + 1);
  return false;
}

void Inference::place(const Treated& treated) {
  const auto put = [&](NodeId node) {
    std::uint32_t& position = map_position_[index(node)];
    if (position == kNotMapped) {
      position = static_cast<std::uint32_t>(result_.map.size());
      result_.map.push_back({node, device_});
    }
    result_.map[position].device = device_;
  };
  if (options_.trace) {
    PlacementStep& step = record(StepKind::kPlaced, treated);
    for (const NodeId holder : treated.holders) {
      if (tree_->is_module(holder)) step.tied_along.push_back(tree_->as_module(holder));
    }
  }
  result_.used[index(device_)] += treated.with_ties;
  put(treated.node);
  for (const NodeId holder : treated.holders) {
    list_.erase(holder);
    put(holder);
  }
  const bool sizes_buffers = model_->style.notes_offloaded_buffers && !model_->style.offload_buffers;
  if (sizes_buffers && tree_->is_module(treated.node) && model_->has_unsized_buffer(tree_->as_module(treated.node))) {
    result_.crash =
        LibraryCrash{"ValueError", "dtype_byte_size",
                     "accelerate does not know how large a buffer of " + std::string(tree_->name(treated.node)) +
                         " is: it looks for special dtypes by the name within the module"};
    return;
  }
  const bool offloaded = !result_.devices[index(device_)].is_accelerated();
  if (offloaded && options_.notes && sizes_buffers && tree_->is_module(treated.node)) {
    result_.offloaded_buffers += model_->buffers_of(tree_->as_module(treated.node));
  }
}

bool Inference::can_split(NodeId node) const {
  return tree_->is_module(node) && !tree_->children(tree_->as_module(node)).empty() &&
         !model_->layers.no_split[index(node)];
}

// The module itself would fit: makes one of those tied to it smaller, so that less has to come along.
bool Inference::split_something_tied(const Treated& treated) {
  for (const NodeId holder : treated.holders) {
    if (!tree_->is_module(holder)) {
      result_.crash = LibraryCrash{"AttributeError", "infer_auto_device_map",
                                   "the tensor " + std::string(tree_->name(holder)) +
                                       ", taken for what holds a tied one, is asked for its children"};
      return false;
    }
    if (!can_split(holder)) continue;
    const ModuleId module = tree_->as_module(holder);
    const std::span<const NodeId> buffers =
        model_->style.split_keeps_buffers ? tree_->buffers(module) : std::span<const NodeId>{};
    list_.replace(holder, std::array{tree_->parameters(module), buffers, tree_->children(module)});
    list_.push_front(treated.node);
    recompute_largest_layer();
    const PythonNumber available = *budgets_[index(device_)] - reserve() - result_.used[index(device_)];
    result_.taken_apart.push_back({module, device_, treated.with_ties, available, false});
    if (options_.trace) {
      PlacementStep& step = record(StepKind::kSplitTied, treated);
      step.other = module;
      step.dropped = dropped_by_splitting(module);
    }
    return true;
  }
  return false;
}

void Inference::split(const Treated& treated) {
  const ModuleId module = tree_->as_module(treated.node);
  const PythonNumber available = *budgets_[index(device_)] - reserve() - result_.used[index(device_)];
  result_.taken_apart.push_back({module, device_, treated.with_ties, available, false});
  if (options_.trace) record(StepKind::kSplit, treated).dropped = dropped_by_splitting(module);
  list_.push_front(tree_->children(module));
  if (model_->style.split_keeps_buffers) list_.push_front(tree_->buffers(module));
  list_.push_front(tree_->parameters(module));
  recompute_largest_layer();
}

// transformers 5: a block that may not be split, and would not fit on the next accelerator either, is placed tensor by
// tensor if that leaves some of its parameters out on purpose.
bool Inference::take_apart_without_placement(const Treated& treated) {
  const PlacementStyle& style = model_->style;
  if (!style.own_functions || !style.has_no_placement_params || !tree_->is_module(treated.node) ||
      !model_->layers.no_split[index(treated.node)]) {
    return false;
  }
  const ModuleGraph& graph = tree_->graph();
  const ModuleId module = tree_->as_module(treated.node);
  std::unordered_set<std::uint32_t> seen;
  std::vector<NodeId> parameters, buffers;
  bool leaves_out = false;
  for (std::uint32_t row = tree_->tensors_begin(module); row < tree_->tensors_end(module); ++row) {
    const Tensor& tensor = graph.tensors[row];
    if (!seen.insert(tensor.alias == TensorId::kNone ? row : index(tensor.alias)).second) continue;
    if (model_->leaves_out(module, tensor)) {
      leaves_out |= !tensor.is_buffer();
    } else {
      (tensor.is_buffer() ? buffers : parameters).push_back(tree_->node(TensorId{row}));
    }
  }
  const std::uint32_t next = index(device_) + 1;
  if (!leaves_out || !result_.devices[next].is_accelerated()) return false;
  const PythonNumber needed = result_.used[next] + treated.with_ties;
  BudgetBounds& bounds = result_.bounds[next];
  if (needed <= *budgets_[next]) {
    bounds.at_least = std::max(bounds.at_least, needed.eighths);
    return false;
  }
  bounds.below = std::min(bounds.below, needed.eighths);
  const PythonNumber available = *budgets_[index(device_)] - reserve() - result_.used[index(device_)];
  result_.taken_apart.push_back({module, device_, treated.with_ties, available, true});
  if (options_.trace) record(StepKind::kTookApart, treated);
  list_.push_front(buffers);
  list_.push_front(parameters);
  return true;
}

// accelerate's fallback_allocation: before a device is passed over empty, something smaller is looked for.
bool Inference::fall_back(const Treated& treated) {
  if (!model_->style.fallback_allocation || result_.used[index(device_)] != PythonNumber{} || !budgets_[index(device_)])
    return false;
  const PythonNumber limit =
      *budgets_[index(device_)] - python_max(largest_layer_, treated.with_ties) - result_.used[index(device_)];
  if (limit.is_float) {
    result_.crash =
        LibraryCrash{"AttributeError", "convert_file_size_to_int",
                     "bool tensors make the remaining memory a float, which accelerate's fallback takes for a text"};
    return false;
  }
  BudgetBounds& bounds = result_.bounds[index(device_)];
  const std::int64_t above_limit = budgets_[index(device_)]->eighths - limit.eighths;
  if (limit < PythonNumber{}) {
    bounds.below = std::min(bounds.below, above_limit);
    return false;
  }
  bounds.at_least = std::max(bounds.at_least, above_limit);
  const NodeId found = find_fallback(limit);
  if (found == NodeId::kNone) return false;
  if (options_.trace) {
    PlacementStep& step = record(StepKind::kFellBack, treated);
    step.other = tree_->as_module(found);
    step.other_tensor = tree_->as_tensor(found);
  }
  fell_back_ = true;
  expand_ancestors(found, treated);
  list_.erase(found);
  list_.push_front(treated.node);
  list_.push_front(found);
  return true;
}

// The first node, in the order of the list and depth first, that fits with its ties.
NodeId Inference::find_fallback(PythonNumber limit) {
  BudgetBounds& bounds = result_.bounds[index(device_)];
  const std::int64_t above_limit = budgets_[index(device_)]->eighths - limit.eighths;
  search_.clear();
  std::vector<NodeId> all;
  for (NodeId node = list_.empty() ? NodeId::kNone : list_.front(); node != NodeId::kNone; node = list_.after(node))
    all.push_back(node);
  search_.push_front(all);
  steps_ += all.size();
  while (!search_.empty()) {
    ++steps_;
    Treated candidate;
    candidate.node = search_.front();
    candidate.size = size_of(candidate.node);
    search_.erase(candidate.node);
    if (!size_with_ties(candidate, search_)) break;
    if (candidate.with_ties <= limit) {
      bounds.at_least = std::max(bounds.at_least, candidate.with_ties.eighths + above_limit);
      search_.clear();
      return candidate.node;
    }
    bounds.below = std::min(bounds.below, candidate.with_ties.eighths + above_limit);
    if (!can_split(candidate.node)) continue;
    const ModuleId module = tree_->as_module(candidate.node);
    search_.push_front(tree_->children(module));
    if (model_->style.split_keeps_buffers) search_.push_front(tree_->buffers(module));
    search_.push_front(tree_->parameters(module));
  }
  search_.clear();
  return NodeId::kNone;
}

// Splits the list's members down to `node`, so that it becomes one itself.
void Inference::expand_ancestors(NodeId node, const Treated& treated) {
  std::vector<NodeId> chain;
  for (NodeId at = tree_->parent(node); at != NodeId::kNone; at = tree_->parent(at)) chain.push_back(at);
  const PythonNumber available = *budgets_[index(device_)] - reserve() - result_.used[index(device_)];
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    if (!list_.contains(*at)) continue;
    const ModuleId module = tree_->as_module(*at);
    const std::span<const NodeId> buffers =
        model_->style.split_keeps_buffers ? tree_->buffers(module) : std::span<const NodeId>{};
    list_.replace(*at, std::array{tree_->parameters(module), buffers, tree_->children(module)});
    result_.taken_apart.push_back({module, device_, size_of(*at), available, false});
    if (!options_.trace) continue;
    PlacementStep& step = record(StepKind::kSplit, treated);
    step.module = module;
    step.tensor = TensorId::kNone;
    step.needed = size_of(*at).as_bytes();
    step.dropped = dropped_by_splitting(module);
  }
}

void Inference::go_to_next_device(const Treated& treated) {
  PythonNumber& used = result_.used[index(device_)];
  if (used == PythonNumber{} && model_->style.ties_first)
    result_.minimum_memory.emplace_back(device_, treated.with_ties + reserve());
  if (options_.trace) record(StepKind::kNextDevice, treated);
  used += reserve();
  told_used_ = {};
  device_ = DeviceSlot{index(device_) + 1};
  list_.push_front(treated.node);
}

void Inference::note_buffers() {
  if (!model_->style.notes_offloaded_buffers || result_.offloaded_buffers <= PythonNumber{}) return;
  bool accelerated = false;
  bool fit = false;
  for (std::size_t slot = 0; slot < result_.devices.size(); ++slot) {
    if (!result_.devices[slot].is_accelerated()) continue;
    accelerated = true;
    const bool told = !model_->style.ties_first && slot == index(device_);
    const PythonNumber used = told ? told_used_ : python_max(result_.used[slot], {});
    fit |= *budgets_[slot] >= result_.offloaded_buffers + used;
  }
  result_.offloaded_buffers_fit = fit || !accelerated;
}

PlacementStep& Inference::record(StepKind kind, const Treated& treated) {
  PlacementStep& step = result_.trace.emplace_back();
  step.kind = kind;
  step.device = result_.devices[index(device_)];
  step.module = tree_->as_module(treated.node);
  step.tensor = tree_->as_tensor(treated.node);
  step.needed = treated.with_ties.as_bytes();
  step.reserved = reserve().as_bytes();
  if (const auto& budget = budgets_[index(device_)]) {
    step.available = (*budget - reserve() - result_.used[index(device_)]).as_bytes();
  }
  return step;
}

std::vector<TensorId> Inference::dropped_by_splitting(ModuleId module) const {
  std::vector<TensorId> dropped;
  if (model_->style.split_keeps_buffers) return dropped;
  for (const NodeId buffer : tree_->buffers(module)) {
    const TensorId id = tree_->as_tensor(buffer);
    if (tree_->graph().tensor(id).persistent) dropped.push_back(id);
  }
  return dropped;
}

}  // namespace ckptlint
