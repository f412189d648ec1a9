// One function for each third-party package that is described here.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

void install_packaging(Interpreter& in);
void install_numpy(Interpreter& in);
void install_strict(Interpreter& in);
// What the files beside the weights are read with; not part of install_library, as models are built without them.
void install_companion_packages(Interpreter& in);

}  // namespace ckptlint::python
