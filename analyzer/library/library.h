// What an Interpreter is made with.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Everything that evaluated code may import without a file: one folder here for each part of it.
void install_library(Interpreter& in);
// The same with quantizers/ (quantizers/install.h).
void install_library_for_quantizers(Interpreter& in);

}  // namespace ckptlint::python
