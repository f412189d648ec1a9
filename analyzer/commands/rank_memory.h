// `ckptlint map --context --batch --gpu`: what ranks hold while the model runs.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "ckptlint/known.h"
#include "ckptlint/parallel_map.h"
#include "commands/map.h"
#include "parallel/forward.h"

namespace ckptlint {

// What the same ranks hold after a forward pass of so many tokens.
using MapAfterTokens = std::function<Known<ParallelMap>(const ForwardQuestion&)>;

// Weights and cache of the fullest rank of `map`, whether they fit, and the longest context that does; empty where that
// is not asked.  An error where an option makes no sense.
Result<std::string> memory_text(const MapOptions& options, const ParallelMap& map, const MapAfterTokens& after);

}  // namespace ckptlint
