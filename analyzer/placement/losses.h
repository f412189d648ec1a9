// Which modules lose something when they are taken apart.
#pragma once

#include <vector>

#include "placement/sized_model.h"

namespace ckptlint {

// By module row: splitting it leaves some tensor of the state dict under none of its parts: a persistent buffer of its
// own, or what it holds under a second name.  The root is always split.  Modules that cannot be split lose nothing,
// unless they may be placed tensor by tensor (_no_placement_params).
std::vector<bool> lossy_modules(const SizedModel& model);

}  // namespace ckptlint
