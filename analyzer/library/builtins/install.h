// What the rest of the library takes from this folder.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The builtin types, functions and exceptions; before everything else.
void install_builtins(Interpreter& in);

}  // namespace ckptlint::python
