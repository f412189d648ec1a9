#include "python/syntax/lower_node.h"

#include <array>
#include <string>
#include <unordered_map>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace ckptlint::python {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Field::kCount)> kFieldNames{
    "alias",        "alternative", "argument",
    "arguments",    "attribute",   "body",
    "cause",        "condition",   "consequence",
    "definition",   "expression",  "format_specifier",
    "function",     "guard",       "key",
    "left",         "module_name", "name",
    "object",       "operator",    "parameters",
    "right",        "subject",     "subscript",
    "superclasses", "type",        "type_conversion",
    "value"};

struct Grammar {
  const TSLanguage* language = tree_sitter_python();
  std::vector<Node> types;
  std::array<TSFieldId, static_cast<std::size_t>(Field::kCount)> fields{};

  Grammar() {
    std::unordered_map<std::string_view, Node> names{{"comment", Node::kComment},
                                                     {"line_continuation", Node::kComment}};
#define X(name) names.emplace(#name, Node::name);
    CKPTLINT_NODES(X)
#undef X
    names["float"] = Node::float_;
    names["true"] = Node::true_;
    names["false"] = Node::false_;
    types.assign(ts_language_symbol_count(language), Node::kOther);
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto symbol = static_cast<TSSymbol>(i);
      if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
      auto found = names.find(ts_language_symbol_name(language, symbol));
      if (found != names.end()) types[i] = found->second;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      std::string_view name = kFieldNames[i];
      fields[i] = ts_language_field_id_for_name(language, name.data(), static_cast<std::uint32_t>(name.size()));
    }
  }
};

const Grammar& grammar() {
  static const Grammar instance;
  return instance;
}

}  // namespace

const TSLanguage* python_grammar() { return grammar().language; }

Node Lowering::type_of(TSNode node) {
  TSSymbol symbol = ts_node_symbol(node);
  const Grammar& g = grammar();
  return symbol < g.types.size() ? g.types[symbol] : Node::kError;
}

TSNode field(TSNode node, Field name) {
  return ts_node_child_by_field_id(node, grammar().fields[static_cast<std::size_t>(name)]);
}

namespace {
template <typename Keep>
std::vector<TSNode> collect(TSNode node, Keep keep) {
  std::vector<TSNode> out;
  TSTreeCursor cursor = ts_tree_cursor_new(node);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      TSNode child = ts_tree_cursor_current_node(&cursor);
      if (keep(cursor, child) && Lowering::type_of(child) != Node::kComment) out.push_back(child);
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  return out;
}
}  // namespace

std::vector<TSNode> children(TSNode node) {
  return collect(node, [](const TSTreeCursor&, TSNode child) { return ts_node_is_named(child); });
}

std::vector<TSNode> children_of(TSNode node, Field name) {
  TSFieldId wanted = grammar().fields[static_cast<std::size_t>(name)];
  return collect(node, [wanted](const TSTreeCursor& cursor, TSNode) {
    return ts_tree_cursor_current_field_id(&cursor) == wanted;
  });
}

bool is_anonymous(TSNode node, std::string_view text) {
  return !ts_node_is_null(node) && !ts_node_is_named(node) && text == ts_node_type(node);
}

}  // namespace ckptlint::python
