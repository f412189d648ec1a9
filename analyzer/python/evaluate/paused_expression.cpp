// Parts without a yield are evaluated once and kept; what is around them is evaluated with their values in their
// places.
#include "python/evaluate/paused_expression.h"

#include <algorithm>

#include "python/syntax/nodes.h"

namespace ckptlint::python {
namespace {

template <typename T>
T* copy_of(Interpreter& in, const Expr* expr) {
  T* made = in.arena.make<T>();
  *made = *static_cast<const T*>(expr);
  return made;
}

template <typename T>
void make_own(Interpreter& in, Items<T>& items) {
  T* own = in.arena.array<T>(items.count);
  std::copy(items.begin(), items.end(), own);
  items.items = own;
}

bool finds_yield(const Expr* expr) {
  if (expr->kind == ExprKind::kYield) return true;
  if (expr->kind == ExprKind::kLambda) return false;
  // What is within a comprehension is a call of its own, but for what it walks first.
  if (expr->kind == ExprKind::kComprehension)
    return finds_yield(static_cast<const Comprehension*>(expr)->clauses[0].iterable);
  bool found = false;
  each_child(expr, [&](const Node& child) { found = found || (child.expr() != nullptr && finds_yield(child.expr())); });
  return found;
}

}  // namespace

Expr* constant_of(Interpreter& in, const Expr* place, const Value& value) {
  auto* made = in.arena.make<Constant>();
  made->kind = ExprKind::kConstant;
  made->at = place->at;
  made->value = value;
  return made;
}

bool has_yield(Interpreter& in, const Expr* expr) {
  if (expr == nullptr || expr->kind == ExprKind::kConstant || expr->kind == ExprKind::kName) return false;
  if (expr->kind == ExprKind::kYield) return true;
  const auto [entry, is_new] = in.impl->yielding.try_emplace(expr, false);
  if (is_new) entry->second = finds_yield(expr);
  return entry->second;
}

void PausedExpression::begin(const Expr* expr) {
  whole_ = expr;
  yield_ = nullptr;
  parts_.count = 0;
}

Value PausedExpression::go_on(Interpreter& in, Frame& frame) {
  yield_ = nullptr;
  return whole_ == nullptr ? Value::none() : part(in, frame, whole_);
}

const Expr* PausedExpression::target(Interpreter& in, Frame& frame, const Expr* expr) {
  const auto replace = [&](Expr*& each) {
    const Expr* own = target(in, frame, each);
    if (own != nullptr) each = const_cast<Expr*>(own);
    return own != nullptr;
  };
  switch (expr->kind) {
    case ExprKind::kAttribute:
    case ExprKind::kSubscript:
      return settled(in, frame, expr);
    case ExprKind::kStarred: {
      auto* own = copy_of<Starred>(in, expr);
      return replace(own->value) ? own : nullptr;
    }
    case ExprKind::kTuple:
    case ExprKind::kList: {
      auto* own = copy_of<Sequence>(in, expr);
      make_own(in, own->items);
      return std::all_of(own->items.begin(), own->items.end(), replace) ? own : nullptr;
    }
    default:
      return expr;
  }
}

bool PausedExpression::first_at(Interpreter& in, const void* place) {
  if (kept(place) != nullptr) return false;
  keep(in, place, Value::none());
  return true;
}

const Value* PausedExpression::kept(const void* of) const {
  for (std::uint32_t i = 0; i < parts_.count; ++i) {
    if (parts_[i].of == of) return &parts_[i].value;
  }
  return nullptr;
}

Value PausedExpression::part(Interpreter& in, Frame& frame, const Expr* expr) {
  if (const Value* known = kept(expr)) return *known;
  Value value;
  if (expr->kind == ExprKind::kYield) {
    const auto* at = static_cast<const Yield*>(expr);
    value = at->value == nullptr ? Value::none() : part(in, frame, at->value);
    if (value.missing()) return value;
    yield_ = at;
    operand_ = value;
    return {};
  }
  value = has_yield(in, expr) ? compound(in, frame, expr) : evaluate(in, frame, expr);
  if (!value.missing()) keep(in, expr, value);
  return value;
}

bool PausedExpression::settle(Interpreter& in, Frame& frame, Expr*& expr) {
  if (expr == nullptr) return true;
  if (expr->kind == ExprKind::kStarred) {
    auto* own = copy_of<Starred>(in, expr);
    expr = own;
    return settle(in, frame, own->value);
  }
  const Value value = part(in, frame, expr);
  if (value.missing()) return false;
  expr = constant_of(in, expr, value);
  return true;
}

bool PausedExpression::settle(Interpreter& in, Frame& frame, Items<Expr*>& items) {
  make_own(in, items);
  return std::all_of(items.begin(), items.end(), [&](Expr*& each) { return settle(in, frame, each); });
}

// Which way a condition decides, asked once.
Truth PausedExpression::decided(Interpreter& in, const void* place, const Value& condition) {
  if (const Value* known = kept(place)) return known->is(Kind::kNone) ? Truth::kUnknown : in.truth(*known);
  const Truth answer = in.truth(condition);
  keep(in, place, answer == Truth::kUnknown ? Value::none() : Value::of(answer == Truth::kTrue));
  return answer;
}

// Whether it is a yield at which the call stops next is not known.
Value PausedExpression::undecided(Interpreter& in) {
  in.note_partial("a `yield` behind a condition that is not known");
  return in.unknown("what stands around a `yield` behind a condition that is not known");
}

Value PausedExpression::logical(Interpreter& in, Frame& frame, const BoolOp* expr) {
  const Value left = part(in, frame, expr->left);
  if (left.missing()) return {};
  const Truth answer = decided(in, &expr->left, left);
  if (answer == Truth::kUnknown) return undecided(in);
  return (answer == Truth::kTrue) == expr->is_or ? left : part(in, frame, expr->right);
}

Value PausedExpression::conditional(Interpreter& in, Frame& frame, const Conditional* expr) {
  const Value condition = part(in, frame, expr->condition);
  if (condition.missing()) return {};
  const Truth answer = decided(in, &expr->condition, condition);
  if (answer == Truth::kUnknown) return undecided(in);
  return part(in, frame, answer == Truth::kTrue ? expr->yes : expr->no);
}

// A pair of the chain is compared once.
Value PausedExpression::compared(Interpreter& in, Frame& frame, const Compare* expr) {
  Value left = part(in, frame, expr->first), result;
  for (std::size_t i = 0; i < expr->operators.size() && !left.missing(); ++i) {
    const Value right = part(in, frame, expr->rest[i]);
    if (right.missing()) return {};
    const void* const place = &expr->rest[i];
    if (const Value* known = kept(place)) {
      result = *known;
    } else {
      result = in.compare(expr->operators[i], left, right);
      keep(in, place, result);
    }
    if (i + 1 < expr->operators.size()) {
      const Truth answer = decided(in, &expr->operators[i], result);
      if (answer == Truth::kUnknown) return undecided(in);
      if (answer == Truth::kFalse) return result;
    }
    left = right;
  }
  return left.missing() ? left : result;
}

bool PausedExpression::settle(Interpreter& in, Frame& frame, Items<CallArgument>& items) {
  make_own(in, items);
  return std::all_of(items.begin(), items.end(), [&](CallArgument& each) { return settle(in, frame, each.value); });
}

bool PausedExpression::settle_call(Interpreter& in, Frame& frame, Call* call) {
  return settle(in, frame, call->callee) && settle(in, frame, call->arguments);
}

bool PausedExpression::settle_dict(Interpreter& in, Frame& frame, DictDisplay* dict) {
  make_own(in, dict->keys);
  make_own(in, dict->values);
  for (std::size_t i = 0; i < dict->keys.size(); ++i) {
    if (!settle(in, frame, dict->keys[i]) || !settle(in, frame, dict->values[i])) return false;
  }
  return true;
}

bool PausedExpression::settle_format(Interpreter& in, Frame& frame, Format* format) {
  make_own(in, format->parts);
  return std::all_of(format->parts.begin(), format->parts.end(),
                     [&](FormatPart& each) { return settle(in, frame, each.value) && settle(in, frame, each.spec); });
}

// A copy of the expression with the values of its parts in it; null where it stops at a yield.
const Expr* PausedExpression::settled(Interpreter& in, Frame& frame, const Expr* expr) {
  const auto with = [&](auto* own, auto... children) -> const Expr* {
    return (settle(in, frame, own->*children) && ...) ? own : nullptr;
  };
  switch (expr->kind) {
    case ExprKind::kAttribute:
      return with(copy_of<Attribute>(in, expr), &Attribute::object);
    case ExprKind::kBinary:
      return with(copy_of<Binary>(in, expr), &Binary::left, &Binary::right);
    case ExprKind::kUnary:
      return with(copy_of<Unary>(in, expr), &Unary::operand);
    case ExprKind::kTuple:
    case ExprKind::kList:
    case ExprKind::kSet:
      return with(copy_of<Sequence>(in, expr), &Sequence::items);
    case ExprKind::kSubscript:
      return with(copy_of<Subscript>(in, expr), &Subscript::object, &Subscript::key);
    case ExprKind::kSlice:
      return with(copy_of<SliceExpr>(in, expr), &SliceExpr::start, &SliceExpr::stop, &SliceExpr::step);
    case ExprKind::kNamed:
      return with(copy_of<Named>(in, expr), &Named::value);
    case ExprKind::kAwait:
      return with(copy_of<Await>(in, expr), &Await::value);
    case ExprKind::kCall: {
      auto* own = copy_of<Call>(in, expr);
      return settle_call(in, frame, own) ? own : nullptr;
    }
    case ExprKind::kDict: {
      auto* own = copy_of<DictDisplay>(in, expr);
      return settle_dict(in, frame, own) ? own : nullptr;
    }
    case ExprKind::kFormat: {
      auto* own = copy_of<Format>(in, expr);
      return settle_format(in, frame, own) ? own : nullptr;
    }
    case ExprKind::kComprehension: {
      auto* own = copy_of<Comprehension>(in, expr);
      make_own(in, own->clauses);
      return settle(in, frame, own->clauses[0].iterable) ? own : nullptr;
    }
    default:
      return expr;
  }
}

Value PausedExpression::compound(Interpreter& in, Frame& frame, const Expr* expr) {
  switch (expr->kind) {
    case ExprKind::kBool:
      return logical(in, frame, static_cast<const BoolOp*>(expr));
    case ExprKind::kConditional:
      return conditional(in, frame, static_cast<const Conditional*>(expr));
    case ExprKind::kCompare:
      return compared(in, frame, static_cast<const Compare*>(expr));
    default:
      const Expr* own = settled(in, frame, expr);
      return own == nullptr ? Value{} : evaluate(in, frame, own);
  }
}

}  // namespace ckptlint::python
