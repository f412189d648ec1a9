// A call of a generator function that stops at each yield.
#include "python/evaluate/suspended_call.h"

#include "python/evaluate/containers.h"
#include "python/evaluate/generators.h"

namespace ckptlint::python {
namespace {

// The yield that a statement waits for as a whole; null where there is none.
const Yield* whole_yield(const Stmt* statement) {
  const Expr* value = nullptr;
  switch (statement->kind) {
    case StmtKind::kExpr:
      value = static_cast<const ExprStmt*>(statement)->value;
      break;
    case StmtKind::kAssign:
      value = static_cast<const Assign*>(statement)->value;
      break;
    case StmtKind::kAugAssign:
      value = static_cast<const AugAssign*>(statement)->value;
      break;
    case StmtKind::kAnnAssign:
      value = static_cast<const AnnAssign*>(statement)->value;
      break;
    case StmtKind::kReturn:
      value = static_cast<const Return*>(statement)->value;
      break;
    default:
      return nullptr;
  }
  return value != nullptr && value->kind == ExprKind::kYield ? static_cast<const Yield*>(value) : nullptr;
}

Value type_of_exception(const Value& exception) {
  return exception.is(Kind::kInstance) ? Value::of(exception.as<Instance>()->type) : exception;
}

}  // namespace

SuspendedCall::SuspendedCall(Interpreter& in, Function* function, const Arguments& arguments)
    : frame_(start_frame(in, function, arguments)) {
  frame_->yielded = in.list();
  push(in, Role::kBlock, function->code->body, nullptr);
}

void SuspendedCall::push(Interpreter& in, Role role, const Block& block, const Stmt* statement) {
  Level level;
  level.role = role;
  level.block = block;
  level.statement = statement;
  levels_.push(in.arena, level);
}

bool SuspendedCall::resume(Interpreter& in, const Value& sent, const Value& thrown, Value& yielded) {
  if (running_) raise_executing(in);
  struct Running {
    SuspendedCall& call;
    std::vector<Value>& handling;
    std::size_t base;
    ~Running() {
      handling.resize(base);
      call.running_ = false;
    }
  } leave{*this, in.impl->handling, in.impl->handling.size()};
  running_ = started_ = true;
  for (const Value& each : handling_) in.impl->handling.push_back(each);
  handling_.count = 0;
  FrameScope scope(in, *frame_);
  if (next_queued(yielded)) return true;
  try {
    if (!levels_.empty() && levels_.back().role == Role::kYieldFrom) {
      delegate_step(in, sent, thrown);
    } else if (!thrown.missing()) {
      stopped_at_ = nullptr;
      raise_inside(in, thrown);
    } else if (stopped_at_ != nullptr) {
      complete(in, std::exchange(stopped_at_, nullptr), sent);
    }
  } catch (const PyRaise& raised) {
    in.frame = frame_;
    raise_inside(in, raised.exception);
  }
  if (!go_on(in, yielded)) return false;
  for (std::size_t i = leave.base; i < in.impl->handling.size(); ++i) handling_.push(in.arena, in.impl->handling[i]);
  return true;
}

bool SuspendedCall::next_queued(Value& yielded) {
  auto& items = frame_->yielded->items;
  if (given_out_ == items.count) return false;
  yielded = items[given_out_++];
  if (given_out_ == items.count) items.count = given_out_ = 0;
  return true;
}

// False: the function has ended.
bool SuspendedCall::go_on(Interpreter& in, Value& yielded) {
  while (true) {
    if (next_queued(yielded)) return true;
    if (levels_.empty()) return false;
    try {
      advance(in);
    } catch (const PyRaise& raised) {
      in.frame = frame_;
      raise_inside(in, raised.exception);
    }
  }
}

void SuspendedCall::raise_inside(Interpreter& in, const Value& thrown) { unwind(in, Leaving::kRaise, thrown); }

// Runs one statement, or closes the innermost level.
void SuspendedCall::advance(Interpreter& in) {
  Level& level = levels_.back();
  if (level.next >= level.block.size()) {
    finish_level(in);
    return;
  }
  const Stmt* statement = level.block[level.next++];
  in.step();
  frame_->at = &statement->at;
  run_statement(in, statement);
}

void SuspendedCall::stop_at(Interpreter& in, const Stmt* statement, const Yield* yield) {
  Value value = yield->value == nullptr ? Value::none() : evaluate(in, *frame_, yield->value);
  if (!yield->from) {
    queue(in, value);
    stopped_at_ = statement;
    return;
  }
  const Value iterator = make_iterator(in, value);
  if (iterator.unknown()) {
    in.note_partial("yields from what is not known");
    complete(in, statement, iterator);
    return;
  }
  push(in, Role::kYieldFrom, {}, statement);
  levels_.back().delegate = iterator;
  delegate_step(in, Value::none(), {});
}

void SuspendedCall::delegate_step(Interpreter& in, const Value& sent, const Value& thrown) {
  const Stmt* statement = levels_.back().statement;
  const Value iterator = levels_.back().delegate;
  Value item, result = Value::none();
  try {
    item = step_iterator(in, iterator, sent, thrown, result);
  } catch (const PyRaise&) {
    --levels_.count;  // the exception is raised at the yield
    throw;
  }
  if (!item.missing()) return queue(in, item);
  --levels_.count;
  complete(in, statement, result);
}

void SuspendedCall::complete(Interpreter& in, const Stmt* statement, const Value& value) {
  frame_->at = &statement->at;
  switch (statement->kind) {
    case StmtKind::kAssign:
      for (const Expr* target : static_cast<const Assign*>(statement)->targets) assign(in, *frame_, target, value);
      return;
    case StmtKind::kAugAssign: {
      const auto* assignment = static_cast<const AugAssign*>(statement);
      const Value old = evaluate(in, *frame_, assignment->target);
      assign(in, *frame_, assignment->target, in.in_place(assignment->op, old, value));
      return;
    }
    case StmtKind::kAnnAssign:
      assign(in, *frame_, static_cast<const AnnAssign*>(statement)->target, value);
      return;
    case StmtKind::kReturn:
      frame_->result = value;
      unwind(in, Leaving::kReturn, {});
      return;
    default:
      return;
  }
}

void SuspendedCall::run_statement(Interpreter& in, const Stmt* statement) {
  if (const Yield* yield = whole_yield(statement)) return stop_at(in, statement, yield);
  switch (statement->kind) {
    case StmtKind::kTry:
      push(in, Role::kTryBody, static_cast<const Try*>(statement)->body, statement);
      return;
    case StmtKind::kWith:
      enter_with(in, static_cast<const With*>(statement), 0);
      return;
    case StmtKind::kIf: {
      auto* branch = static_cast<const If*>(statement);
      push(in, Role::kBlock, branch_of(in, *frame_, branch), statement);
      return;
    }
    case StmtKind::kFor: {
      auto* loop = static_cast<const For*>(statement);
      Iteration iteration;
      if (!in.iterate(evaluate(in, *frame_, loop->iterable), iteration)) return;
      push(in, Role::kFor, {}, statement);
      levels_.back().iteration = iteration;
      return;
    }
    case StmtKind::kWhile:
      push(in, Role::kWhile, {}, statement);
      return;
    default: {
      Stmt* one = const_cast<Stmt*>(statement);
      switch (run_block(in, *frame_, Block{&one, 1})) {
        case Flow::kNext:
          return;
        case Flow::kReturn:
          unwind(in, Leaving::kReturn, {});
          return;
        case Flow::kBreak:
          unwind(in, Leaving::kBreak, {});
          return;
        case Flow::kContinue:
          unwind(in, Leaving::kContinue, {});
          return;
      }
    }
  }
}

void SuspendedCall::enter_with(Interpreter& in, const With* statement, std::uint32_t item) {
  for (; item < statement->items.size(); ++item) {
    Value manager = evaluate(in, *frame_, statement->items[item].value);
    Value entered = manager;
    push(in, Role::kWith, {}, statement);
    levels_.back().with_item = item;
    if (!manager.unknown()) {
      Value exit = in.attribute(manager, in.sym.__exit__);
      try {
        entered = in.call_method(manager, in.sym.__enter__);
      } catch (const PyRaise&) {
        --levels_.count;  // not entered, so not left
        throw;
      }
      levels_.back().exit = exit;
    }
    if (statement->items[item].target != nullptr) assign(in, *frame_, statement->items[item].target, entered);
  }
  push(in, Role::kBlock, statement->body, statement);
}

bool SuspendedCall::next_round(Interpreter& in, Level& loop) {
  in.step();
  if (loop.role == Role::kWhile) {
    auto* statement = static_cast<const While*>(loop.statement);
    return in.test(evaluate(in, *frame_, statement->condition));
  }
  auto* statement = static_cast<const For*>(loop.statement);
  Value element;
  if (!in.next(loop.iteration, element)) return false;
  assign(in, *frame_, statement->target, element);
  return true;
}

// The innermost block has run to its end.
void SuspendedCall::finish_level(Interpreter& in) {
  Level done = levels_.back();
  if (done.role == Role::kFor || done.role == Role::kWhile) {
    bool is_for = done.role == Role::kFor;
    const Block& body =
        is_for ? static_cast<const For*>(done.statement)->body : static_cast<const While*>(done.statement)->body;
    if (next_round(in, levels_.back())) {
      push(in, Role::kBlock, body, done.statement);
      return;
    }
    const Block& otherwise = is_for ? static_cast<const For*>(done.statement)->otherwise
                                    : static_cast<const While*>(done.statement)->otherwise;
    --levels_.count;
    push(in, Role::kBlock, otherwise, nullptr);
    return;
  }
  --levels_.count;
  auto* statement = static_cast<const Try*>(done.statement);
  switch (done.role) {
    case Role::kTryBody:
      push(in, Role::kTryElse, statement->otherwise, statement);
      return;
    case Role::kHandler:
      in.impl->handling.pop_back();
      [[fallthrough]];
    case Role::kTryElse:
      push(in, Role::kFinally, statement->finally, statement);
      return;
    case Role::kFinally:
      if (done.leaving != Leaving::kNothing) unwind(in, done.leaving, done.exception);
      return;
    case Role::kYieldFrom:
      push(in, Role::kYieldFrom, {}, done.statement);
      levels_.back().delegate = done.delegate;
      delegate_step(in, Value::none(), {});
      return;
    case Role::kWith:
      if (!done.exit.missing()) in.call(done.exit, {Value::none(), Value::none(), Value::none()});
      return;
    default:
      return;
  }
}

void SuspendedCall::unwind(Interpreter& in, Leaving leaving, Value exception) {
  while (!levels_.empty()) {
    Level level = levels_.back();
    bool loop = level.role == Role::kFor || level.role == Role::kWhile;
    if (loop && leaving == Leaving::kContinue) return;
    --levels_.count;
    if (loop && leaving == Leaving::kBreak) return;
    if (level.role == Role::kHandler) in.impl->handling.pop_back();
    auto* statement = static_cast<const Try*>(level.statement);
    try {
      if (level.role == Role::kTryBody && leaving == Leaving::kRaise) {
        for (const ExceptClause& handler : statement->handlers) {
          if (handler.type != nullptr && handler.type->kind == ExprKind::kStarred) {
            in.note_partial("`except*` in a generator");
            continue;
          }
          if (handler.type != nullptr && !matches_handler(in, exception, evaluate(in, *frame_, handler.type))) continue;
          if (handler.target != nullptr) store_name(in, *frame_, handler.target, exception);
          push(in, Role::kHandler, handler.body, statement);
          in.impl->handling.push_back(exception);
          return;
        }
      }
      bool of_try = level.role == Role::kTryBody || level.role == Role::kTryElse || level.role == Role::kHandler;
      if (of_try && !statement->finally.empty()) {
        push(in, Role::kFinally, statement->finally, statement);
        levels_.back().leaving = leaving;
        levels_.back().exception = exception;
        return;
      }
      if (level.role == Role::kWith && !level.exit.missing()) {
        bool raising = leaving == Leaving::kRaise;
        Value answer = in.call(level.exit, {raising ? type_of_exception(exception) : Value::none(),
                                            raising ? exception : Value::none(), Value::none()});
        if (raising && in.truth(answer) == Truth::kTrue) return;
      }
    } catch (const PyRaise& raised) {  // in a handler's type, or in __exit__: takes the place of what was on its way
      in.frame = frame_;
      leaving = Leaving::kRaise;
      exception = raised.exception;
    }
  }
  if (leaving == Leaving::kRaise) throw PyRaise{exception, in.here()};
}

}  // namespace ckptlint::python
