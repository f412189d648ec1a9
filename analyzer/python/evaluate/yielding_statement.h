// Where the yields of a statement stand, and the statements that a call which stops at them runs in place of others.
#pragma once

#include "python/evaluate/impl.h"

namespace ckptlint::python {

// The expression of a statement at whose yields the call can stop; null where there is none.
const Expr* operand_of(const Stmt* statement);
// Whether a yield stands in another of its expressions.
bool has_yield_beside(Interpreter& in, const Stmt* statement);

// What follows lies in the arena.

Block block_of(Interpreter& in, Stmt* first, const Block& more = {});
// The statements of a function, or the one that a lambda stands for.
Block body_of(Interpreter& in, const Code& code);
Assign* assignment_of(Interpreter& in, Expr* target, const Value& value, const Position& at);
// The handlers of a `try` from one on, in whose type a yield stands, as a chain of `if` that raises the exception at
// its end.
Block branches_of_handlers(Interpreter& in, const Try* statement, const ExceptClause* from, const Value& exception);

}  // namespace ckptlint::python
