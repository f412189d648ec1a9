// Loading under DeepSpeed ZeRO-3, which goes another way than other loading: with keys converted by a function of its
// own, module by module.
#pragma once

#include <optional>
#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"
#include "loading/key_matching.h"

namespace ckptlint {

struct Zero3Loading {
  std::vector<Zero3Loss> lost;         // by stored
  std::optional<LoadFailure> failure;  // then nothing is known to be lost
};

// The stored tensors that are not loaded on every rank: evaluates `_load_state_dict_into_zero3_model` of the
// given source (transformers.integrations.deepspeed) with the stored keys, as the first rank and, of buffers, as
// another; or the exception in which it ends.  `values` is left at kUnknown.
Known<Zero3Loading> load_under_zero3(const ModuleGraph& graph, const Checkpoint& checkpoint,
                                     const KeyMapping& key_mapping, const Loading& loading, EvaluatedModel* evaluated);

}  // namespace ckptlint
