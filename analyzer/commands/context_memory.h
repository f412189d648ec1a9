// `ckptlint map --context --batch --gpu`: what ranks or devices hold while the model runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "ckptlint/known.h"
#include "ckptlint/parallel_map.h"
#include "commands/map.h"
#include "graph/evaluated_model.h"
#include "parallel/forward.h"

namespace ckptlint {

// Whether any of the three is given.
bool asks_for_context(const MapOptions& options);

// What makes no sense in them; empty where all does.
std::string complaint_about_context(const MapOptions& options);

// What the same ranks hold after a forward pass of so many tokens.
using MapAfterTokens = std::function<Known<ParallelMap>(const ForwardQuestion&)>;

// Weights and cache of the fullest rank of `map`, whether they fit, and the longest context that does; empty where that
// is not asked.  `positions`: how many the model's config says that it has.  An error where an option makes no sense.
Result<std::string> memory_of_ranks(const MapOptions& options, const ParallelMap& map, const MapAfterTokens& after,
                                    std::optional<std::int64_t> positions);

// The same of each device of a placement.  What an accelerator may hold is its `--gpu`, else its budget.
Result<std::string> memory_of_devices(const MapOptions& options, const Placement& placement, EvaluatedModel& evaluated);

}  // namespace ckptlint
