// How transformers distributes a model over processes, by its own code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/parallel_map.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// What from_pretrained(distributed_config=...) leaves on each rank.  `missing`: names that are not loaded, for ties; nothing
// where no weights are at hand.  The model is afterwards what it was.  Not known where the library's code could not be
// followed.
Known<ParallelMap> distribute(const ParallelSizes& sizes, EvaluatedModel& evaluated,
                              const std::optional<std::vector<std::string>>& missing);

}  // namespace ckptlint
