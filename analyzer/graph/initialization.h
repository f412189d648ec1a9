// What `_init_weights` does to the buffers that no checkpoint holds.
#pragma once

#include "ckptlint/module_graph.h"
#include "python/interpreter.h"

namespace ckptlint {

// Tensor::rebuild of the non-persistent buffers of `graph`, which extract_graph made of `model`: evaluates
// `initialize_weights` of transformers 5 as loading does when every stored tensor is there.  Left unknown where the
// library has no such method; all written where the library builds buffers outside the meta device, as before
// transformers 5.
void trace_initialization(python::Interpreter& in, const python::Value& model, ModuleGraph& graph);

}  // namespace ckptlint
