// What the rest of the library takes from this folder.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

void install_transformers(Interpreter& in);

}  // namespace ckptlint::python
