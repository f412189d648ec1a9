// Edits that put `.to(x.device)` behind uses of a buffer, where the expression around it says which tensor it meets.
#include "fix/device_edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace ckptlint {
namespace {

using Names = std::set<std::string, std::less<>>;

TSNode innermost_identifier(TSNode node) {
  while (!is_a(node, "identifier") && ts_node_named_child_count(node) != 0) node = ts_node_named_child(node, 0);
  return node;
}

std::vector<std::string> parameters_of(const PythonText& source, TSNode function) {
  std::vector<std::string> names;
  for (TSNode parameter : named_children(field_of(function, "parameters"))) {
    if (is_a(parameter, "dictionary_splat_pattern") || is_a(parameter, "list_splat_pattern")) continue;
    const std::string name(source.text_of(innermost_identifier(parameter)));
    if (name != "self") names.push_back(name);
  }
  return names;
}

bool is_self_attribute(const PythonText& source, TSNode node, const Names& names) {
  return is_a(node, "attribute") && source.text_of(field_of(node, "object")) == "self" &&
         names.contains(source.text_of(field_of(node, "attribute")));
}

// Uses that need no tensor on the right device.
bool is_left_alone(const PythonText& source, TSNode use) {
  const TSNode parent = ts_node_parent(use);
  if (is_a(parent, "attribute")) {
    constexpr std::array<std::string_view, 7> kHarmless{"to", "device", "shape", "dtype", "size", "numel", "dim"};
    const std::string_view asked = source.text_of(field_of(parent, "attribute"));
    return std::find(kHarmless.begin(), kHarmless.end(), asked) != kHarmless.end();
  }
  if (is_a(parent, "comparison_operator")) return source.text_of(parent).find("None") != std::string_view::npos;
  for (TSNode node = use; is_a(ts_node_parent(node), "assignment") || is_a(ts_node_parent(node), "pattern_list");
       node = ts_node_parent(node)) {
    if (ts_node_eq(field_of(ts_node_parent(node), "left"), node)) return true;
    if (is_a(ts_node_parent(node), "assignment")) break;
  }
  return is_a(parent, "delete_statement");
}

// The variable whose device the use should follow, said by the expression around it.
std::optional<std::string> companion(const PythonText& source, TSNode use, const std::vector<std::string>& parameters) {
  const TSNode parent = ts_node_parent(use);
  const auto name_in = [&](TSNode node) -> std::optional<std::string> {
    return is_a(node, "identifier") ? std::optional(std::string(source.text_of(node))) : std::nullopt;
  };
  if (is_a(parent, "subscript") && ts_node_eq(field_of(parent, "value"), use))
    return name_in(field_of(parent, "subscript"));
  if (is_a(parent, "binary_operator")) {
    const TSNode left = field_of(parent, "left");
    return name_in(ts_node_eq(left, use) ? field_of(parent, "right") : left);
  }
  const TSNode list = is_a(parent, "keyword_argument") ? ts_node_parent(parent) : parent;
  if (!is_a(list, "argument_list")) return std::nullopt;
  for (TSNode argument : named_children(list)) {
    auto name = name_in(is_a(argument, "keyword_argument") ? field_of(argument, "value") : argument);
    if (name && std::find(parameters.begin(), parameters.end(), *name) != parameters.end()) return name;
  }
  return std::nullopt;
}

}  // namespace

DeviceEdits device_edits(const PythonText& source, std::string_view class_name, const std::vector<std::string>& names,
                         FileId file) {
  DeviceEdits found;
  const Names wanted(names.begin(), names.end());
  const TSNode class_node = source.class_named(class_name);
  for (TSNode child : named_children(field_of(class_node, "body"))) {
    const TSNode method = is_a(child, "decorated_definition") ? field_of(child, "definition") : child;
    if (!is_a(method, "function_definition")) continue;
    const std::string_view name = source.text_of(field_of(method, "name"));
    if (name == "__init__" || name == "_init_weights") continue;
    const std::vector<std::string> parameters = parameters_of(source, method);
    walk(field_of(method, "body"), [&](TSNode node) {
      if (!is_self_attribute(source, node, wanted)) return true;
      if (is_left_alone(source, node)) return false;
      std::optional<std::string> other = companion(source, node, parameters);
      if (!other && !parameters.empty()) other = parameters.front();
      if (!other) return false;
      const std::size_t end = ts_node_end_byte(node);
      found.edits.push_back({file, end, end, fmt::format(".to({}.device)", *other)});
      found.lines.push_back(ts_node_start_point(node).row + 1);
      return false;
    });
  }
  return found;
}

}  // namespace ckptlint
