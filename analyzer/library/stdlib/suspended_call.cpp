// A call of a generator function that stops behind each statement that yields, as context managers need it.
#include "library/stdlib/suspended_call.h"

namespace ckptlint::python {
namespace {

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

bool SuspendedCall::resume(Interpreter& in, const Value& thrown, Value& yielded) {
  FrameScope scope(in, *frame_);
  if (!thrown.missing()) unwind(in, Leaving::kRaise, thrown);
  while (!levels_.empty()) {
    try {
      if (advance(in, yielded)) return true;
    } catch (const PyRaise& raised) {
      in.frame = frame_;
      unwind(in, Leaving::kRaise, raised.exception);
    }
  }
  return false;
}

// Runs one statement, or closes the innermost level.  True: it yielded.
bool SuspendedCall::advance(Interpreter& in, Value& yielded) {
  Level& level = levels_.back();
  if (level.next >= level.block.size()) {
    finish_level(in);
    return false;
  }
  const Stmt* statement = level.block[level.next++];
  in.step();
  frame_->at = &statement->at;
  std::uint32_t before = frame_->yielded->items.count;
  run_statement(in, statement);
  if (frame_->yielded->items.count == before) return false;
  yielded = frame_->yielded->items[before];
  return true;
}

void SuspendedCall::run_statement(Interpreter& in, const Stmt* statement) {
  switch (statement->kind) {
    case StmtKind::kTry:
      push(in, Role::kTryBody, static_cast<const Try*>(statement)->body, statement);
      return;
    case StmtKind::kWith:
      enter_with(in, static_cast<const With*>(statement), 0);
      return;
    case StmtKind::kIf: {
      auto* branch = static_cast<const If*>(statement);
      bool taken = in.test(evaluate(in, *frame_, branch->condition));
      push(in, Role::kBlock, taken ? branch->body : branch->otherwise, statement);
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
