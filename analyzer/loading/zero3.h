// Loading under DeepSpeed ZeRO-3, which goes another way than other loading: with keys converted by a function of its
// own, module by module.
#pragma once

#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"
#include "loading/key_matching.h"

namespace ckptlint {

// The stored tensors that are not loaded on every rank, by stored: evaluates `_load_state_dict_into_zero3_model` of the
// given source (transformers.integrations.deepspeed) with the stored keys, as the first rank and, of buffers, as
// another. `values` is left at kUnknown.
Known<std::vector<Zero3Loss>> zero3_losses(const ModuleGraph& graph, const Checkpoint& checkpoint,
                                           const KeyMapping& key_mapping, const Loading& loading,
                                           EvaluatedModel* evaluated);

}  // namespace ckptlint
