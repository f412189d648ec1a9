// How transformers distributes a model over processes, by its own code.
#pragma once

#include <optional>

#include "ckptlint/checkpoint.h"
#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "ckptlint/parallel_map.h"
#include "graph/evaluated_model.h"
#include "parallel/forward.h"

namespace ckptlint {

struct StoredWeights {
  const Checkpoint& checkpoint;
  const Loading* loading;  // what transformers 4 matches; null where that is not known, and for transformers 5
};

// What from_pretrained(distributed_config=...), or tp_plan="auto" before transformers 5.13, leaves on each rank of a
// machine whose torch knows of no accelerator.  `graph`: of the model.  Without `stored` every tensor is taken to be
// stored as the model has it.  The model is afterwards what it was.  With
// `forward` its forward pass is tried on each rank that differs.  Not known where the library's code could not be
// followed.
Known<ParallelMap> distribute(const ParallelSizes& sizes, const ModuleGraph& graph, EvaluatedModel& evaluated,
                              const StoredWeights* stored,
                              const std::optional<ForwardQuestion>& forward = std::nullopt);

// Whether the model has a plan for tensor parallelism.
bool has_tensor_plan(EvaluatedModel& evaluated);

}  // namespace ckptlint
