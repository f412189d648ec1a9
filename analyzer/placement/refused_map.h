// Device maps that the model's quantizer does not accept.
#pragma once

#include <optional>
#include <vector>

#include "ckptlint/device_map.h"
#include "placement/infer.h"
#include "placement/sized_model.h"

namespace ckptlint {

// What the quantizer's validate_environment raises on the map that was made, or given.
std::optional<LibraryCrash> refused_map(const SizedModel& model, const std::vector<MapRow>& map,
                                        const std::vector<Device>& devices);

}  // namespace ckptlint
