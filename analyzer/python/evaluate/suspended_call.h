// A generator function's call that stops at its yields.
//
// The statements around a yield are walked with an explicit stack, and the expression around it part by part, so the
// call can stop at a yield and go on later, with a value that is sent or an exception that is thrown in.  Where a yield
// stands among the decorators or defaults of a `def`, the statement runs to its end first, and what is sent is not
// known to it.
#pragma once

#include "python/evaluate/paused_expression.h"

namespace ckptlint::python {

class SuspendedCall {
 public:
  // Binds the arguments; nothing runs yet.  Raises TypeError as a call does.
  SuspendedCall(Interpreter& in, Function* function, const Arguments& arguments);

  // Runs to the next yield.  False: the function has ended.  `sent` is the value of the yield where the call stopped;
  // `thrown`, unless kMissing, is raised there instead.
  bool resume(Interpreter& in, const Value& sent, const Value& thrown, Value& yielded);

  bool started() const { return started_; }
  bool running() const { return running_; }
  bool ended() const { return levels_.empty() && !running_; }
  // What the function returned, once it has ended.
  const Value& result() const { return frame_->result; }

 private:
  enum class Role : std::uint8_t { kBlock, kTryBody, kTryElse, kHandler, kFinally, kWith, kFor, kWhile, kYieldFrom };
  enum class Leaving : std::uint8_t { kNothing, kReturn, kBreak, kContinue, kRaise };
  struct Level {
    Role role = Role::kBlock;
    Leaving leaving = Leaving::kNothing;  // kFinally: what to go on with behind it
    Block block{};
    std::uint32_t next = 0;
    const Stmt* statement = nullptr;
    Value exit;           // kWith: of the context manager
    Value exception;      // kHandler: what it handles; kFinally: what it interrupts
    Value delegate;       // kYieldFrom: the iterator
    Iteration iteration;  // kFor
    std::uint32_t with_item = 0;
  };

  void advance(Interpreter& in);
  bool go_on(Interpreter& in, Value& yielded);
  bool next_queued(Value& yielded);
  void queue(Interpreter& in, const Value& value) { frame_->yielded->items.push(in.arena, value); }
  // Begins the expression of a statement; stops at its next yield, or finishes the statement with its value.
  void begin(Interpreter& in, const Stmt* statement);
  void go_on_with(Interpreter& in, const Stmt* statement);
  void stop(Interpreter& in, const Stmt* statement);
  // False where it stops at a yield in the target.
  bool assign_to(Interpreter& in, const Stmt* statement, const Expr* target, const Value& value);
  template <typename T>
  void run_with(Interpreter& in, T* own, Expr* T::*second, const Stmt* statement);
  void take(Interpreter& in, Expr* target, const Value& value);
  void wait_for_target(Interpreter& in, const With* statement, std::uint32_t item);
  void choose_case(Interpreter& in, const Match* statement, const Value& subject);
  void handle(Interpreter& in, const Try* statement, const Block& block, const Value& exception);
  void delete_targets(Interpreter& in, const Delete* statement);
  void finish(Interpreter& in, const Stmt* statement, const Value& value);
  // Gives the yield of the statement where the call stopped its value.
  void complete(Interpreter& in, const Stmt* statement, const Value& value);
  // One step of a `yield from`, with a value or an exception for its iterator.
  void delegate_step(Interpreter& in, const Value& sent, const Value& thrown);
  void raise_inside(Interpreter& in, const Value& thrown);
  void run_statement(Interpreter& in, const Stmt* statement);
  void run_whole(Interpreter& in, Stmt* statement);
  void enter_branch(Interpreter& in, const If* statement);
  void enter_case(Interpreter& in, const Match* statement);
  void enter_for(Interpreter& in, const For* statement, const Value& iterable);
  void push(Interpreter& in, Role role, const Block& block, const Stmt* statement);
  // From that item on.
  void enter_with(Interpreter& in, const With* statement, std::uint32_t item);
  void enter_item(Interpreter& in, const With* statement, std::uint32_t item, const Value& manager);
  void finish_level(Interpreter& in);
  // Leaves levels until one goes on; raises where none does.
  void unwind(Interpreter& in, Leaving leaving, Value exception);
  void finish_round(Interpreter& in);
  void go_round(Interpreter& in, bool again);

  Frame* frame_;  // its `yielded` are the values that are still to be given out, from `given_out_` on
  std::uint32_t given_out_ = 0;
  ArenaVector<Level> levels_;
  PausedExpression expression_;       // of the statement that waits
  std::uint32_t with_item_ = 0;       // of a `with`: whose that is
  const Stmt* stopped_at_ = nullptr;  // waits for the value of its yield
  ArenaVector<Value> handling_;       // the exceptions that the call was handling where it stopped
  bool started_ = false;
  bool running_ = false;
};

}  // namespace ckptlint::python
