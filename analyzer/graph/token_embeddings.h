// Which tensors of a model tokens are looked up in, asked of its own code.
#pragma once

#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// The weights of what get_input_embeddings gives, of the model and of its decoder where it has one: tables with a row a
// token alone, so that there are none in a model of images.  `graph` was made of the model.
Known<std::vector<TensorId>> token_embeddings_of(EvaluatedModel& evaluated, const ModuleGraph& graph);

}  // namespace ckptlint
