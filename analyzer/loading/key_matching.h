// Stored keys against the state dict of the model.
#pragma once

#include "base/result.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// What from_pretrained makes of the keys of an unquantized checkpoint: as transformers 5.23.0 or 4.57.6 do it,
// whichever form the source of `evaluated` has, with the renamings and conversions that its code gives for this model.
// Without `evaluated` (null) only those that every model of 5.23.0 has: LayerNorm.gamma and .beta, weight_g and
// weight_v, a doubled `model.model`. An error, a clause, where the library's code could not be followed.
Result<Loading> match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated);

// The non-persistent buffers that nothing writes once transformers 5 has built the model without values, ascending:
// needs no checkpoint.  None for transformers 4.
std::vector<TensorId> unset_buffers_of(const ModuleGraph& graph, EvaluatedModel* evaluated);

}  // namespace ckptlint
