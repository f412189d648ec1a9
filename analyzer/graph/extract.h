// From the evaluated module object to the module graph.
#pragma once

#include "ckptlint/module_graph.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Rows in the order of torch's named_modules(remove_duplicate=False); class facts as they stand after construction.
// Tensors and modules that are not known are noted in the interpreter (Interpreter::notes).
ModuleGraph extract_graph(python::Interpreter& in, const python::Value& model);

}  // namespace ckptlint
