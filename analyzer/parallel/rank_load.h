// What a rank's tensors weigh.
#pragma once

#include <cstdint>
#include <vector>

#include "ckptlint/device_map.h"
#include "ckptlint/parallel_map.h"

namespace ckptlint {

// Of the tensors of one rank, each storage once as far as names of a tied pair are known to share one.
struct RankLoad {
  Bytes cut;    // of tensors of which each rank has a part
  Bytes whole;  // of those that every rank of the stage has
  std::size_t tensors = 0;

  Bytes total() const { return bounded_sum(cut, whole); }
};

// One a rank of the group, in order.
std::vector<RankLoad> rank_loads(const ParallelMap& map);

}  // namespace ckptlint
