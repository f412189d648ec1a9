// Looks into statements, and puts others together from their parts.
#include "python/evaluate/yielding_statement.h"

#include <algorithm>

#include "python/evaluate/paused_expression.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

template <typename T, typename Kind>
T* made(Interpreter& in, Kind kind, const Position& at) {
  T* node = in.arena.make<T>();
  node->kind = kind;
  node->at = at;
  return node;
}

Value matches(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [exception, type] = by_position<"exception, type">(arguments);
  return Value::of(matches_handler(in, exception, type));
}

// Whether the handler takes the exception.
Expr* condition_of(Interpreter& in, const ExceptClause& handler, const Value& exception, const Expr* place) {
  if (handler.type == nullptr) return constant_of(in, place, Value::of(true));
  auto* call = made<Call>(in, ExprKind::kCall, place->at);
  call->callee = constant_of(in, place, in.native("matches", matches));
  call->arguments = {in.arena.array<CallArgument>(2), 2};
  call->arguments[0].value = constant_of(in, place, exception);
  call->arguments[1].value = handler.type;
  return call;
}

}  // namespace

const Expr* operand_of(const Stmt* statement) {
  switch (statement->kind) {
    case StmtKind::kExpr:
      return static_cast<const ExprStmt*>(statement)->value;
    case StmtKind::kAssign:
      return static_cast<const Assign*>(statement)->value;
    case StmtKind::kAugAssign:
      return static_cast<const AugAssign*>(statement)->value;
    case StmtKind::kAnnAssign:
      return static_cast<const AnnAssign*>(statement)->value;
    case StmtKind::kReturn:
      return static_cast<const Return*>(statement)->value;
    case StmtKind::kIf:
      return static_cast<const If*>(statement)->condition;
    case StmtKind::kFor:
      return static_cast<const For*>(statement)->iterable;
    case StmtKind::kWhile:
      return static_cast<const While*>(statement)->condition;
    case StmtKind::kRaise:
      return static_cast<const Raise*>(statement)->value;
    case StmtKind::kAssert:
      return static_cast<const Assert*>(statement)->condition;
    case StmtKind::kMatch:
      return static_cast<const Match*>(statement)->subject;
    default:
      return nullptr;
  }
}

bool has_yield_beside(Interpreter& in, const Stmt* statement) {
  const auto has = [&](const Expr* target) { return has_yield(in, target); };
  const auto any = [&](const auto& targets) { return std::any_of(targets.begin(), targets.end(), has); };
  switch (statement->kind) {
    case StmtKind::kAssign:
      return any(static_cast<const Assign*>(statement)->targets);
    case StmtKind::kAugAssign:
      return has(static_cast<const AugAssign*>(statement)->target);
    case StmtKind::kAnnAssign:
      return static_cast<const AnnAssign*>(statement)->value != nullptr &&
             has(static_cast<const AnnAssign*>(statement)->target);
    case StmtKind::kDelete:
      return any(static_cast<const Delete*>(statement)->targets);
    case StmtKind::kRaise:
      return has(static_cast<const Raise*>(statement)->cause);
    case StmtKind::kAssert:
      return has(static_cast<const Assert*>(statement)->message);
    case StmtKind::kClass: {
      const auto& bases = static_cast<const ClassDef*>(statement)->bases;
      return any(static_cast<const ClassDef*>(statement)->decorators) ||
             std::any_of(bases.begin(), bases.end(), [&](const CallArgument& base) { return has(base.value); });
    }
    case StmtKind::kMatch: {
      const auto& cases = static_cast<const Match*>(statement)->cases;
      return std::any_of(cases.begin(), cases.end(), [&](const MatchCase& one) { return has(one.guard); });
    }
    default:
      return false;
  }
}

Block block_of(Interpreter& in, Stmt* first, const Block& more) {
  Stmt** all = in.arena.array<Stmt*>(more.size() + 1);
  all[0] = first;
  std::copy(more.begin(), more.end(), all + 1);
  return {all, more.count + 1};
}

Block body_of(Interpreter& in, const Code& code) {
  if (code.expression == nullptr) return code.body;
  auto* statement = made<Return>(in, StmtKind::kReturn, code.expression->at);
  statement->value = code.expression;
  return block_of(in, statement);
}

Assign* assignment_of(Interpreter& in, Expr* target, const Value& value, const Position& at) {
  auto* statement = made<Assign>(in, StmtKind::kAssign, at);
  statement->targets = {in.arena.array<Expr*>(1), 1};
  statement->targets[0] = target;
  statement->value = constant_of(in, made<Constant>(in, ExprKind::kConstant, at), value);
  return statement;
}

Block branches_of_handlers(Interpreter& in, const Try* statement, const ExceptClause* from, const Value& exception) {
  auto* again = made<Raise>(in, StmtKind::kRaise, statement->at);
  again->value = nullptr;
  again->cause = nullptr;
  Block otherwise = block_of(in, again);
  for (const ExceptClause* handler = statement->handlers.end(); handler-- != from;) {
    auto* taken = made<If>(in, StmtKind::kIf, handler->body[0]->at);
    const auto* place =
        made<Constant>(in, ExprKind::kConstant, handler->type != nullptr ? handler->type->at : taken->at);
    taken->condition = condition_of(in, *handler, exception, place);
    taken->body = handler->body;
    if (handler->target != nullptr)
      taken->body = block_of(in, assignment_of(in, handler->target, exception, place->at), handler->body);
    taken->otherwise = otherwise;
    otherwise = block_of(in, taken);
  }
  return otherwise;
}

}  // namespace ckptlint::python
