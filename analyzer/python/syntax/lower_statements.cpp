#include <cstring>

#include "python/syntax/lower.h"
#include "python/syntax/lower_node.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxBlockNesting = 150;

Operator augmented(std::string_view token) {
  struct Row {
    const char* text;
    Operator op;
  };
  constexpr Row kRows[] = {{"+=", Operator::kAdd},        {"-=", Operator::kSub},       {"*=", Operator::kMul},
                           {"/=", Operator::kDiv},        {"//=", Operator::kFloorDiv}, {"%=", Operator::kMod},
                           {"**=", Operator::kPow},       {"@=", Operator::kMatMul},    {"&=", Operator::kBitAnd},
                           {"|=", Operator::kBitOr},      {"^=", Operator::kBitXor},    {"<<=", Operator::kShiftLeft},
                           {">>=", Operator::kShiftRight}};
  for (const Row& row : kRows) {
    if (token == row.text) return row.op;
  }
  return Operator::kAdd;
}

}  // namespace

void Lowering::statements(TSNode block, Scope& scope, std::vector<Stmt*>& out) {
  for (TSNode child : children(block)) statement(child, scope, out);
}

Block Lowering::block(TSNode node, Scope& scope) {
  if (ts_node_is_null(node)) return {};
  if (++depth_ > kMaxBlockNesting * 2) fail(node, "is nested too deeply");
  std::vector<Stmt*> out;
  statements(node, scope, out);
  --depth_;
  return items(out);
}

void Lowering::assignment(TSNode node, Scope& scope, std::vector<Stmt*>& out) {
  TSNode left = field(node, Field::kLeft), right = field(node, Field::kRight), type = field(node, Field::kType);
  if (!ts_node_is_null(type)) {
    AnnAssign* made = make<AnnAssign>(StmtKind::kAnnAssign, node);
    made->value = optional(right, scope);
    made->target = target(left, scope);
    made->annotation = symbol(type);
    out.push_back(made);
    return;
  }
  Assign* made = make<Assign>(StmtKind::kAssign, node);
  std::vector<TSNode> targets{left};
  while (type_of(right) == Node::assignment) {  // a = b = value
    if (!ts_node_is_null(field(right, Field::kType))) fail(right, "is not valid Python");
    targets.push_back(field(right, Field::kLeft));
    right = field(right, Field::kRight);
  }
  made->value = expression(right, scope);
  std::vector<Expr*> lowered;
  lowered.reserve(targets.size());
  for (TSNode each : targets) lowered.push_back(target(each, scope));
  made->targets = items(lowered);
  out.push_back(made);
}

Stmt* Lowering::if_statement(TSNode node, Scope& scope) {
  If* made = make<If>(StmtKind::kIf, node);
  made->condition = expression(field(node, Field::kCondition), scope);
  made->body = block(field(node, Field::kConsequence), scope);
  If* last = made;
  for (TSNode clause : children_of(node, Field::kAlternative)) {
    if (type_of(clause) == Node::elif_clause) {
      If* nested = make<If>(StmtKind::kIf, clause);
      nested->condition = expression(field(clause, Field::kCondition), scope);
      nested->body = block(field(clause, Field::kConsequence), scope);
      std::vector<Stmt*> one{nested};
      last->otherwise = items(one);
      last = nested;
    } else {
      last->otherwise = block(field(clause, Field::kBody), scope);
    }
  }
  return made;
}

Stmt* Lowering::try_statement(TSNode node, Scope& scope) {
  Try* made = make<Try>(StmtKind::kTry, node);
  made->body = block(field(node, Field::kBody), scope);
  std::vector<ExceptClause> handlers;
  for (TSNode clause : children(node)) {
    switch (type_of(clause)) {
      case Node::except_clause:
      case Node::except_group_clause: {
        ExceptClause handler{};
        std::vector<TSNode> types;
        TSNode body{};
        for (TSNode child : children(clause)) {
          if (type_of(child) == Node::block) {
            body = child;
          } else {
            types.push_back(child);
          }
        }
        if (!types.empty() && type_of(types[0]) == Node::as_pattern) {
          handler.type = expression(ts_node_named_child(types[0], 0), scope);
          TSNode alias = field(types[0], Field::kAlias);
          TSNode id = ts_node_is_null(alias) ? alias : ts_node_named_child(alias, 0);
          if (!ts_node_is_null(id)) handler.target = bound_name(id, symbol(id), scope);
        } else if (!types.empty()) {
          handler.type = expression(types[0], scope);
          if (types.size() > 1 && type_of(types[1]) == Node::identifier)
            handler.target = bound_name(types[1], symbol(types[1]), scope);
        }
        handler.body = block(body, scope);
        handlers.push_back(handler);
        break;
      }
      case Node::else_clause:
        made->otherwise = block(field(clause, Field::kBody), scope);
        break;
      case Node::finally_clause:
        for (TSNode child : children(clause)) {
          if (type_of(child) == Node::block) made->finally = block(child, scope);
        }
        break;
      default:
        break;
    }
  }
  made->handlers = items(handlers);
  return made;
}

