// Rewrites `_tied_weights_keys` from a list to a dict by looking for the embedding that each class builds.
#include "fix/tie_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/escape.h"
#include "fix/python_edits.h"
#include "fix/text_edit.h"

namespace ckptlint {
namespace {

constexpr std::string_view kAttribute = "_tied_weights_keys";
constexpr int kDeepest = 4;  // models inside models

// `self.name = Callee(...)` in a constructor.
struct Built {
  std::string_view name, callee;
};

std::vector<Built> built_by(const PythonText& source, TSNode class_node) {
  std::vector<Built> all;
  const TSNode constructor = source.method_of(class_node, "__init__");
  if (ts_node_is_null(constructor)) return all;
  walk(constructor, [&](TSNode node) {
    if (!is_a(node, "assignment")) return true;
    const TSNode left = field_of(node, "left"), right = field_of(node, "right");
    const bool of_self = is_a(left, "attribute") && source.text_of(field_of(left, "object")) == "self";
    if (of_self && is_a(right, "call"))
      all.push_back({source.text_of(field_of(left, "attribute")), source.text_of(field_of(right, "function"))});
    return false;
  });
  return all;
}

bool is_embedding(std::string_view callee) { return callee == "nn.Embedding" || callee == "torch.nn.Embedding"; }

// The names of the embeddings below a class, the shallowest level that has any.
std::vector<std::string> embeddings_of(const PythonText& source, TSNode class_node, int depth) {
  std::vector<std::string> found, nested;
  for (const Built& each : built_by(source, class_node)) {
    if (is_embedding(each.callee)) found.push_back(fmt::format("{}.weight", each.name));
    const TSNode inner = source.class_named(each.callee);
    if (depth == 0 || ts_node_is_null(inner)) continue;
    for (const std::string& name : embeddings_of(source, inner, depth - 1))
      nested.push_back(fmt::format("{}.{}", each.name, name));
  }
  return found.empty() ? nested : found;
}

// The attribute's value in a class body, if it is a list of strings.
std::optional<TSNode> tied_list(const PythonText& source, TSNode class_node) {
  for (TSNode statement : named_children(field_of(class_node, "body"))) {
    const TSNode assignment = ts_node_named_child(statement, 0);
    if (!is_a(statement, "expression_statement") || !is_a(assignment, "assignment")) continue;
    if (source.text_of(field_of(assignment, "left")) != kAttribute) continue;
    const TSNode value = field_of(assignment, "right");
    if (is_a(value, "list")) return value;
  }
  return std::nullopt;
}

Result<Edit> dict_edit(const PythonText& source, TSNode class_node, TSNode list) {
  const std::vector<std::string> embeddings = embeddings_of(source, class_node, kDeepest);
  const std::string_view name = source.text_of(field_of(class_node, "name"));
  if (embeddings.size() != 1)
    return Error{fmt::format("{} builds {} embeddings in this file, so that it is not clear which one is tied",
                             quoted_name(name), embeddings.empty() ? "no" : std::to_string(embeddings.size()))};
  std::string entries;
  for (TSNode item : named_children(list)) {
    if (is_a(item, "comment")) continue;
    const std::optional<std::string> target = string_value(source, item);
    if (!target || !target->ends_with(".weight"))
      return Error{fmt::format("{} of {} has more than names of weights", quoted_name(kAttribute), quoted_name(name))};
    entries += fmt::format("{}{}: {}", entries.empty() ? "" : ", ", string_literal(*target),
                           string_literal(embeddings.front()));
  }
  return Edit{FileId::kNone, ts_node_start_byte(list), ts_node_end_byte(list), fmt::format("{{{}}}", entries)};
}

}  // namespace

Result<std::string> with_tie_sources(const std::string& text) {
  const Result<PythonText> source = PythonText::parse(text);
  if (!source.ok()) return source.error();
  std::vector<Edit> edits;
  std::optional<Error> obstacle;
  walk(source->root(), [&](TSNode node) {
    if (!is_a(node, "class_definition") || obstacle) return !obstacle;
    if (const auto list = tied_list(*source, node)) {
      Result<Edit> edit = dict_edit(*source, node, *list);
      if (edit.ok())
        edits.push_back(std::move(*edit));
      else
        obstacle = edit.error();
    }
    return true;
  });
  if (obstacle) return *obstacle;
  return apply_edits(text, std::move(edits));
}

}  // namespace ckptlint
