// Where a module's parameters, buffers and children were registered.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python::torch {

// Where an entry of one of a module's tables was registered last; and where at first, if it is a parameter and was
// replaced since.  What the code put into the table itself was registered nowhere.
struct RegisteredAt {
  Span latest, first;
};
RegisteredAt registered_at(const Interpreter& in, const Dict::Entry& entry);

}  // namespace ckptlint::python::torch
