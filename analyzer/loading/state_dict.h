// The names that loading looks up: model.state_dict(), and the buffers that are not in it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ckptlint/module_graph.h"

namespace ckptlint {

// Borrows the names of the graph.
class StateDict {
 public:
  // `own`: the names that the model's own code leaves in it; null where that has no say.
  explicit StateDict(const ModuleGraph& graph, const std::set<std::string, std::less<>>* own = nullptr) {
    saved_.reserve(graph.tensors.size());
    for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
      const Tensor& tensor = graph.tensors[i];
      const bool saved = tensor.persistent && (own == nullptr || own->contains(tensor.name));
      (saved ? saved_ : unsaved_).emplace(tensor.name, TensorId{i});
    }
  }

  using Names = std::unordered_map<std::string_view, TensorId>;
  const Names& names() const { return saved_; }
  bool contains(std::string_view name) const { return saved_.contains(name); }
  TensorId find(std::string_view name) const { return in(saved_, name); }       // kNone where it is not there
  TensorId unsaved(std::string_view name) const { return in(unsaved_, name); }  // likewise, of non-persistent buffers

 private:
  static TensorId in(const Names& names, std::string_view name) {
    const auto found = names.find(name);
    return found == names.end() ? TensorId::kNone : found->second;
  }
  Names saved_, unsaved_;
};

}  // namespace ckptlint
