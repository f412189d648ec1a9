// copy.copy and copy.deepcopy.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

Value shallow_copy(Interpreter& in, const Value& value);

// A copy of everything reachable from `value`; objects reached twice are copied once.  `memo` maps id() to copies; null
// for a new one.  Classes, functions and modules are themselves.  Raises RecursionError past a fixed depth.
Value deep_copy(Interpreter& in, const Value& value, Dict* memo = nullptr);

}  // namespace ckptlint::python