Stmt* Lowering::with_statement(TSNode node, Scope& scope) {
  With* made = make<With>(StmtKind::kWith, node);
  std::vector<WithItem> parts;
  for (TSNode clause : children(node)) {
    if (type_of(clause) != Node::with_clause) continue;
    std::vector<TSNode> values;
    for (TSNode item : children(clause)) values.push_back(field(item, Field::kValue));
    // `with (a as b, c as d):` reads as one tuple.
    if (values.size() == 1 && type_of(values[0]) == Node::tuple) {
      auto inner = children(values[0]);
      bool named = false;
      for (TSNode each : inner) named |= type_of(each) == Node::as_pattern;
      if (named) values = inner;
    }
    for (TSNode value : values) {
      WithItem item{};
      while (type_of(value) == Node::parenthesized_expression &&
             type_of(ts_node_named_child(value, 0)) == Node::as_pattern) {
        value = ts_node_named_child(value, 0);
      }
      if (type_of(value) == Node::as_pattern) {
        item.value = expression(ts_node_named_child(value, 0), scope);
        item.target = target(field(value, Field::kAlias), scope);
      } else {
        item.value = expression(value, scope);
      }
      parts.push_back(item);
    }
  }
  made->items = items(parts);
  made->body = block(field(node, Field::kBody), scope);
  return made;
}

Stmt* Lowering::import_statement(TSNode node, Scope& scope) {
  Import* made = make<Import>(StmtKind::kImport, node);
  std::vector<ImportName> names;
  for (TSNode child : children_of(node, Field::kName)) {
    ImportName import{};
    if (type_of(child) == Node::aliased_import) {
      import.path = symbol(field(child, Field::kName));
      TSNode alias = field(child, Field::kAlias);
      import.bound = symbol(alias);
      import.target = bound_name(alias, import.bound, scope);
    } else {
      import.path = symbol(child);
      std::string_view path = import.path->view();
      import.target = bound_name(child, symbols_.intern(path.substr(0, path.find('.'))), scope);
    }
    names.push_back(import);
  }
  made->names = items(names);
  return made;
}

Stmt* Lowering::import_from(TSNode node, Scope& scope) {
  ImportFrom* made = make<ImportFrom>(StmtKind::kImportFrom, node);
  TSNode module = field(node, Field::kModuleName);
  made->module = symbols_.intern("");
  if (type_of(node) == Node::future_import_statement) {
    made->module = symbols_.intern("__future__");
  } else if (type_of(module) == Node::relative_import) {
    for (TSNode child : children(module)) {
      if (type_of(child) == Node::import_prefix) {
        for (char c : text(child)) made->level += c == '.';
      } else {
        made->module = symbol(child);
      }
    }
  } else {
    made->module = symbol(module);
  }
  std::vector<ImportName> names;
  for (TSNode child : children(node)) made->star |= type_of(child) == Node::wildcard_import;
  for (TSNode child : children_of(node, Field::kName)) {
    ImportName import{};
    if (type_of(child) == Node::aliased_import) {
      import.path = symbol(field(child, Field::kName));
      TSNode alias = field(child, Field::kAlias);
      import.bound = symbol(alias);
      import.target = bound_name(alias, import.bound, scope);
    } else {
      import.path = symbol(child);
      import.target = bound_name(child, import.path, scope);
    }
    names.push_back(import);
  }
  made->names = items(names);
  return made;
}

