// A Python file as text with its syntax, for edits that must leave the rest of the file as it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/source.h"
#include "python/syntax/nodes.h"
#include "python/syntax/source_lines.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {

// Bytes [begin, end) of a text.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// An argument of a call, or an item of a list, a tuple or a set, as it is written.
struct WrittenItem {
  Extent whole;            // with its keyword or stars, and parentheses around it
  Extent value;            // without keyword and stars
  bool has_comma = false;  // behind it
  std::size_t behind = 0;  // it and its comma
};

class PythonText {
 public:
  // All of the text is read at once.  An error where that fails: an edit to it could not be trusted.
  static Result<PythonText> parse(std::string text);

  const std::string& text() const { return *text_; }
  const python::Block& statements() const { return statements_; }
  std::size_t begin_of(const python::Position& at) const { return lines_.begin_of(at); }
  std::size_t end_of(const python::Position& at) const { return lines_.end_of(at); }
  std::string_view text_of(const python::Position& at) const { return lines_.text_of(at); }
  std::string_view text_of(const Extent& extent) const {
    return std::string_view(*text_).substr(extent.begin, extent.end - extent.begin);
  }

  // What is around a node, the outermost first.
  std::vector<python::Node> around(const python::Node& node) const;
  // The innermost assignment or expression that is a statement and holds the whole span; null if there is none.
  const python::Stmt* innermost_statement(const Span& span) const;
  // The class of that name, at any depth; the last one, if there are several; null if there is none.
  const python::ClassDef* class_named(std::string_view name) const;
  // The names of a class's bases as they are written: "PreTrainedModel", "nn.Module"; keyword arguments left out.
  std::vector<std::string_view> bases_of(const python::ClassDef& type) const;

  // The first character at or behind `offset` that is no white space and in no comment, or the end of the text.
  // `offset` must be between two tokens.
  std::size_t next_token(std::size_t offset) const;
  // What is at `at` with the parentheses that are around it alone and open at or behind `from`.  Nothing but such
  // parentheses may stand between the two.
  Extent with_parentheses(const python::Position& at, std::size_t from) const;
  // Where the parenthesis opens behind which a call's arguments are.
  std::size_t open_parenthesis(const python::Call& call) const;
  // One for each argument and item.
  std::vector<WrittenItem> items_of(const python::Call& call) const;
  std::vector<WrittenItem> items_of(const python::Sequence& sequence) const;
  // Whether brackets or parentheses of its own are around the items.
  bool is_bracketed(const python::Sequence& sequence) const;
  // Each of the string literals that are written behind each other there.  Quotes within an interpolation of an
  // f-string that are its own end it here.
  std::vector<Extent> literals_in(const python::Position& at) const;
  // The value that a parameter of a function is given where it has a default.
  Extent default_of(const python::Parameter& parameter) const;

  // Where a statement begins, its decorators included.
  std::size_t begin_of_statement(const python::Stmt& statement) const;
  // Of the body of a class or function: its docstring or first statement; its end where nothing in it has a node.
  std::size_t begin_of_body(const python::Code& code) const;
  // Where text goes that follows the last statement of that body and the comments that belong to it.
  std::size_t behind_body(const python::Code& code) const;

  // The white space that the line of `offset` starts with.
  std::string_view indentation_at(std::size_t offset) const;
  // Whether nothing but white space stands before `offset` on its line.
  bool begins_line(std::size_t offset) const;
  // The byte after the line break of the line of `offset`, or the end of the text.
  std::size_t next_line(std::size_t offset) const;

 private:
  explicit PythonText(std::string text);
  WrittenItem item(const python::Position& value, std::size_t from, std::size_t value_from) const;

  std::unique_ptr<const std::string> text_;   // all three stay where they are when this object moves
  std::unique_ptr<python::SourceUnit> unit_;  // which each function in it points to
  std::unique_ptr<python::Arena> arena_;
  python::SourceLines lines_;
  python::Block statements_;
};

// The method of that name directly in a class body, decorated or not; the last one; null if there is none.
const python::Def* method_of(const python::ClassDef& type, std::string_view name);
// Whether it is the variable of that name.
bool is_name(const python::Expr* node, std::string_view name);
// The attribute of `self`, or null.
const python::Attribute* self_attribute(const python::Expr* node);

}  // namespace ckptlint
