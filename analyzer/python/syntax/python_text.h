// A Python file as text with its syntax tree, for edits that must leave the rest of the file as it is.
#pragma once

#include <tree_sitter/api.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/source.h"

namespace ckptlint {

class PythonText {
 public:
  // An error where the text does not parse: an edit to it could not be trusted.
  static Result<PythonText> parse(std::string text);

  const std::string& text() const { return *text_; }
  TSNode root() const { return ts_tree_root_node(tree_.get()); }
  std::string_view text_of(TSNode node) const;

  // The innermost node of that type that holds the whole span; a null node if there is none.
  TSNode innermost(Span span, std::string_view type) const;
  // The class of that name, at any depth; the last one, if there are several; a null node if there is none.
  TSNode class_named(std::string_view name) const;
  // The method of that name directly in a class body, decorated or not: the function_definition.
  TSNode method_of(TSNode class_node, std::string_view name) const;
  // The names of a class's bases as they are written: "PreTrainedModel", "nn.Module"; keyword arguments left out.
  std::vector<std::string_view> bases_of(TSNode class_node) const;

  // The white space that the line of `offset` starts with.
  std::string_view indentation_at(std::size_t offset) const;
  // The byte after the line break of the line of `offset`, or the end of the text.
  std::size_t next_line(std::size_t offset) const;

 private:
  PythonText(std::string text, TSTree* tree);

  std::unique_ptr<const std::string> text_;  // stays where it is when this object moves
  std::unique_ptr<TSTree, decltype(&ts_tree_delete)> tree_;
};

bool is_a(TSNode node, std::string_view type);
// The child in that field of the grammar; a null node if there is none.
TSNode field_of(TSNode node, std::string_view field);
std::vector<TSNode> named_children(TSNode node);
// Every node below `node` and itself, parents first, in the order of the text; `visit` says whether to go below it.
void walk(TSNode node, const std::function<bool(TSNode)>& visit);

}  // namespace ckptlint
