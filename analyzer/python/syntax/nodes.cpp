// What is below each kind of expression and statement.
#include "python/syntax/nodes.h"

#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

using Visit = std::function<void(const Node&)>;

class Children {
 public:
  explicit Children(const Visit& visit) : visit_(visit) {}

  void of(const Expr* node);
  void of(const Stmt* node);

 private:
  void add(const Expr* node) {
    if (node != nullptr) visit_(node);
  }
  void add(const Items<Expr*>& nodes) {
    for (const Expr* each : nodes) add(each);
  }
  void add(const Block& block) {
    for (const Stmt* each : block) visit_(each);
  }
  void add(const Items<CallArgument>& arguments) {
    for (const CallArgument& each : arguments) add(each.value);
  }
  void add(const Code* code) {
    for (const Parameter& each : code->parameters) add(each.default_value);
    if (const FunctionNotes* notes = notes_of(*code)) add(notes->annotations);
    add(code->expression);
    add(code->body);
  }
  void add(const Pattern* pattern) {
    if (pattern == nullptr) return;
    add(pattern->value);
    add(pattern->keys);
    for (const Pattern* each : pattern->parts) add(each);
  }
  void add_dict(const DictDisplay& dict) {
    for (std::size_t i = 0; i < dict.keys.size(); ++i) {
      add(dict.keys[i]);
      add(dict.values[i]);
    }
  }
  void add_parts(const Format& format) {
    for (const FormatPart& each : format.parts) {
      add(each.value);
      add(each.spec);
    }
  }
  void add_try(const Try& attempt) {
    add(attempt.body);
    for (const ExceptClause& each : attempt.handlers) {
      add(each.type);
      add(each.body);
    }
    add(attempt.otherwise);
    add(attempt.finally);
  }

  const Visit& visit_;
};

void Children::of(const Expr* node) {
  switch (node->kind) {
    case ExprKind::kConstant:
    case ExprKind::kImaginary:
    case ExprKind::kName:
      return;
    case ExprKind::kAttribute:
      return add(static_cast<const Attribute*>(node)->object);
    case ExprKind::kCall:
      add(static_cast<const Call*>(node)->callee);
      return add(static_cast<const Call*>(node)->arguments);
    case ExprKind::kBinary:
      add(static_cast<const Binary*>(node)->left);
      return add(static_cast<const Binary*>(node)->right);
    case ExprKind::kUnary:
      return add(static_cast<const Unary*>(node)->operand);
    case ExprKind::kBool:
      add(static_cast<const BoolOp*>(node)->left);
      return add(static_cast<const BoolOp*>(node)->right);
    case ExprKind::kCompare:
      add(static_cast<const Compare*>(node)->first);
      return add(static_cast<const Compare*>(node)->rest);
    case ExprKind::kConditional:
      add(static_cast<const Conditional*>(node)->yes);
      add(static_cast<const Conditional*>(node)->condition);
      return add(static_cast<const Conditional*>(node)->no);
    case ExprKind::kTuple:
    case ExprKind::kList:
    case ExprKind::kSet:
      return add(static_cast<const Sequence*>(node)->items);
    case ExprKind::kDict:
      return add_dict(*static_cast<const DictDisplay*>(node));
    case ExprKind::kSubscript:
      add(static_cast<const Subscript*>(node)->object);
      return add(static_cast<const Subscript*>(node)->key);
    case ExprKind::kSlice:
      add(static_cast<const SliceExpr*>(node)->start);
      add(static_cast<const SliceExpr*>(node)->stop);
      return add(static_cast<const SliceExpr*>(node)->step);
    case ExprKind::kLambda:
      return add(static_cast<const Lambda*>(node)->code);
    case ExprKind::kComprehension:
      add(static_cast<const Comprehension*>(node)->key);
      add(static_cast<const Comprehension*>(node)->value);
      for (const ComprehensionClause& each : static_cast<const Comprehension*>(node)->clauses) {
        add(each.target);
        add(each.iterable);
      }
      return;
    case ExprKind::kFormat:
      return add_parts(*static_cast<const Format*>(node));
    case ExprKind::kNamed:
      add(static_cast<const Named*>(node)->target);
      return add(static_cast<const Named*>(node)->value);
    case ExprKind::kStarred:
      return add(static_cast<const Starred*>(node)->value);
    case ExprKind::kYield:
      return add(static_cast<const Yield*>(node)->value);
    case ExprKind::kAwait:
      return add(static_cast<const Await*>(node)->value);
  }
}

