// Findings before a fix against findings after it.
#pragma once

#include <string>
#include <vector>

#include "ckptlint/finding.h"

namespace ckptlint {

// Nothing in `after` is of the same rule and about one of the same tensors.  A finding about no tensor in particular is
// gone if no finding of its rule says the same.
bool is_gone(const Finding& finding, const Findings& after);

// The findings of `after`, those left out that are only worth knowing, that say something of a tensor that no finding
// of the same rule in `before` says.  Lines move when a file is edited, so places do not count.
std::vector<const Finding*> new_findings(const Findings& before, const Findings& after);

}  // namespace ckptlint
