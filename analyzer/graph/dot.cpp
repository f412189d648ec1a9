// Prints the module graph as a Graphviz digraph.
#include "graph/dot.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "graph/tree.h"

namespace ckptlint {
namespace {

// In a quoted string, where `\\l` ends a line that is set to the left.
std::string dot_string(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

class Drawing {
 public:
  Drawing(const ModuleGraph& graph, const OutlineOptions& options) : graph_(graph), outline_(graph, options) {}

  std::string text() {
    out_ = "digraph model {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];\n";
    if (!graph_.modules.empty()) {
      node({ModuleId{0}, ModuleId{0}, 1});
      below(ModuleId{0}, 0);
      ties();
    }
    return out_ + "}\n";
  }

 private:
  void node(const OutlineRow& row) {
    const Module& module = graph_.module(row.first);
    std::string name(leaf_of(module.name));
    if (row.count > 1) name += fmt::format("..{}", leaf_of(graph_.module(row.last).name));
    std::string label = name.empty() ? "" : dot_string(name) + "\\l";
    label += dot_string(module.class_name) + (row.count > 1 ? fmt::format(" x{}", row.count) : "") + "\\l";
    if (outline_.bytes(row.first) > 0) label += readable_bytes(outline_.bytes(row.first)) + "\\l";
    for (std::uint32_t t = module.first_tensor; t < module.first_tensor + module.tensor_count; ++t) {
      const Tensor& tensor = graph_.tensors[t];
      const char* kind = !tensor.is_buffer() ? "" : tensor.persistent ? " persistent buffer" : " buffer, not saved";
      label += fmt::format("{} {} [{}]{}\\l", dot_string(leaf_of(tensor.name)), torch_name(tensor.dtype),
                           fmt::join(tensor.shape, ", "), kind);
    }
    out_ += fmt::format("  m{} [label=\"{}\"];\n", index(row.first), label);
  }

  void below(ModuleId parent, int depth) {
    for (const OutlineRow& row : outline_.below(parent, depth)) {
      const Module& module = graph_.module(row.first);
      node(row);
      drawn_[module.name] = row.first;
      out_ += fmt::format("  m{} -> m{};\n", index(parent), index(row.first));
      if (module.alias != ModuleId::kNone) {
        dashed(row.first, graph_.module(module.alias).name, "the same module");
      } else {
        below(row.first, depth + 1);
      }
    }
  }

  // Between modules that are drawn; what is folded away or below the depth shown has no edge.
  void dashed(ModuleId from, std::string_view to, std::string_view label) {
    const auto found = drawn_.find(to);
    if (found == drawn_.end()) return;
    out_ += fmt::format("  m{} -> m{} [style=dashed, constraint=false, label=\"{}\"];\n", index(from),
                        index(found->second), dot_string(label));
  }

  void ties() {
    for (const Tensor& tensor : graph_.tensors) {
      if (tensor.alias == TensorId::kNone) continue;
      const Tensor& first = graph_.tensor(tensor.alias);
      const auto from = drawn_.find(parent_of(tensor.name));
      if (from != drawn_.end()) dashed(from->second, parent_of(first.name), "shared");
    }
    if (!graph_.tied_weights) return;
    for (const auto& [target, source] : *graph_.tied_weights) {
      const auto from = drawn_.find(parent_of(target));
      if (from != drawn_.end()) dashed(from->second, parent_of(source), "tied");
    }
  }

  const ModuleGraph& graph_;
  Outline outline_;
  std::map<std::string, ModuleId, std::less<>> drawn_;
  std::string out_;
};

}  // namespace

std::string graph_dot(const ModuleGraph& graph, const OutlineOptions& options) {
  return Drawing(graph, options).text();
}

}  // namespace ckptlint
