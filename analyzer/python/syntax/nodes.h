// Expressions and statements taken alike: which kind one is, and walks over what is below it.
#pragma once

#include <functional>
#include <vector>

#include "python/syntax/syntax.h"

namespace ckptlint::python {

// The kind of the nodes that are a T.
template <typename T>
struct KindOf;
#define CKPTLINT_KIND(type, of)       \
  template <>                         \
  struct KindOf<type> {               \
    static constexpr auto kKind = of; \
  }
CKPTLINT_KIND(Constant, ExprKind::kConstant);
CKPTLINT_KIND(Name, ExprKind::kName);
CKPTLINT_KIND(Attribute, ExprKind::kAttribute);
CKPTLINT_KIND(Call, ExprKind::kCall);
CKPTLINT_KIND(Binary, ExprKind::kBinary);
CKPTLINT_KIND(Compare, ExprKind::kCompare);
CKPTLINT_KIND(Subscript, ExprKind::kSubscript);
CKPTLINT_KIND(Lambda, ExprKind::kLambda);
CKPTLINT_KIND(Comprehension, ExprKind::kComprehension);
CKPTLINT_KIND(ExprStmt, StmtKind::kExpr);
CKPTLINT_KIND(Assign, StmtKind::kAssign);
CKPTLINT_KIND(AugAssign, StmtKind::kAugAssign);
CKPTLINT_KIND(AnnAssign, StmtKind::kAnnAssign);
CKPTLINT_KIND(If, StmtKind::kIf);
CKPTLINT_KIND(For, StmtKind::kFor);
CKPTLINT_KIND(While, StmtKind::kWhile);
CKPTLINT_KIND(Def, StmtKind::kDef);
CKPTLINT_KIND(ClassDef, StmtKind::kClass);
CKPTLINT_KIND(Return, StmtKind::kReturn);
CKPTLINT_KIND(With, StmtKind::kWith);
CKPTLINT_KIND(Import, StmtKind::kImport);
CKPTLINT_KIND(ImportFrom, StmtKind::kImportFrom);
#undef CKPTLINT_KIND

// The node as what it is; null where it is null or something else.
template <typename T>
const T* as(const Expr* node) {
  return node != nullptr && node->kind == KindOf<T>::kKind ? static_cast<const T*>(node) : nullptr;
}
template <typename T>
const T* as(const Stmt* node) {
  return node != nullptr && node->kind == KindOf<T>::kKind ? static_cast<const T*>(node) : nullptr;
}

// An expression, a statement, or nothing.
class Node {
 public:
  Node() = default;
  Node(const Expr* expr) : expr_(expr) {}  // NOLINT(google-explicit-constructor): either is a node
  Node(const Stmt* stmt) : stmt_(stmt) {}  // NOLINT(google-explicit-constructor)
  const Expr* expr() const { return expr_; }
  const Stmt* stmt() const { return stmt_; }
  explicit operator bool() const { return expr_ != nullptr || stmt_ != nullptr; }
  bool operator==(const Node&) const = default;

 private:
  const Expr* expr_ = nullptr;
  const Stmt* stmt_ = nullptr;
};

template <typename T>
const T* as(const Node& node) {
  if constexpr (std::is_base_of_v<Expr, T>)
    return as<T>(node.expr());
  else
    return as<T>(node.stmt());
}

// What is directly below a node, in the order of the text: decorators, defaults and bodies of definitions included.
// Annotations have nodes where they run, and docstrings none.
void each_child(const Node& node, const std::function<void(const Node&)>& visit);

// `node` and every node below it, parents first, in the order of the text; `visit` says whether to go below it.
void walk(const Node& node, const std::function<bool(const Node&)>& visit);
void walk(const Block& block, const std::function<bool(const Node&)>& visit);
// The same; `visit` is told as well what is around a node, the outermost first.
void walk_inside(const Block& block, const std::function<bool(const Node&, const std::vector<Node>&)>& visit);

// The list, tuple or set that is written out, or null.
const Sequence* as_sequence(const Expr* node);
// `x` of `x[...]`'s first index: of `x[i, j]` this is `i`.
const Expr* first_key(const Subscript& subscript);

// An `if` with its `elif`s and `else`.
struct Clause {
  const Stmt* begin = nullptr;  // the `if` or `elif`; null for `else`
  const Expr* condition = nullptr;
  Block body;
};
std::vector<Clause> clauses_of(const If& statement);

// What one statement assigns: `target = value`, `target: T = value`, and of `a = b = value` the last of the targets.
// Both are null for other statements; the value alone where only the type is said.
struct Assigned {
  const Expr* target = nullptr;
  const Expr* value = nullptr;
  bool is_chain = false;  // there are targets before this one
};
Assigned assigned_by(const Stmt* statement);

}  // namespace ckptlint::python
