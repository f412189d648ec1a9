// `ckptlint map` of one model: what its options ask, and the answer.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "base/result.h"
#include "commands/map.h"
#include "commands/map_formats.h"

namespace ckptlint {

// What is to be said of a placement besides.
using AfterPlacement = std::function<Result<std::string>(const Placement&)>;

// An error where the options make no sense, or nothing can be answered.
Result<ExitStatus> answer_map(const MapOptions& options, const MapWriter& writer, const ModuleGraph& graph,
                              const PlacementRequest& request, const AfterPlacement& after, std::ostream& out);

}  // namespace ckptlint
