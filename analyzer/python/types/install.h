// What the rest takes from this folder beside the functions on values of one type.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The builtin classes with their methods, and what values of every kind do: before anything else is installed.
void install_builtin_types(Interpreter& in);

}  // namespace ckptlint::python
