// A generator function's call that stops at its yields.
//
// Generators run eagerly in this evaluator, which is wrong for context managers: what follows the yield must wait for
// the end of the `with` block.  Here the statements around a yield are walked with an explicit stack, so the call can
// stop behind the statement that yields and go on later, with an exception thrown in if need be.
#pragma once

#include "python/evaluate/impl.h"

namespace ckptlint::python {

class SuspendedCall {
 public:
  // Binds the arguments; nothing runs yet.  Raises TypeError as a call does.
  SuspendedCall(Interpreter& in, Function* function, const Arguments& arguments);

  // Runs to behind the next statement that yields.  False: the function has ended.  `thrown`, unless kMissing, is
  // raised where the call stopped.
  bool resume(Interpreter& in, const Value& thrown, Value& yielded);

 private:
  enum class Role : std::uint8_t { kBlock, kTryBody, kTryElse, kHandler, kFinally, kWith, kFor, kWhile };
  enum class Leaving : std::uint8_t { kNothing, kReturn, kBreak, kContinue, kRaise };
  struct Level {
    Role role = Role::kBlock;
    Leaving leaving = Leaving::kNothing;  // kFinally: what to go on with behind it
    Block block{};
    std::uint32_t next = 0;
    const Stmt* statement = nullptr;
    Value exit;       // kWith: of the context manager
    Value exception;  // kHandler: what it handles; kFinally: what it interrupts
    Iteration iteration;
    std::uint32_t with_item = 0;
  };

  bool advance(Interpreter& in, Value& yielded);
  void run_statement(Interpreter& in, const Stmt* statement);
  void push(Interpreter& in, Role role, const Block& block, const Stmt* statement);
  void enter_with(Interpreter& in, const With* statement, std::uint32_t item);
  void finish_level(Interpreter& in);
  // Leaves levels until one goes on; raises where none does.
  void unwind(Interpreter& in, Leaving leaving, Value exception);
  bool next_round(Interpreter& in, Level& loop);

  Frame* frame_;
  ArenaVector<Level> levels_;
};

}  // namespace ckptlint::python