void Children::of(const Stmt* node) {
  switch (node->kind) {
    case StmtKind::kExpr:
      return add(static_cast<const ExprStmt*>(node)->value);
    case StmtKind::kAssign:
      add(static_cast<const Assign*>(node)->targets);
      return add(static_cast<const Assign*>(node)->value);
    case StmtKind::kAugAssign:
      add(static_cast<const AugAssign*>(node)->target);
      return add(static_cast<const AugAssign*>(node)->value);
    case StmtKind::kAnnAssign:
      add(static_cast<const AnnAssign*>(node)->target);
      add(static_cast<const AnnAssign*>(node)->type);
      return add(static_cast<const AnnAssign*>(node)->value);
    case StmtKind::kIf:
      add(static_cast<const If*>(node)->condition);
      add(static_cast<const If*>(node)->body);
      return add(static_cast<const If*>(node)->otherwise);
    case StmtKind::kFor:
      add(static_cast<const For*>(node)->target);
      add(static_cast<const For*>(node)->iterable);
      add(static_cast<const For*>(node)->body);
      return add(static_cast<const For*>(node)->otherwise);
    case StmtKind::kWhile:
      add(static_cast<const While*>(node)->condition);
      add(static_cast<const While*>(node)->body);
      return add(static_cast<const While*>(node)->otherwise);
    case StmtKind::kDef:
      add(static_cast<const Def*>(node)->decorators);
      return add(static_cast<const Def*>(node)->code);
    case StmtKind::kClass:
      add(static_cast<const ClassDef*>(node)->decorators);
      add(static_cast<const ClassDef*>(node)->bases);
      return add(static_cast<const ClassDef*>(node)->code);
    case StmtKind::kReturn:
      return add(static_cast<const Return*>(node)->value);
    case StmtKind::kRaise:
      add(static_cast<const Raise*>(node)->value);
      return add(static_cast<const Raise*>(node)->cause);
    case StmtKind::kTry:
      return add_try(*static_cast<const Try*>(node));
    case StmtKind::kWith:
      for (const WithItem& each : static_cast<const With*>(node)->items) {
        add(each.value);
        add(each.target);
      }
      return add(static_cast<const With*>(node)->body);
    case StmtKind::kDelete:
      return add(static_cast<const Delete*>(node)->targets);
    case StmtKind::kAssert:
      add(static_cast<const Assert*>(node)->condition);
      return add(static_cast<const Assert*>(node)->message);
    case StmtKind::kMatch:
      add(static_cast<const Match*>(node)->subject);
      for (const MatchCase& each : static_cast<const Match*>(node)->cases) {
        add(each.pattern);
        add(each.guard);
        add(each.body);
      }
      return;
    case StmtKind::kImport:
    case StmtKind::kImportFrom:
    case StmtKind::kGlobal:
    case StmtKind::kNonlocal:
    case StmtKind::kPass:
    case StmtKind::kBreak:
    case StmtKind::kContinue:
      return;
  }
}

using VisitInside = std::function<bool(const Node&, const std::vector<Node>&)>;

void walk_from(const Node& node, std::vector<Node>& around, const VisitInside& visit) {
  if (!visit(node, around)) return;
  around.push_back(node);
  each_child(node, [&](const Node& child) { walk_from(child, around, visit); });
  around.pop_back();
}

}  // namespace

void each_child(const Node& node, const std::function<void(const Node&)>& visit) {
  if (node.expr() != nullptr) Children(visit).of(node.expr());
  if (node.stmt() != nullptr) Children(visit).of(node.stmt());
}

void walk(const Node& node, const std::function<bool(const Node&)>& visit) {
  if (node && visit(node)) each_child(node, [&](const Node& child) { walk(child, visit); });
}

void walk(const Block& block, const std::function<bool(const Node&)>& visit) {
  for (const Stmt* each : block) walk(each, visit);
}

void walk_inside(const Block& block, const VisitInside& visit) {
  std::vector<Node> around;
  for (const Stmt* each : block) walk_from(each, around, visit);
}

const Sequence* as_sequence(const Expr* node) {
  if (node == nullptr) return nullptr;
  const bool is_one = node->kind == ExprKind::kTuple || node->kind == ExprKind::kList || node->kind == ExprKind::kSet;
  return is_one ? static_cast<const Sequence*>(node) : nullptr;
}

const Expr* first_key(const Subscript& subscript) {
  if (subscript.key->kind != ExprKind::kTuple) return subscript.key;
  const Sequence* keys = as_sequence(subscript.key);
  return keys->items.empty() ? subscript.key : keys->items[0];
}

std::vector<Clause> clauses_of(const If& statement) {
  std::vector<Clause> clauses;
  for (const If* at = &statement;;) {
    clauses.push_back({at, at->condition, at->body});
    const If* next = at->otherwise.size() == 1 ? as<If>(at->otherwise[0]) : nullptr;
    // An `if` inside of `else:` stands further to the right.
    if (next == nullptr || next->at.column != at->at.column) {
      if (!at->otherwise.empty()) clauses.push_back({nullptr, nullptr, at->otherwise});
      return clauses;
    }
    at = next;
  }
}

Assigned assigned_by(const Stmt* statement) {
  if (const Assign* assign = as<Assign>(statement)) {
    const Items<Expr*>& targets = assign->targets;
    return {targets[targets.size() - 1], assign->value, targets.size() > 1};
  }
  if (const AnnAssign* annotated = as<AnnAssign>(statement)) return {annotated->target, annotated->value, false};
  return {};
}

}  // namespace ckptlint::python
