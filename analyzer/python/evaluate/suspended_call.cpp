// A call of a generator function that stops at each yield.
#include "python/evaluate/suspended_call.h"

#include <utility>

#include "python/evaluate/containers.h"
#include "python/evaluate/generators.h"
#include "python/evaluate/yielding_statement.h"

namespace ckptlint::python {
namespace {

// A copy of the statement in which the value is in the place of its operand.
template <typename T>
T* with_value(Interpreter& in, const Stmt* statement, Expr* T::*operand, const Value& value) {
  T* own = in.arena.make<T>(*static_cast<const T*>(statement));
  own->*operand = constant_of(in, own->*operand, value);
  return own;
}

Value type_of_exception(const Value& exception) {
  return exception.is(Kind::kInstance) ? Value::of(exception.as<Instance>()->type) : exception;
}

}  // namespace

SuspendedCall::SuspendedCall(Interpreter& in, Function* function, const Arguments& arguments)
    : frame_(start_frame(in, function, arguments)) {
  frame_->yielded = in.list();
  push(in, Role::kBlock, body_of(in, *function->code), nullptr);
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
  if (next_queued(yielded)) return true;
  for (const Value& each : handling_) in.impl->handling.push_back(each);
  handling_.count = 0;
  FrameScope scope(in, *frame_);
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

void SuspendedCall::begin(Interpreter& in, const Stmt* statement) {
  expression_.begin(operand_of(statement));
  go_on_with(in, statement);
}

void SuspendedCall::go_on_with(Interpreter& in, const Stmt* statement) {
  if (statement->kind == StmtKind::kAugAssign &&
      expression_.part(in, *frame_, static_cast<const AugAssign*>(statement)->target).missing())
    return stop(in, statement);
  const Value value = expression_.go_on(in, *frame_);
  if (expression_.yield() != nullptr) return stop(in, statement);
  finish(in, statement, value);
}

// At the yield to which the expression has come.
void SuspendedCall::stop(Interpreter& in, const Stmt* statement) {
  if (!expression_.yield()->from) {
    queue(in, expression_.operand());
    stopped_at_ = statement;
    return;
  }
  const Value iterator = make_iterator(in, expression_.operand());
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
  expression_.answer(in, value);
  go_on_with(in, statement);
}

void SuspendedCall::finish(Interpreter& in, const Stmt* statement, const Value& value) {
  switch (statement->kind) {
    case StmtKind::kAssign:
      for (const Expr* target : static_cast<const Assign*>(statement)->targets) {
        if (!assign_to(in, statement, target, value)) return;
      }
      return;
    case StmtKind::kAugAssign: {
      const auto* assignment = static_cast<const AugAssign*>(statement);
      const Value old = expression_.part(in, *frame_, assignment->target);
      (void)assign_to(in, statement, assignment->target, in.in_place(assignment->op, old, value));
      return;
    }
    case StmtKind::kAnnAssign:
      (void)assign_to(in, statement, static_cast<const AnnAssign*>(statement)->target, value);
      return;
    case StmtKind::kDelete:
      return delete_targets(in, static_cast<const Delete*>(statement));
    case StmtKind::kClass: {
      auto* own = in.arena.make<ClassDef>(*static_cast<const ClassDef*>(statement));
      if (!expression_.settle(in, *frame_, own->decorators) || !expression_.settle(in, *frame_, own->bases))
        return stop(in, statement);
      return run_whole(in, own);
    }
    case StmtKind::kMatch:
      return choose_case(in, static_cast<const Match*>(statement), value);
    case StmtKind::kWith: {
      const std::uint32_t item = with_item_;
      enter_item(in, static_cast<const With*>(statement), item, value);
      if (levels_.back().role == Role::kBlock)
        return wait_for_target(in, static_cast<const With*>(statement), item + 1);
      return enter_with(in, static_cast<const With*>(statement), item + 1);
    }
    case StmtKind::kReturn:
      frame_->result = value;
      unwind(in, Leaving::kReturn, {});
      return;
    case StmtKind::kIf:
      return enter_branch(in, with_value<If>(in, statement, &If::condition, value));
    case StmtKind::kFor:
      return enter_for(in, static_cast<const For*>(statement), value);
    case StmtKind::kWhile:
      return go_round(in, in.test(value));
    case StmtKind::kRaise:
      return run_with(in, with_value<Raise>(in, statement, &Raise::value, value), &Raise::cause, statement);
    case StmtKind::kAssert: {
      auto* own = with_value<Assert>(in, statement, &Assert::condition, value);
      return in.truth(value) == Truth::kFalse ? run_with(in, own, &Assert::message, statement) : run_whole(in, own);
    }
    default:
      return;
  }
}

// With the value of a second operand, which stands behind the first.
template <typename T>
void SuspendedCall::run_with(Interpreter& in, T* own, Expr* T::*second, const Stmt* statement) {
  if (has_yield(in, own->*second)) {
    const Value value = expression_.part(in, *frame_, own->*second);
    if (value.missing()) return stop(in, statement);
    own->*second = constant_of(in, own->*second, value);
  }
  run_whole(in, own);
}

bool SuspendedCall::assign_to(Interpreter& in, const Stmt* statement, const Expr* target, const Value& value) {
  const Expr* own = has_yield(in, target) ? expression_.target(in, *frame_, target) : target;
  if (own == nullptr)
    stop(in, statement);
  else if (expression_.first_at(in, &target->at))
    assign(in, *frame_, own, value);
  return own != nullptr;
}

void SuspendedCall::delete_targets(Interpreter& in, const Delete* statement) {
  for (const Expr* target : statement->targets) {
    const Expr* own = expression_.target(in, *frame_, target);
    if (own == nullptr) return stop(in, statement);
    if (!expression_.first_at(in, &target->at)) continue;
    auto* alone = in.arena.make<Delete>(*statement);
    alone->targets.items = in.arena.array<Expr*>(1);
    alone->targets.items[0] = const_cast<Expr*>(own);
    alone->targets.count = 1;
    run_whole(in, alone);
  }
}

void SuspendedCall::enter_case(Interpreter& in, const Match* statement) {
  push(in, Role::kBlock, case_of(in, *frame_, statement), statement);
}

// The first case that fits, at whose guards it may stop.
void SuspendedCall::choose_case(Interpreter& in, const Match* statement, const Value& subject) {
  if (subject.unknown()) return (void)in.test(subject);
  for (const MatchCase& one : statement->cases) {
    const bool fits =
        expression_.decided(in, &one.pattern, [&] { return match_pattern(in, *frame_, one.pattern, subject); });
    if (!fits) continue;
    if (one.guard != nullptr) {
      const Value guard = expression_.part(in, *frame_, one.guard);
      if (guard.missing()) return stop(in, statement);
      if (!expression_.decided(in, &one.guard, [&] { return in.test(guard); })) continue;
    }
    return push(in, Role::kBlock, one.body, statement);
  }
}

void SuspendedCall::enter_branch(Interpreter& in, const If* statement) {
  push(in, Role::kBlock, branch_of(in, *frame_, statement), statement);
}

void SuspendedCall::enter_for(Interpreter& in, const For* statement, const Value& iterable) {
  Iteration iteration;
  if (!in.iterate(iterable, iteration)) return;
  push(in, Role::kFor, {}, statement);
  levels_.back().iteration = iteration;
}

void SuspendedCall::run_whole(Interpreter& in, Stmt* statement) {
  switch (run_block(in, *frame_, Block{&statement, 1})) {
    case Flow::kNext:
      return;
    case Flow::kReturn:
      return unwind(in, Leaving::kReturn, {});
    case Flow::kBreak:
      return unwind(in, Leaving::kBreak, {});
    case Flow::kContinue:
      return unwind(in, Leaving::kContinue, {});
  }
}

void SuspendedCall::run_statement(Interpreter& in, const Stmt* statement) {
  switch (statement->kind) {
    case StmtKind::kTry:
      push(in, Role::kTryBody, static_cast<const Try*>(statement)->body, statement);
      return;
    case StmtKind::kWith:
      enter_with(in, static_cast<const With*>(statement), 0);
      return;
    case StmtKind::kWhile:
      push(in, Role::kWhile, {}, statement);
      return;
    default:
      break;
  }
  if (has_yield(in, operand_of(statement)) || has_yield_beside(in, statement)) return begin(in, statement);
  if (statement->kind == StmtKind::kMatch) return enter_case(in, static_cast<const Match*>(statement));
  if (statement->kind == StmtKind::kIf) return enter_branch(in, static_cast<const If*>(statement));
  if (statement->kind != StmtKind::kFor) return run_whole(in, const_cast<Stmt*>(statement));
  const auto* loop = static_cast<const For*>(statement);
  enter_for(in, loop, evaluate(in, *frame_, loop->iterable));
}

void SuspendedCall::enter_with(Interpreter& in, const With* statement, std::uint32_t item) {
  for (; item < statement->items.size(); ++item) {
    const Expr* manager = statement->items[item].value;
    if (has_yield(in, manager)) {
      with_item_ = item;
      expression_.begin(manager);
      return go_on_with(in, statement);
    }
    enter_item(in, statement, item, evaluate(in, *frame_, manager));
    if (levels_.back().role == Role::kBlock) return wait_for_target(in, statement, item + 1);
  }
  push(in, Role::kBlock, statement->body, statement);
}

// What is to come of the statement lies below the block that assigns the target.
void SuspendedCall::wait_for_target(Interpreter& in, const With* statement, std::uint32_t item) {
  const Level target = levels_.back();
  --levels_.count;
  if (item == statement->items.size()) {
    push(in, Role::kBlock, statement->body, statement);
  } else {
    auto* rest = in.arena.make<With>(*statement);
    rest->items = {statement->items.items + item, statement->items.count - item};
    push(in, Role::kBlock, block_of(in, rest), rest);
  }
  levels_.push(in.arena, target);
}

void SuspendedCall::enter_item(Interpreter& in, const With* statement, std::uint32_t item, const Value& manager) {
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
  if (Expr* target = statement->items[item].target; target != nullptr) take(in, target, entered);
}

// Assigns what a `for` or `with` gives, as a statement of its own where the target has a yield.
void SuspendedCall::take(Interpreter& in, Expr* target, const Value& value) {
  if (!has_yield(in, target)) return assign(in, *frame_, target, value);
  Assign* const statement = assignment_of(in, target, value, target->at);
  push(in, Role::kBlock, block_of(in, statement), statement);
}

// The loop that is the innermost level goes on with its body, or ends.
void SuspendedCall::go_round(Interpreter& in, bool again) {
  const Level done = levels_.back();
  const auto parts = [&](const auto* loop) { return again ? loop->body : loop->otherwise; };
  const Block block = done.role == Role::kFor ? parts(static_cast<const For*>(done.statement))
                                              : parts(static_cast<const While*>(done.statement));
  if (!again) --levels_.count;
  push(in, Role::kBlock, block, again ? done.statement : nullptr);
}

void SuspendedCall::finish_round(Interpreter& in) {
  in.step();
  Level& loop = levels_.back();
  if (loop.role == Role::kWhile) {
    const Expr* condition = static_cast<const While*>(loop.statement)->condition;
    if (has_yield(in, condition)) return begin(in, loop.statement);
    return go_round(in, in.test(evaluate(in, *frame_, condition)));
  }
  Value element;
  const bool again = in.next(loop.iteration, element);
  Expr* target = static_cast<const For*>(levels_.back().statement)->target;
  if (again && !has_yield(in, target)) assign(in, *frame_, target, element);
  go_round(in, again);
  if (again && has_yield(in, target)) take(in, target, element);
}

// The innermost block has run to its end.
void SuspendedCall::finish_level(Interpreter& in) {
  Level done = levels_.back();
  if (done.role == Role::kFor || done.role == Role::kWhile) return finish_round(in);
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

void SuspendedCall::handle(Interpreter& in, const Try* statement, const Block& block, const Value& exception) {
  push(in, Role::kHandler, block, statement);
  in.impl->handling.push_back(exception);
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
          if (has_yield(in, handler.type))
            return handle(in, statement, branches_of_handlers(in, statement, &handler, exception), exception);
          if (handler.type != nullptr && handler.type->kind == ExprKind::kStarred) {
            in.note_partial("`except*` in a generator");
            continue;
          }
          if (handler.type != nullptr && !matches_handler(in, exception, evaluate(in, *frame_, handler.type))) continue;
          if (handler.target != nullptr) store_name(in, *frame_, handler.target, exception);
          return handle(in, statement, handler.body, exception);
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
