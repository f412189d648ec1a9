// Which tensors of a model tokens are looked up in, asked of its own code.
#pragma once

#include "ckptlint/known.h"
#include "ckptlint/model.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// Of the model, and of its decoder where it has one.  `graph` was made of the model.
Known<TokenEmbeddings> token_embeddings_of(EvaluatedModel& evaluated, const ModuleGraph& graph);

}  // namespace ckptlint
