// Where a module's parameters, buffers and children were registered.
#pragma once

#include "python/interpreter.h"

namespace ckptlint::python::torch {

// Where the entry of that name was registered last; and where at first, if it is a parameter and was replaced since.
struct RegisteredAt {
  Span latest, first;
};
RegisteredAt registered_at(const Interpreter& in, ModuleInstance* module, const Str* name);

}  // namespace ckptlint::python::torch
