// Prints the module graph as a tree for people, with totals and what could not be evaluated.
#include "graph/tree.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "ckptlint/names.h"

namespace ckptlint {
namespace {

class Tree {
 public:
  Tree(const ModuleGraph& graph, const TreeOptions& options)
      : graph_(graph), where_(options.where), outline_(graph, options.outline) {
    if (graph.tied_weights) {
      for (const auto& [target, source] : *graph.tied_weights) ties_[target] = source;
    }
  }

  std::string text() {
    if (graph_.modules.empty()) return "";
    line(0, printable(graph_.class_name), size_text(ModuleId{0}), graph_.modules[0].class_span);
    tensors(ModuleId{0}, 1);
    below(ModuleId{0}, 0);
    return std::move(out_);
  }

 private:
  std::string size_text(ModuleId module) const {
    const double bytes = outline_.bytes(module);
    if (bytes == 0) return "";
    return fmt::format("{} parameters, {}", readable_count(outline_.parameters(module)), readable_bytes(bytes));
  }

  static std::string readable_count(double count) {
    for (auto [unit, name] : {std::pair{1e9, "B"}, std::pair{1e6, "M"}, std::pair{1e3, "k"}}) {
      if (count >= unit) return fmt::format("{:.2f}{}", count / unit, name);
    }
    return fmt::format("{:.0f}", count);
  }

  void line(int depth, const std::string& what, const std::string& detail, const Span& span) {
    std::string row = std::string(static_cast<std::size_t>(depth) * 2, ' ') + what;
    if (!detail.empty()) row += std::string(row.size() < 60 ? 60 - row.size() : 2, ' ') + detail;
    if (where_) {
      const SourceFile* file = graph_.sources.find(span.file);
      if (file != nullptr) row += fmt::format("  {}:{}", printable(file->path), span.line);
    }
    out_ += row + "\n";
  }

  void tensors(ModuleId id, int depth) {
    const Module& module = graph_.module(id);
    for (std::uint32_t t = module.first_tensor; t < module.first_tensor + module.tensor_count; ++t) {
      const Tensor& tensor = graph_.tensors[t];
      std::string detail = fmt::format("{} [{}]", torch_name(tensor.dtype), fmt::join(tensor.shape, ", "));
      if (tensor.is_buffer()) detail += tensor.persistent ? "  persistent buffer" : "  buffer, not saved";
      if (tensor.alias != TensorId::kNone) detail += "  shared with " + printable(graph_.tensor(tensor.alias).name);
      auto tie = ties_.find(tensor.name);
      if (tie != ties_.end()) detail += "  tied to " + printable(tie->second);
      line(depth, printable(leaf_of(tensor.name)), detail, tensor.registered);
    }
  }

  // Rows right below a module that is `depth` levels below the root.
  void below(ModuleId parent, int depth) {
    for (const OutlineRow& row : outline_.below(parent, depth)) {
      const Module& module = graph_.module(row.first);
      std::string what = printable(leaf_of(module.name));
      if (row.count > 1) what += ".." + printable(leaf_of(graph_.module(row.last).name));
      what += "  " + printable(module.class_name);
      if (row.count > 1) what += fmt::format(" x{}", row.count);
      std::string detail = size_text(row.first);
      if (row.count > 1 && !detail.empty()) detail += " each";
      if (module.alias != ModuleId::kNone) {
        line(depth + 1, what, "the same module as " + printable(graph_.module(module.alias).name), module.registered);
        continue;
      }
      line(depth + 1, what, detail, module.registered);
      tensors(row.first, depth + 2);
      below(row.first, depth + 1);
    }
  }

  const ModuleGraph& graph_;
  const bool where_;
  Outline outline_;
  std::map<std::string, std::string, std::less<>> ties_;
  std::string out_;
};

}  // namespace

std::string readable_bytes(double bytes) {
  for (auto [unit, name] : {std::pair{1099511627776.0, "TiB"}, std::pair{1073741824.0, "GiB"},
                            std::pair{1048576.0, "MiB"}, std::pair{1024.0, "KiB"}}) {
    if (bytes >= unit) return fmt::format("{:.1f} {}", bytes / unit, name);
  }
  return fmt::format("{:.0f} B", bytes);
}

std::string graph_tree(const ModuleGraph& graph, const TreeOptions& options) {
  std::string out = Tree(graph, options).text();
  for (const Partial& part : graph.partial) {
    const SourceFile* file = graph.sources.find(part.where.file);
    out += fmt::format("partial: {}{}\n", printable(part.what),
                       file == nullptr ? "" : fmt::format(" ({}:{})", printable(file->path), part.where.line));
  }
  return out;
}

}  // namespace ckptlint