void Lowering::statement(TSNode node, Scope& scope, std::vector<Stmt*>& out) {
  auto push = [&](Stmt* made) { out.push_back(made); };
  auto expression_statement = [&](TSNode value) {
    ExprStmt* made = make<ExprStmt>(StmtKind::kExpr, value);
    made->value = expression(value, scope);
    push(made);
  };
  switch (type_of(node)) {
    case Node::expression_statement: {
      auto parts = children(node);
      if (parts.empty()) return;
      if (type_of(parts[0]) == Node::assignment) return assignment(parts[0], scope, out);
      if (type_of(parts[0]) == Node::augmented_assignment) {
        AugAssign* made = make<AugAssign>(StmtKind::kAugAssign, node);
        made->op = augmented(ts_node_type(field(parts[0], Field::kOperator)));
        made->value = expression(field(parts[0], Field::kRight), scope);
        made->target = target(field(parts[0], Field::kLeft), scope);
        return push(made);
      }
      if (parts.size() == 1) return expression_statement(parts[0]);
      ExprStmt* made = make<ExprStmt>(StmtKind::kExpr, node);
      made->value = sequence(ExprKind::kTuple, node, scope, false);
      return push(made);
    }
    case Node::if_statement:
      return push(if_statement(node, scope));
    case Node::for_statement: {
      For* made = make<For>(StmtKind::kFor, node);
      made->iterable = expression(field(node, Field::kRight), scope);
      made->target = target(field(node, Field::kLeft), scope);
      made->body = block(field(node, Field::kBody), scope);
      TSNode other = field(node, Field::kAlternative);
      if (!ts_node_is_null(other)) made->otherwise = block(field(other, Field::kBody), scope);
      return push(made);
    }
    case Node::while_statement: {
      While* made = make<While>(StmtKind::kWhile, node);
      made->condition = expression(field(node, Field::kCondition), scope);
      made->body = block(field(node, Field::kBody), scope);
      TSNode other = field(node, Field::kAlternative);
      if (!ts_node_is_null(other)) made->otherwise = block(field(other, Field::kBody), scope);
      return push(made);
    }
    case Node::try_statement:
      return push(try_statement(node, scope));
    case Node::with_statement:
      return push(with_statement(node, scope));
    case Node::function_definition:
    case Node::class_definition:
      return push(definition(node, scope, {}));
    case Node::decorated_definition: {
      std::vector<Expr*> decorators;
      for (TSNode child : children(node)) {
        if (type_of(child) == Node::decorator) decorators.push_back(expression(ts_node_named_child(child, 0), scope));
      }
      return push(definition(field(node, Field::kDefinition), scope, decorators));
    }
    case Node::return_statement: {
      Return* made = make<Return>(StmtKind::kReturn, node);
      auto parts = children(node);
      made->value = parts.empty() ? nullptr : expression(parts[0], scope);
      return push(made);
    }
    case Node::raise_statement: {
      Raise* made = make<Raise>(StmtKind::kRaise, node);
      TSNode cause = field(node, Field::kCause);
      auto parts = children(node);
      bool has_value = !parts.empty() && (ts_node_is_null(cause) || !ts_node_eq(parts[0], cause));
      made->value = has_value ? expression(parts[0], scope) : nullptr;
      made->cause = optional(cause, scope);
      return push(made);
    }
    case Node::import_statement:
      return push(import_statement(node, scope));
    case Node::import_from_statement:
    case Node::future_import_statement:
      return push(import_from(node, scope));
    case Node::global_statement:
    case Node::nonlocal_statement:
      for (TSNode child : children(node)) {
        if (type_of(node) == Node::global_statement) {
          scope.declare_global(symbol(child));
        } else {
          scope.declare_nonlocal(symbol(child));
        }
      }
      return;
    case Node::delete_statement: {
      Delete* made = make<Delete>(StmtKind::kDelete, node);
      std::vector<Expr*> targets;
      for (TSNode child : children(node)) {
        if (type_of(child) == Node::expression_list) {
          for (TSNode each : children(child)) targets.push_back(target(each, scope));
        } else {
          targets.push_back(target(child, scope));
        }
      }
      made->targets = items(targets);
      return push(made);
    }
    case Node::pass_statement:
      return push(make<Stmt>(StmtKind::kPass, node));
    case Node::break_statement:
      return push(make<Stmt>(StmtKind::kBreak, node));
    case Node::continue_statement:
      return push(make<Stmt>(StmtKind::kContinue, node));
    case Node::assert_statement: {
      Assert* made = make<Assert>(StmtKind::kAssert, node);
      auto parts = children(node);
      if (parts.empty()) fail(node, "asserts nothing");
      made->condition = expression(parts[0], scope);
      made->message = parts.size() > 1 ? expression(parts[1], scope) : nullptr;
      return push(made);
    }
    case Node::match_statement:
      return push(match_statement(node, scope));
    case Node::type_alias_statement:
    case Node::print_statement:
    case Node::exec_statement:
      return;
    default:
      if (ts_node_is_error(node) || ts_node_is_missing(node)) fail(node, "is not valid Python");
      expression_statement(node);
  }
}

}  // namespace ckptlint::python
