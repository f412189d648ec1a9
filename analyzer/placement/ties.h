// Groups of tied parameters, and how each library tells which of them lie in or outside a module.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "placement/placement_tree.h"

namespace ckptlint {

// One tied name.  Its group's members are neighbours in Ties::members, sorted by name.
struct TiedMember {
  std::string_view name;
  std::uint32_t group = 0;
  NodeId node = NodeId::kNone;   // kNone where the model has no such name
  NodeId above = NodeId::kNone;  // the deepest module whose name is a part of it, itself left out
};

class Ties {
 public:
  // accelerate's find_tied_parameters: names of the same parameter object.
  static Ties by_identity(const PlacementTree& tree);
  // The same before 0.34, which walks the children: what lies below the second name of a child is not looked at, and
  // of two names in one module the second is not seen.
  static Ties by_walking(const PlacementTree& tree);
  // transformers 5's groups: targets of all_tied_weights_keys by their source.
  static Ties by_key(const PlacementTree& tree);

  std::span<const TiedMember> members() const { return members_; }
  std::span<const TiedMember> group(std::uint32_t group) const {
    return std::span(members_).subspan(group_begin_[group], group_begin_[group + 1] - group_begin_[group]);
  }
  std::uint32_t group_count() const { return static_cast<std::uint32_t>(group_begin_.size()) - 1; }

  // What is tied to something in `node` and lies outside, group by group: members of the groups that are partly in it.
  // Both libraries take a name to be in a module when "module." occurs anywhere in "name.", so `b` is also in
  // `layers.ab.weight`.
  void outside(NodeId node, std::vector<const TiedMember*>& found) const;

 private:
  void add_group(std::vector<std::string_view> names);
  void finish(const PlacementTree& tree);

  std::vector<TiedMember> members_;
  std::vector<std::uint32_t> group_begin_{0};
  // Node -> the members that are in it in that sense, ascending.
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> inside_;
};

}  // namespace ckptlint
