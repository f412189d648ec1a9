// What from_pretrained does with a model around reading the weights: marks, moves, initialises and ties it.
#pragma once

#include <optional>

#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"
#include "graph/initialization.h"

namespace ckptlint {

// The exception in which that ends, asked of the library's own code where transformers 5 has it; before, nothing.
// `loaded` was traced with the tensors that `loading` lacks.  Needs a large stack; may throw what run_phase catches.
Known<std::optional<LoadFailure>> find_finish(const LoadedModel& loaded, const python::Value& quantizer,
                                              const Loading& loading);

// The exception in which the initialisation of what is not stored ends, which transformers 4.50 to 4.57 run before they
// fill the model.  Needs a large stack; may throw what run_phase catches.
Known<std::optional<LoadFailure>> find_initialization(EvaluatedModel& evaluated, const ModuleGraph& graph,
                                                      const Loading& loading);

}  // namespace ckptlint
