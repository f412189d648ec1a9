// The names that the import system gives to every module: __doc__, __spec__, __file__ and their like.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// What every module is given when it is imported, once somebody asks.  kMissing for other names.
Value given_to_module(Interpreter& in, Module* module, Str* name);

}  // namespace ckptlint::python
