// Groups of exceptions, which `except*` takes apart.
#pragma once

#include "python/evaluate/impl.h"

namespace ckptlint::python {

// Of an exception, what a handler of `type` takes and what is left, each kMissing where that is nothing.  Groups keep
// how they are nested.
struct SplitGroup {
  Value taken, left;
};
SplitGroup split_group(Interpreter& in, const Value& exception, const Value& type);

// The exceptions of a group; null for any other exception.
const Tuple* exceptions_of_group(Interpreter& in, const Value& exception);

// The clauses of a `try` with `except*`, one after the other, each with its part of what was raised.
Flow run_group_handlers(Interpreter& in, Frame& frame, const Try* statement, const PyRaise& raised);

}  // namespace ckptlint::python
