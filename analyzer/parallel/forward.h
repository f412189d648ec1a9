// A forward pass of a model on shapes, evaluated from its own source.
#pragma once

#include <cstdint>
#include <optional>

#include "ckptlint/known.h"
#include "ckptlint/parallel_map.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

struct ForwardQuestion {
  std::int64_t batch = 1;
  std::int64_t length = 4;  // tokens of each sequence
  bool watches = false;     // which modules run, and which puts what into the cache
};

// model(input_ids=..., use_cache=True).  Not known where the code could not be followed, or takes no input_ids.  For a
// phase (graph/asking.h): limits of the evaluator pass through.
Known<ForwardPass> forward_of(EvaluatedModel& evaluated, const ForwardQuestion& question);

// How many positions the config says that the model has; nothing where it does not.
std::optional<std::int64_t> positions_of(EvaluatedModel& evaluated);

// The same pass, as a phase of its own.
Known<ForwardPass> find_forward(EvaluatedModel& evaluated, const ForwardQuestion& question);

}  // namespace ckptlint
