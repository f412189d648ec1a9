// `ckptlint map --tp N`: what each rank of a group holds.
#pragma once

#include <iosfwd>

#include "base/result.h"
#include "commands/map.h"
#include "graph/build.h"
#include "input/model_input.h"

namespace ckptlint {

constexpr const char* kAnySize = "any";  // what `--tp` without a number is given

bool asks_for_ranks(const MapOptions& options);

// kFindings where the library raises.  An error where the options make no sense, or the answer is not known.
Result<ExitStatus> map_ranks(const MapOptions& options, const ModelInput& input, const BuiltGraph& built,
                             std::ostream& out);

}  // namespace ckptlint
