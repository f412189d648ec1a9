// A complete device map for given devices: nothing lost, no block cut, ties together.
#pragma once

#include <vector>

#include "base/result.h"
#include "placement/simulate.h"

namespace ckptlint {

// Fills the accelerators of `question.budgets` in the order of their indexes, each with a contiguous part of the model
// (what is tied goes with its first part), so that the fullest is as empty as whole parts allow.  Parts are the model's
// no-split blocks and those of question.no_split_module_classes, the items of its outermost ModuleLists, and what lies
// beside them; only where these do not fit, smaller ones.  What the accelerators cannot hold goes to cpu, then disk, if
// they have budgets; the first accelerator then keeps room for the largest part to come back.
// Of each budget that is used which the model's quantizer leaves: DeviceLoad::target.
// The map is checked before it is returned: every tensor covered, non-persistent buffers too, no no-split block cut, no
// tie apart, every budget kept.  An error says what fits nowhere.
Result<SuggestedMap> suggest_map(const PlacementSimulator& simulator, const PlacementQuestion& question);

// How evenly a suggested map fills the accelerators: the least and the most that one of them is filled, as shares of
// what of its budget may be used, and the most that one holds, as a multiple of an even share of all that they hold.
struct Balance {
  double emptiest = 0;
  double fullest = 0;
  double over_even_share = 1;
};
Balance balance_of(const std::vector<DeviceLoad>& loads);

}  // namespace ckptlint
