// What `_init_weights` does to the buffers that no checkpoint holds, and to what a checkpoint holds.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "ckptlint/module_graph.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Whether from_pretrained of this release builds a model of that class, or like that model, with all of it on the meta
// device, as transformers 5 does; before, the parameters alone went there.  Nothing where that could not be evaluated.
std::optional<bool> builds_on_meta(python::Interpreter& in, const python::Value& type_or_model);

// Tensor::rebuild of the non-persistent buffers of `graph`, which extract_graph made of `model`: evaluates
// `initialize_weights` of transformers 5 as loading does when every stored tensor is there.  Left unknown where the
// library has no such method; all written where the library builds buffers outside the meta device, as before
// transformers 5.
void trace_initialization(python::Interpreter& in, const python::Value& model, ModuleGraph& graph);

struct AfterLoading {
  std::vector<Rebuild> missing;       // of each tensor that was missing: whether `_init_weights` writes it
  std::vector<TensorId> overwritten;  // loaded, and written once more, ascending
};

// The same once a checkpoint is loaded that lacks the tensors `missing` of the state dict (ascending).  All kUnknown
// and nothing overwritten where that is not known: for one, where weights are loaded after the initialisation, as
// before transformers 5.  To be called after trace_initialization, on a large stack.
AfterLoading trace_after_loading(python::Interpreter& in, const python::Value& model, const ModuleGraph& graph,
                                 const std::vector<TensorId>& missing);

// Of loaded tensors, given with the values that they were loaded with (row-major): those that have other values once
// `_init_weights` has written them, ascending.  A value that cannot be followed counts as another one.  To be called
// after trace_after_loading found something overwritten, on a large stack.
std::vector<TensorId> changed_by_initialization(python::Interpreter& in, const python::Value& model,
                                                const ModuleGraph& graph, const std::vector<TensorId>& missing,
                                                const std::vector<std::pair<TensorId, std::vector<double>>>& loaded);

// The non-persistent buffers that are set on the first rank and on no other, ascending, where FSDP has that one load
// the checkpoint for all (cpu_ram_efficient_loading): evaluates what the library does on another rank.  None before
// transformers 5, which keeps what the constructor computed.  Nothing where that is not known.  To be called after
// trace_initialization, on a large stack.
std::optional<std::vector<TensorId>> trace_other_ranks(python::Interpreter& in, const python::Value& model,
                                                       const ModuleGraph& graph);

}  // namespace ckptlint
