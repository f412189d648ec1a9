// Adds up shards, rank by rank.
#include "parallel/rank_load.h"

namespace ckptlint {

Bytes bytes_on(const ShardedTensor& tensor, std::uint32_t rank_of_stage) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : tensor.shape_on(rank_of_stage)) elements *= extent;
  return Bytes::eighths(elements * bits(tensor.dtype));
}

std::vector<RankLoad> rank_loads(const ParallelMap& map) {
  std::vector<RankLoad> loads;
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    for (std::uint32_t rank = 0; rank < map.sizes.ranks_of_stage(); ++rank) {
      RankLoad& load = loads.emplace_back();
      for (const ShardedTensor& tensor : stage) {
        if (tensor.is_alias) continue;
        (tensor.is_cut() ? load.cut : load.whole) += bytes_on(tensor, rank);
        ++load.tensors;
      }
    }
  }
  return loads;
}

}  // namespace ckptlint
