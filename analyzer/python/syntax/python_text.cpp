// Finds classes, methods and spans in the syntax tree of a file, for edits.
#include "python/syntax/python_text.h"

#include <algorithm>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace ckptlint {
namespace {

bool holds(TSNode node, TSPoint begin, TSPoint end) {
  const TSPoint first = ts_node_start_point(node);
  const TSPoint last = ts_node_end_point(node);
  const bool begins = first.row < begin.row || (first.row == begin.row && first.column <= begin.column);
  const bool ends = end.row < last.row || (end.row == last.row && end.column <= last.column);
  return begins && ends;
}

}  // namespace

PythonText::PythonText(std::string text, TSTree* tree)
    : text_(std::make_unique<const std::string>(std::move(text))), tree_(tree, &ts_tree_delete) {}

Result<PythonText> PythonText::parse(std::string text) {
  const std::unique_ptr<TSParser, decltype(&ts_parser_delete)> parser(ts_parser_new(), &ts_parser_delete);
  if (!ts_parser_set_language(parser.get(), tree_sitter_python()))
    return Error{"the Python grammar does not fit the parser"};
  TSTree* tree = ts_parser_parse_string(parser.get(), nullptr, text.data(), static_cast<std::uint32_t>(text.size()));
  if (tree == nullptr) return Error{"the file could not be parsed"};
  PythonText parsed(std::move(text), tree);
  if (ts_node_has_error(parsed.root())) return Error{"the file has a syntax error"};
  return parsed;
}

std::string_view PythonText::text_of(TSNode node) const {
  const std::size_t begin = ts_node_start_byte(node);
  return std::string_view(*text_).substr(begin, ts_node_end_byte(node) - begin);
}

TSNode PythonText::innermost(Span span, std::string_view type) const {
  TSNode found{};
  if (span.line == 0) return found;
  const TSPoint begin{span.line - 1, span.column == 0 ? 0 : span.column - 1};
  const TSPoint end =
      span.end_line == 0 ? begin : TSPoint{span.end_line - 1, span.end_column == 0 ? 0 : span.end_column - 1};
  walk(root(), [&](TSNode node) {
    if (!holds(node, begin, end)) return false;
    if (is_a(node, type)) found = node;
    return true;
  });
  return found;
}

TSNode PythonText::class_named(std::string_view name) const {
  TSNode found{};
  walk(root(), [&](TSNode node) {
    if (is_a(node, "class_definition") && text_of(field_of(node, "name")) == name) found = node;
    return true;
  });
  return found;
}

TSNode PythonText::method_of(TSNode class_node, std::string_view name) const {
  TSNode found{};
  for (TSNode child : named_children(field_of(class_node, "body"))) {
    const TSNode definition = is_a(child, "decorated_definition") ? field_of(child, "definition") : child;
    if (is_a(definition, "function_definition") && text_of(field_of(definition, "name")) == name) found = definition;
  }
  return found;
}

std::vector<std::string_view> PythonText::bases_of(TSNode class_node) const {
  std::vector<std::string_view> bases;
  const TSNode arguments = field_of(class_node, "superclasses");
  if (ts_node_is_null(arguments)) return bases;
  for (TSNode argument : named_children(arguments)) {
    if (is_a(argument, "identifier") || is_a(argument, "attribute")) bases.push_back(text_of(argument));
  }
  return bases;
}

std::string_view PythonText::indentation_at(std::size_t offset) const {
  const std::string_view text = *text_;
  const std::size_t line_break = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
  const std::size_t end = std::min(text.find_first_not_of(" \t", begin), text.size());
  return text.substr(begin, end - begin);
}

std::size_t PythonText::next_line(std::size_t offset) const {
  const std::size_t end = text_->find('\n', offset);
  return end == std::string::npos ? text_->size() : end + 1;
}

bool is_a(TSNode node, std::string_view type) { return !ts_node_is_null(node) && ts_node_type(node) == type; }

TSNode field_of(TSNode node, std::string_view field) {
  if (ts_node_is_null(node)) return node;
  return ts_node_child_by_field_name(node, field.data(), static_cast<std::uint32_t>(field.size()));
}

std::vector<TSNode> named_children(TSNode node) {
  std::vector<TSNode> children;
  if (ts_node_is_null(node)) return children;
  TSTreeCursor cursor = ts_tree_cursor_new(node);
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    const TSNode child = ts_tree_cursor_current_node(&cursor);
    if (ts_node_is_named(child)) children.push_back(child);
  }
  ts_tree_cursor_delete(&cursor);
  return children;
}

void walk(TSNode node, const std::function<bool(TSNode)>& visit) {
  std::vector<TSNode> waiting;
  if (!ts_node_is_null(node)) waiting.push_back(node);
  while (!waiting.empty()) {
    const TSNode next = waiting.back();
    waiting.pop_back();
    if (!visit(next)) continue;
    std::vector<TSNode> children = named_children(next);
    waiting.insert(waiting.end(), children.rbegin(), children.rend());
  }
}

}  // namespace ckptlint
