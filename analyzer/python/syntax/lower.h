// From tree-sitter's concrete tree to the syntax of syntax.h.
#pragma once

#include <tree_sitter/api.h>

#include <string>
#include <string_view>
#include <vector>

#include "python/syntax/scope.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {

// The grammar's node types that are told apart; everything else is kOther.
enum class Node : std::uint8_t {
  kOther,
  kComment,
  kError,
// clang-format off
#define CKPTLINT_NODES(X)                                                                                              \
  X(module) X(block) X(expression_statement) X(assignment) X(augmented_assignment) X(if_statement) X(elif_clause)      \
  X(else_clause) X(for_statement) X(while_statement) X(try_statement) X(except_clause) X(except_group_clause)          \
  X(finally_clause) X(with_statement) X(with_clause) X(with_item) X(function_definition) X(class_definition)           \
  X(decorated_definition) X(decorator) X(return_statement) X(raise_statement) X(import_statement)                      \
  X(import_from_statement) X(future_import_statement) X(global_statement) X(nonlocal_statement) X(delete_statement)    \
  X(pass_statement) X(break_statement) X(continue_statement) X(assert_statement) X(match_statement) X(case_clause)     \
  X(type_alias_statement) X(print_statement) X(exec_statement) X(identifier) X(integer) X(float_) X(true_) X(false_)   \
  X(none) X(string) X(string_start) X(string_content) X(string_end) X(interpolation) X(concatenated_string)            \
  X(format_specifier) X(type_conversion) X(binary_operator) X(unary_operator) X(not_operator) X(boolean_operator)      \
  X(comparison_operator) X(lambda) X(conditional_expression) X(named_expression) X(attribute) X(subscript) X(slice)    \
  X(call) X(list) X(tuple) X(set) X(dictionary) X(pair) X(dictionary_splat) X(list_splat) X(list_comprehension)        \
  X(dictionary_comprehension) X(set_comprehension) X(generator_expression) X(for_in_clause) X(if_clause)               \
  X(parenthesized_expression) X(parenthesized_list_splat) X(ellipsis) X(await) X(yield) X(keyword_argument)            \
  X(argument_list) X(expression_list) X(pattern_list) X(tuple_pattern) X(list_pattern) X(list_splat_pattern)           \
  X(dictionary_splat_pattern) X(as_pattern) X(as_pattern_target) X(type) X(parameters) X(lambda_parameters)            \
  X(default_parameter) X(typed_parameter) X(typed_default_parameter) X(keyword_separator) X(positional_separator)      \
  X(dotted_name) X(aliased_import) X(relative_import) X(import_prefix) X(wildcard_import) X(case_pattern)              \
  X(union_pattern) X(class_pattern) X(dict_pattern) X(splat_pattern) X(complex_pattern) X(keyword_pattern)
// clang-format on
#define X(name) name,
  CKPTLINT_NODES(X)
#undef X
};

// Lowers one parsed text.  `shift` maps tree-sitter's positions to the file's.
class Lowering {
 public:
  struct Origin {
    SourceUnit* unit;
    std::uint32_t text_begin;    // offset in the unit of the parsed text's byte `skip`
    std::uint32_t skip;          // bytes of wrapper before it
    std::uint32_t line;          // line in the unit of the parsed text's first own line
    std::uint32_t skip_lines;    // lines of wrapper
    std::uint32_t first_column;  // columns to add on the first own line
  };
  Lowering(Arena& arena, Symbols& symbols, std::string_view text, Origin origin)
      : arena_(arena), symbols_(symbols), text_(text), origin_(origin) {}

  static Node type_of(TSNode node);

  void statements(TSNode block, Scope& scope, std::vector<Stmt*>& out);
  void statement(TSNode node, Scope& scope, std::vector<Stmt*>& out);
  Expr* expression(TSNode node, Scope& scope);
  void fill_function(TSNode definition, Code* code, Scope* parent);
  ClassDef* class_definition(TSNode node, Scope& scope, bool with_body);
  Items<CallArgument> arguments(TSNode list, Scope& scope);
  [[noreturn]] void fail(TSNode node, const char* message) const;

 private:
  struct Nesting;
  template <typename T>
  Items<T> items(const std::vector<T>& from) {
    Items<T> out{arena_.array<T>(from.size()), static_cast<std::uint32_t>(from.size())};
    for (std::size_t i = 0; i < from.size(); ++i) out.items[i] = from[i];
    return out;
  }
  template <typename T>
  T* make(auto kind, TSNode node) {
    T* made = arena_.make<T>();
    made->kind = kind;
    made->at = position(node);
    return made;
  }
  Position position(TSNode node) const;
  std::string_view text(TSNode node) const;
  Str* symbol(TSNode node) { return symbols_.intern(text(node)); }
  Name* name(TSNode node, Str* symbol, Scope& scope);
  Name* bound_name(TSNode node, Str* symbol, Scope& scope);

  Block block(TSNode node, Scope& scope);
  Expr* target(TSNode node, Scope& scope);
  Expr* optional(TSNode node, Scope& scope) { return ts_node_is_null(node) ? nullptr : expression(node, scope); }
  static bool star_inside(TSNode node);
  Expr* sequence(ExprKind kind, TSNode node, Scope& scope, bool targets);
  Expr* comprehension(ComprehensionKind kind, TSNode node, Scope& scope);
  Expr* string_literal(TSNode node, Scope& scope);
  void string_parts(TSNode node, Scope& scope, std::vector<FormatPart>& parts, bool& bytes);
  Expr* format_spec(TSNode node, Scope& scope);
  Expr* lambda(TSNode node, Scope& scope);
  Expr* subscript(TSNode node, Scope& scope);
  Expr* comparison(TSNode node, Scope& scope);
  void assignment(TSNode node, Scope& scope, std::vector<Stmt*>& out);
  Stmt* if_statement(TSNode node, Scope& scope);
  Stmt* try_statement(TSNode node, Scope& scope);
  Stmt* with_statement(TSNode node, Scope& scope);
  Stmt* import_statement(TSNode node, Scope& scope);
  Stmt* import_from(TSNode node, Scope& scope);
  Stmt* match_statement(TSNode node, Scope& scope);
  Expr* dotted(TSNode node, Scope& scope);
  Pattern* pattern(TSNode node, Scope& scope);
  Stmt* definition(TSNode node, Scope& scope, const std::vector<Expr*>& decorators);
  void parameters(TSNode node, Code* code, Scope& own, Scope* outer);
  void body(TSNode node, Code* code, Scope& own);
  Str* doc_of(const Block& block) const;

  Arena& arena_;
  Symbols& symbols_;
  std::string_view text_;
  Origin origin_;
  int depth_ = 0;
};

}  // namespace ckptlint::python
