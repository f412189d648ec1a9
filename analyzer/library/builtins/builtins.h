// The parts of the builtins module, one for a file.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

void fill_exceptions(Interpreter& in);
void fill_functions(Interpreter& in);
void fill_reflection(Interpreter& in);
void fill_iterators(Interpreter& in);
void fill_numbers(Interpreter& in);
void fill_text(Interpreter& in);
void fill_bytes(Interpreter& in);
void fill_sequences(Interpreter& in);
void fill_dicts(Interpreter& in);
void fill_sets(Interpreter& in);

}  // namespace ckptlint::python
