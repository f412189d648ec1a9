// `ckptlint map` of one model: what its options ask, and the answer.
#pragma once

#include <iosfwd>

#include "base/result.h"
#include "commands/map.h"
#include "commands/map_formats.h"

namespace ckptlint {

// An error where the options make no sense, or nothing can be answered.
Result<ExitStatus> answer_map(const MapOptions& options, const MapWriter& writer, const ModuleGraph& graph,
                              const PlacementRequest& request, std::ostream& out);

}  // namespace ckptlint
