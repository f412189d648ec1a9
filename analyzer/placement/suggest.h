// A complete device map for given devices: nothing lost, no block cut, ties together.
#pragma once

#include "base/result.h"
#include "placement/simulate.h"

namespace ckptlint {

// Fills the devices of `question.budgets` in order, as evenly as whole blocks allow, cpu and disk last.  Verified with
// the same checks that the libraries apply before it is returned; an error says which block fits nowhere.
Result<SuggestedMap> suggest_map(const PlacementSimulator& simulator, const PlacementQuestion& question);

}  // namespace ckptlint
