#include "graph/tree.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/escape.h"

namespace ckptlint {
namespace {

struct Size {
  double parameters = 0;  // elements
  double bytes = 0;
};

double elements(const Tensor& tensor) {
  double count = 1;
  for (std::int64_t extent : tensor.shape) count *= static_cast<double>(extent);
  return count;
}

std::string_view last_part(std::string_view name) {
  std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
  return (hash ^ (more + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2))) * 0xff51afd7ed558ccdULL;
}
std::uint64_t mix(std::uint64_t hash, std::string_view text) { return mix(hash, std::hash<std::string_view>{}(text)); }

class Tree {
 public:
  Tree(const ModuleGraph& graph, const TreeOptions& options)
      : graph_(graph),
        options_(options),
        children_(graph.modules.size()),
        shapes_(graph.modules.size()),
        sizes_(graph.modules.size()),
        shown_(graph.modules.size(), options.only.empty()) {
    for (std::size_t i = 1; i < graph.modules.size(); ++i)
      children_[index(graph.modules[i].parent)].push_back(static_cast<std::uint32_t>(i));
    // Children come after their parents, so one backward pass sees every child first.
    for (std::size_t i = graph.modules.size(); i-- > 0;) measure(i);
    if (!options.only.empty()) mark_shown();
    if (graph.tied_weights) {
      for (const auto& [target, source] : *graph.tied_weights) ties_[target] = source;
    }
  }

  std::string text() {
    if (graph_.modules.empty()) return "";
    line(0, graph_.class_name, size_text(sizes_[0]), graph_.modules[0].class_span);
    tensors(0, 1);
    below(0, 1);
    return std::move(out_);
  }

 private:
  void measure(std::size_t i) {
    const Module& module = graph_.modules[i];
    std::uint64_t hash = mix(7, module.class_name);
    Size size;
    for (std::uint32_t t = module.first_tensor; t < module.first_tensor + module.tensor_count; ++t) {
      const Tensor& tensor = graph_.tensors[t];
      hash = mix(mix(hash, last_part(tensor.name)),
                 static_cast<std::uint64_t>(tensor.dtype) * 4 + tensor.persistent * 2 + tensor.is_buffer());
      for (std::int64_t extent : tensor.shape) hash = mix(hash, static_cast<std::uint64_t>(extent));
      if (tensor.alias != TensorId::kNone) continue;
      size.bytes += elements(tensor) * bits(tensor.dtype) / 8;
      if (!tensor.is_buffer()) size.parameters += elements(tensor);
    }
    for (std::uint32_t child : children_[i]) {
      hash = mix(mix(hash, last_part(graph_.modules[child].name)), shapes_[child]);
      if (graph_.modules[child].alias != ModuleId::kNone) continue;
      size.bytes += sizes_[child].bytes;
      size.parameters += sizes_[child].parameters;
    }
    shapes_[i] = hash;
    sizes_[i] = size;
  }

  void mark_shown() {
    RE2 pattern(options_.only, RE2::Quiet);
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

  std::string size_text(const Size& size) const {
    return size.bytes == 0
               ? ""
               : fmt::format("{} parameters, {}", readable_count(size.parameters), readable_bytes(size.bytes));
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
    if (options_.where) {
      const SourceFile* file = graph_.sources.find(span.file);
      if (file != nullptr) row += fmt::format("  {}:{}", printable(file->path), span.line);
    }
    out_ += row + "\n";
  }

  void tensors(std::size_t i, int depth) {
    const Module& module = graph_.modules[i];
    for (std::uint32_t t = module.first_tensor; t < module.first_tensor + module.tensor_count; ++t) {
      const Tensor& tensor = graph_.tensors[t];
      std::string detail = fmt::format("{} [{}]", torch_name(tensor.dtype), fmt::join(tensor.shape, ", "));
      if (tensor.is_buffer()) detail += tensor.persistent ? "  persistent buffer" : "  buffer, not saved";
      if (tensor.alias != TensorId::kNone) detail += "  shared with " + printable(graph_.tensor(tensor.alias).name);
      auto tie = ties_.find(tensor.name);
      if (tie != ties_.end()) detail += "  tied to " + printable(tie->second);
      line(depth, printable(last_part(tensor.name)), detail, tensor.registered);
    }
  }

  void below(std::size_t i, int depth) {
    if (options_.depth >= 0 && depth > options_.depth) return;
    const auto& all = children_[i];
    for (std::size_t at = 0; at < all.size();) {
      std::size_t end = at + 1;
      if (!shown_[all[at]]) {
        at = end;
        continue;
      }
      std::string_view key = last_part(graph_.modules[all[at]].name);
      if (is_number(key)) {
        while (end < all.size() && shapes_[all[end]] == shapes_[all[at]] &&
               is_number(last_part(graph_.modules[all[end]].name)) && shown_[all[end]])
          ++end;
      }
      const Module& module = graph_.modules[all[at]];
      std::string what = printable(key);
      std::size_t count = end - at;
      if (count > 1) what += ".." + printable(last_part(graph_.modules[all[end - 1]].name));
      what += "  " + printable(module.class_name);
      if (count > 1) what += fmt::format(" x{}", count);
      std::string detail = size_text(sizes_[all[at]]);
      if (count > 1 && !detail.empty()) detail += " each";
      if (module.alias != ModuleId::kNone) {
        line(depth, what, "the same module as " + printable(graph_.module(module.alias).name), module.registered);
      } else {
        line(depth, what, detail, module.registered);
        tensors(all[at], depth + 1);
        below(all[at], depth + 1);
      }
      at = end;
    }
  }

  const ModuleGraph& graph_;
  const TreeOptions& options_;
  std::vector<std::vector<std::uint32_t>> children_;
  std::vector<std::uint64_t> shapes_;
  std::vector<Size> sizes_;
  std::vector<bool> shown_;
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
