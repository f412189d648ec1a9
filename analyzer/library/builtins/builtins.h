// The parts of the builtins module, one for a file.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

void fill_exceptions(Interpreter& in);
void fill_code(Interpreter& in);
void fill_functions(Interpreter& in);
void fill_reflection(Interpreter& in);
void fill_iterators(Interpreter& in);

}  // namespace ckptlint::python
