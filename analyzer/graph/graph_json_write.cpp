// Writes a module graph as JSON, compact and without building a document first.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_document.h"
#include "base/json_text.h"
#include "graph/graph_json.h"

namespace ckptlint {
namespace {

using nlohmann::json;

class GraphWriter {
 public:
  GraphWriter(const ModuleGraph& graph, const GraphWriting& writing) : graph_(graph), writing_(writing) {}

  std::string write() {
    open('{');
    text_field("class", graph_.class_name);
    list("modules", graph_.modules, [&](const Module& m) {
      open('[');
      text(m.name), text(m.class_name);
      m.alias == ModuleId::kNone ? null() : text(graph_.module(m.alias).name);
      close(']');
    });
    list("parameters", rows(TensorKind::kParameter), [&](const Tensor* t) { tensor(*t); });
    list("buffers", rows(TensorKind::kBuffer), [&](const Tensor* t) { tensor(*t); });
    names("no_split_modules", graph_.no_split_modules);
    names("keys_to_ignore_on_load_unexpected", graph_.keys_to_ignore_on_load_unexpected);
    names("keys_to_ignore_on_load_missing", graph_.keys_to_ignore_on_load_missing);
    names("keep_in_fp32_modules", graph_.keep_in_fp32_modules);
    names("keep_in_fp32_modules_strict", graph_.keep_in_fp32_modules_strict);
    names("no_placement_params", graph_.no_placement_params);
    ties();
    text_field("base_model_prefix", graph_.base_model_prefix);
    text_field("module", graph_.module_name);
    text_field("config_class", graph_.config_class);
    if (writing_.spans) beyond_torch();
    close('}');
    return std::move(out_);
  }

 private:
  void beyond_torch() {
    text_field("basis", writing_.basis);
    list("absent_packages", writing_.absent_packages, [&](const std::string& package) { text(package); });
    if (!graph_.library.empty()) text_field("library", graph_.library);
    if (graph_.gathered_no_split_modules) names("gathered_no_split_modules", graph_.gathered_no_split_modules);
    if (!graph_.refuses_device_maps.empty()) text_field("refuses_device_maps", graph_.refuses_device_maps);
    if (graph_.built_in) text_field("built_in", std::string(torch_name(*graph_.built_in)));
    list("partial", graph_.partial, [&](const Partial& part) {
      open('{');
      text_field("what", part.what);
      key("where");
      span(part.where);
      close('}');
    });
    key("spans");
    open('{');
    list("files", graph_.sources.files, [&](const SourceFile& file) { text(file.path); });
    list("modules", graph_.modules, [&](const Module& m) { span(m.registered); });
    list("classes", graph_.modules, [&](const Module& m) { span(m.class_span); });
    list("parameters", rows(TensorKind::kParameter), [&](const Tensor* t) { span(t->registered); });
    list("buffers", rows(TensorKind::kBuffer), [&](const Tensor* t) { span(t->registered); });
    close('}');
    list("rebuild", rows(TensorKind::kBuffer), [&](const Tensor* t) {
      t->rebuild == Rebuild::kUnknown ? null() : text(t->rebuild == Rebuild::kUnset ? "unset" : "written");
    });
    list("initial", rows(TensorKind::kBuffer),
         [&](const Tensor* t) { t->initial_value ? numbers(*t->initial_value) : null(); });
  }

  std::vector<const Tensor*> rows(TensorKind kind) const {
    std::vector<const Tensor*> found;
    for (const Tensor& tensor : graph_.tensors) {
      if (tensor.kind == kind) found.push_back(&tensor);
    }
    return found;
  }

  void tensor(const Tensor& t) {
    open('[');
    text(t.name), text(torch_name(t.dtype));
    list(t.shape);
    if (t.is_buffer()) {
      separate();
      out_ += t.persistent ? "true" : "false";
    }
    t.alias == TensorId::kNone ? null() : text(graph_.tensor(t.alias).name);
    close(']');
  }

  void ties() {
    key("tied_weights_keys");
    if (graph_.tied_patterns) {
      open('[');
      for (const std::string& name : *graph_.tied_patterns) text(name);
      close(']');
    } else if (graph_.tied_weights) {
      open('{');
      for (const auto& [target, source] : *graph_.tied_weights) text_field(target, source);
      close('}');
    } else {
      null();
    }
  }

  void names(std::string_view name, const NameList& list_or_none) {
    if (list_or_none) {
      list(name, *list_or_none, [&](const std::string& item) { text(item); });
    } else {
      key(name);
      null();
    }
  }

  void numbers(const std::vector<double>& values) {
    open('[');
    for (const double value : values) {
      if (std::isfinite(value)) {
        separate();
        out_ += json_number(value);
      } else {
        text(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
      }
    }
    close(']');
  }

  void span(const Span& s) {
    if (!s.known()) return null();
    list(std::array{static_cast<std::uint32_t>(s.file), s.line, s.column, s.end_line, s.end_column});
  }

  // Of integers, of which there are hundreds of thousands.
  template <typename List>
  void list(const List& integers) {
    open('[');
    for (const auto integer : integers) {
      separate();
      const fmt::format_int digits(integer);
      out_.append(digits.data(), digits.size());
    }
    close(']');
  }

  template <typename List, typename Write>
  void list(std::string_view name, const List& items, Write&& write_item) {
    key(name);
    open('[');
    for (const auto& item : items) write_item(item);
    close(']');
  }

  void text_field(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void key(std::string_view name) {
    text(name);
    out_ += ':';
  }
  void text(std::string_view value) {
    separate();
    append_json_string(value, out_);
  }
  void null() {
    separate();
    out_ += "null";
  }
  void open(char bracket) {
    separate();
    out_ += bracket;
  }
  void close(char bracket) { out_ += bracket; }
  void separate() {
    if (!out_.empty() && out_.back() != '[' && out_.back() != '{' && out_.back() != ':') out_ += ',';
  }

  const ModuleGraph& graph_;
  const GraphWriting& writing_;
  std::string out_;
};

}  // namespace

std::string module_graph_json(const ModuleGraph& graph, const GraphWriting& writing) {
  return GraphWriter(graph, writing).write();
}

}  // namespace ckptlint
