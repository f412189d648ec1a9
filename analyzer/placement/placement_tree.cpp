// Checks the rows of a module graph, and lays them out as the tree of modules and tensors that placing walks.
#include "placement/placement_tree.h"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_set>

#include "base/escape.h"

namespace ckptlint {
namespace {

// The row that stands for the object: itself, or the first row of the same object.
std::uint32_t object_row(std::uint32_t row, std::uint32_t alias) { return alias == 0xffffffff ? row : alias; }

Error bad_row(std::string_view kind, std::string_view name, std::string_view what) {
  return Error{"the module graph is not in torch's order: " + std::string(kind) + " " + quoted_name(name) + " " +
               std::string(what)};
}

}  // namespace

Result<PlacementTree> PlacementTree::of(const ModuleGraph& graph) {
  PlacementTree tree;
  tree.graph_ = &graph;
  constexpr std::size_t kMostRows = std::numeric_limits<std::uint32_t>::max() / 4;
  if (graph.modules.empty()) return Error{"the module graph has no root"};
  if (graph.modules.size() > kMostRows || graph.tensors.size() > kMostRows)
    return Error{"the module graph is too large"};
  tree.module_count_ = static_cast<std::uint32_t>(graph.modules.size());
  tree.tensor_count_ = static_cast<std::uint32_t>(graph.tensors.size());
  if (auto failed = tree.check_rows()) return std::move(*failed);
  tree.list_children();
  tree.list_parts();
  return tree;
}

// Checks the rows one after the other, and takes down what is asked of them often.
std::optional<Error> PlacementTree::check_rows() {
  parents_.reserve(node_count());
  traits_.reserve(tensor_count_);
  first_tensor_.reserve(module_count_ + 1);
  module_is_alias_.reserve(module_count_);
  parents_.resize(module_count_, NodeId::kNone);
  std::uint32_t next_tensor = 0;
  std::vector<std::uint32_t> open;  // the chain of modules down to the previous row
  for (std::uint32_t row = 0; row < module_count_; ++row) {
    const Module& module = graph_->modules[row];
    const std::uint32_t parent = index(module.parent);
    if (row == 0) {
      if (module.parent != ModuleId::kNone || !module.name.empty())
        return Error{"the module graph's first row is not its root"};
    } else {
      while (!open.empty() && open.back() != parent) open.pop_back();
      if (open.empty()) return bad_row("module", module.name, "does not follow its parent");
      const std::string& above = graph_->modules[parent].name;
      const bool nested = above.empty() || (module.name.starts_with(above) && module.name.size() > above.size() &&
                                            module.name[above.size()] == '.');
      const std::size_t key_begin = above.empty() ? 0 : above.size() + 1;
      if (!nested || module.name.size() <= key_begin || module.name.find('.', key_begin) != std::string::npos) {
        return bad_row("module", module.name, "is not named after its parent");
      }
    }
    if (row != 0) parents_[row] = node(module.parent);
    open.push_back(row);
    module_is_alias_.push_back(module.alias != ModuleId::kNone);
    if (module.alias != ModuleId::kNone && (index(module.alias) >= row || module_is_alias_[index(module.alias)])) {
      return bad_row("module", module.name, "is an alias, but not of the first row of its module");
    }
    if (module.first_tensor != next_tensor || module.tensor_count > tensor_count_ - next_tensor) {
      return bad_row("module", module.name, "has tensors that do not follow those of the module before");
    }
    first_tensor_.push_back(next_tensor);
    bool buffers = false;
    for (std::uint32_t i = 0; i < module.tensor_count; ++i, ++next_tensor) {
      const Tensor& tensor = graph_->tensors[next_tensor];
      if (index(tensor.owner) != row) return bad_row("tensor", tensor.name, "is not owned by the module that lists it");
      const std::size_t key_begin = module.name.empty() ? 0 : module.name.size() + 1;
      if (!tensor.name.starts_with(module.name) || tensor.name.size() <= key_begin ||
          (key_begin > 0 && tensor.name[key_begin - 1] != '.') ||
          tensor.name.find('.', key_begin) != std::string::npos) {
        return bad_row("tensor", tensor.name, "is not named after its module");
      }
      if (buffers && !tensor.is_buffer()) return bad_row("parameter", tensor.name, "follows a buffer of its module");
      buffers = tensor.is_buffer();
      parents_.push_back(NodeId{row});
      traits_.push_back(static_cast<std::uint8_t>((buffers ? kBuffer : 0) | (tensor.persistent ? kPersistent : 0) |
                                                  (tensor.alias == TensorId::kNone ? 0 : kAlias)));
      if (tensor.alias != TensorId::kNone && !stands_for(tensor.alias, TensorId{next_tensor})) {
        return bad_row("tensor", tensor.name, "is an alias, but not of the first row of its tensor");
      }
    }
  }
  first_tensor_.push_back(next_tensor);
  if (next_tensor != tensor_count_) return Error{"the module graph has tensors that no module lists"};
  return std::nullopt;
}

// Whether `first` can be the row that stands for the object of `row`: an earlier one of its kind, no alias itself.
bool PlacementTree::stands_for(TensorId first, TensorId row) const {
  return index(first) < index(row) && !is_alias(first) && is_buffer(first) == is_buffer(row);
}

void PlacementTree::list_children() {
  child_rows_begin_.assign(module_count_ + 1, 0);
  for (std::uint32_t row = 1; row < module_count_; ++row) ++child_rows_begin_[index(parents_[row]) + 1];
  for (std::uint32_t row = 0; row < module_count_; ++row) child_rows_begin_[row + 1] += child_rows_begin_[row];
  child_rows_.resize(child_rows_begin_.back());
  std::vector<std::uint32_t> fill(child_rows_begin_.begin(), child_rows_begin_.end() - 1);
  modules_end_.assign(module_count_, 0);
  for (std::uint32_t row = 1; row < module_count_; ++row) child_rows_[fill[index(parents_[row])]++] = NodeId{row};
  for (std::uint32_t row = module_count_; row-- > 0;) {
    modules_end_[row] = std::max(modules_end_[row], row + 1);
    if (row == 0) break;
    std::uint32_t& above = modules_end_[index(parents_[row])];
    above = std::max(above, modules_end_[row]);
  }
}

void PlacementTree::list_parts() {
  parts_.reserve(node_count());
  parts_begin_.reserve(module_count_ + 1);
  buffers_begin_.reserve(module_count_);
  children_begin_.reserve(module_count_);
  repeats_a_part_.assign(module_count_, false);
  // An object can only be listed twice where a row is an alias, or is aliased: a module without aliases needs no set.
  std::unordered_set<std::uint32_t> seen;
  const auto here = [&] { return static_cast<std::uint32_t>(parts_.size()); };
  for (std::uint32_t row = 0; row < module_count_; ++row) {
    const std::span<const NodeId> children = child_rows(ModuleId{row});
    const std::uint32_t first = first_tensor_[row];
    const std::uint32_t last = first_tensor_[row + 1];
    parts_begin_.push_back(here());
    bool aliases = false;
    for (std::uint32_t id = first; id < last; ++id) aliases |= is_alias(TensorId{id});
    seen.clear();
    std::uint32_t id = first;
    for (const bool buffers : {false, true}) {
      if (buffers) buffers_begin_.push_back(here());
      for (; id < last && is_buffer(TensorId{id}) == buffers; ++id) {
        if (aliases && !seen.insert(object_row(id, index(graph_->tensors[id].alias))).second) {
          repeats_a_part_[row] = true;
        } else {
          parts_.push_back(node(TensorId{id}));
        }
      }
    }
    children_begin_.push_back(here());
    aliases = false;
    for (const NodeId child : children) aliases |= module_is_alias_[index(child)];
    seen.clear();
    for (const NodeId child : children) {
      if (aliases && !seen.insert(object_row(index(child), index(graph_->modules[index(child)].alias))).second) {
        repeats_a_part_[row] = true;
      } else {
        parts_.push_back(child);
      }
    }
  }
  parts_begin_.push_back(here());
}

std::string_view PlacementTree::name(NodeId id) const {
  return is_module(id) ? std::string_view(graph_->modules[index(id)].name)
                       : std::string_view(graph_->tensors[index(id) - module_count_].name);
}

std::string_view PlacementTree::key(NodeId id) const {
  const NodeId above = parent(id);
  const std::string_view whole = name(id);
  if (above == NodeId::kNone) return whole;
  const std::size_t prefix = graph_->modules[index(above)].name.size();
  return whole.substr(prefix == 0 ? 0 : prefix + 1);
}

NodeId NodeNames::part(ModuleId module, std::string_view key) {
  const Module& row = tree_->graph().module(module);
  const std::span<const NodeId> children = tree_->child_rows(module);
  constexpr std::size_t kFewEnoughToScan = 12;
  if (children.size() + row.tensor_count <= kFewEnoughToScan) {
    for (const NodeId child : children) {
      if (tree_->key(child) == key) return child;
    }
    for (std::uint32_t i = 0; i < row.tensor_count; ++i) {
      const NodeId id = tree_->node(TensorId{row.first_tensor + i});
      if (tree_->key(id) == key) return id;
    }
    return NodeId::kNone;
  }
  auto [entry, fresh] = indexes_.try_emplace(index(module));
  if (fresh) {
    for (const NodeId child : children) entry->second.emplace(tree_->key(child), child);
    for (std::uint32_t i = 0; i < row.tensor_count; ++i) {
      const NodeId id = tree_->node(TensorId{row.first_tensor + i});
      entry->second.emplace(tree_->key(id), id);
    }
  }
  const auto found = entry->second.find(key);
  return found == entry->second.end() ? NodeId::kNone : found->second;
}

NodeId NodeNames::find(std::string_view name) {
  if (name.empty()) return PlacementTree::node(ModuleId{0});
  const ModuleId above = closest_ancestor(name);
  const std::size_t prefix = tree_->graph().module(above).name.size();
  return part(above, name.substr(prefix == 0 ? 0 : prefix + 1));
}

ModuleId NodeNames::closest_ancestor(std::string_view name) {
  ModuleId at{0};
  for (std::size_t begin = 0;;) {
    const std::size_t dot = name.find('.', begin);
    if (dot == std::string_view::npos) return at;
    const NodeId next = part(at, name.substr(begin, dot - begin));
    if (next == NodeId::kNone || !tree_->is_module(next)) return at;
    at = tree_->as_module(next);
    begin = dot + 1;
  }
}

}  // namespace ckptlint
