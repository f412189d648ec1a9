// The module graph as placement walks it: modules and tensors as one tree of nodes, children as torch lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// A module or a tensor: the modules' rows first, then the tensors' rows.
enum class NodeId : std::uint32_t { kNone = 0xffffffff };
constexpr std::uint32_t index(NodeId id) { return static_cast<std::uint32_t>(id); }

class PlacementTree {
 public:
  // An error where the rows are not in torch's order (a parent before its children, tensors module by module) or an
  // alias does not name an earlier row.  The graph must outlive the tree.
  static Result<PlacementTree> of(const ModuleGraph& graph);

  const ModuleGraph& graph() const { return *graph_; }
  std::uint32_t module_count() const { return module_count_; }
  std::uint32_t tensor_count() const { return tensor_count_; }
  std::uint32_t node_count() const { return module_count_ + tensor_count_; }

  static NodeId node(ModuleId id) { return NodeId{index(id)}; }
  NodeId node(TensorId id) const { return NodeId{module_count_ + index(id)}; }
  bool is_module(NodeId id) const { return index(id) < module_count_; }
  ModuleId as_module(NodeId id) const { return is_module(id) ? ModuleId{index(id)} : ModuleId::kNone; }
  TensorId as_tensor(NodeId id) const { return is_module(id) ? TensorId::kNone : TensorId{index(id) - module_count_}; }

  std::string_view name(NodeId id) const;
  // The last part of the name.
  std::string_view key(NodeId id) const;
  // kNone for the root.
  NodeId parent(NodeId id) const { return parents_[index(id)]; }
  // What the tensors' rows say, side by side: rows are many and wide.
  ModuleId owner(TensorId id) const { return as_module(parent(node(id))); }
  bool is_buffer(TensorId id) const { return (traits_[index(id)] & kBuffer) != 0; }
  bool is_persistent(TensorId id) const { return (traits_[index(id)] & kPersistent) != 0; }
  // A further row of a tensor that an earlier row stands for.
  bool is_alias(TensorId id) const { return (traits_[index(id)] & kAlias) != 0; }
  // One past the last module below `id`; its subtree is [id, end) in module rows and, since tensors follow the order of
  // modules, a range of tensor rows too.
  std::uint32_t modules_end(ModuleId id) const { return modules_end_[index(id)]; }
  std::uint32_t tensors_begin(ModuleId id) const { return first_tensor_[index(id)]; }
  std::uint32_t tensors_end(ModuleId id) const { return first_tensor_[modules_end(id)]; }

  // named_parameters(recurse=False), named_buffers(recurse=False), named_children(): each object once, under its first
  // name in the module.
  std::span<const NodeId> parameters(ModuleId id) const {
    return range(parts_begin_[index(id)], buffers_begin_[index(id)]);
  }
  std::span<const NodeId> buffers(ModuleId id) const {
    return range(buffers_begin_[index(id)], children_begin_[index(id)]);
  }
  std::span<const NodeId> children(ModuleId id) const {
    return range(children_begin_[index(id)], parts_begin_[index(id) + 1]);
  }
  // Whether the module holds the same child, or the same tensor, under two names.
  bool repeats_a_part(ModuleId id) const { return repeats_a_part_[index(id)]; }

  // Child modules by row, repeated objects included.
  std::span<const NodeId> child_rows(ModuleId id) const {
    return std::span(child_rows_)
        .subspan(child_rows_begin_[index(id)], child_rows_begin_[index(id) + 1] - child_rows_begin_[index(id)]);
  }

 private:
  std::span<const NodeId> range(std::uint32_t from, std::uint32_t to) const {
    return std::span(parts_).subspan(from, to - from);
  }
  std::optional<Error> check_rows();
  bool stands_for(TensorId first, TensorId row) const;
  void list_children();
  void list_parts();

  enum Trait : std::uint8_t { kBuffer = 1, kPersistent = 2, kAlias = 4 };

  const ModuleGraph* graph_ = nullptr;
  std::uint32_t module_count_ = 0;
  std::uint32_t tensor_count_ = 0;
  std::vector<NodeId> parents_;              // by node
  std::vector<std::uint32_t> first_tensor_;  // by module, and one past the last
  std::vector<std::uint8_t> traits_;         // by tensor: of Trait
  std::vector<bool> module_is_alias_;        // by module
  std::vector<std::uint32_t> modules_end_;
  std::vector<NodeId> child_rows_;
  std::vector<std::uint32_t> child_rows_begin_;
  std::vector<NodeId> parts_;  // module by module: parameters, buffers, children
  std::vector<std::uint32_t> parts_begin_, buffers_begin_, children_begin_;
  std::vector<bool> repeats_a_part_;
};

// Finds nodes by name, part by part.  Large modules are indexed when they are first looked into.
class NodeNames {
 public:
  explicit NodeNames(const PlacementTree& tree) : tree_(&tree) {}

  // The module or tensor of that name; kNone where there is none.
  NodeId find(std::string_view name);
  // The deepest module whose name is `name` up to a dot, `name` itself left out; the root where there is no other.
  ModuleId closest_ancestor(std::string_view name);
  // The child or own tensor with that key.
  NodeId part(ModuleId module, std::string_view key);

 private:
  const PlacementTree* tree_;
  std::unordered_map<std::uint32_t, std::unordered_map<std::string_view, NodeId>> indexes_;
};

}  // namespace ckptlint
