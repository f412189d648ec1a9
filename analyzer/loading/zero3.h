// Loading under DeepSpeed ZeRO-3, which goes another way than other loading: module by module, over the parameters.
#pragma once

#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// The stored buffers that are not loaded on every rank, by stored: evaluates `_load_state_dict_into_zero3_model` of the
// given source (transformers.integrations.deepspeed), as the first rank and as another.  `values` is left at kUnknown.
Known<std::vector<Zero3Buffer>> zero3_buffers(const ModuleGraph& graph, const Loading& loading,
                                              EvaluatedModel* evaluated);

}  // namespace ckptlint
