// Adds up shards, rank by rank.
#include "parallel/rank_load.h"

namespace ckptlint {

std::vector<RankLoad> rank_loads(const ParallelMap& map) {
  std::vector<RankLoad> loads;
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    for (std::uint32_t rank = 0; rank < map.sizes.ranks_of_stage(); ++rank) {
      RankLoad& load = loads.emplace_back();
      for (const ShardedTensor& tensor : stage) {
        if (tensor.is_alias) continue;
        Bytes& sum = tensor.is_cut() ? load.cut : load.whole;
        sum = bounded_sum(sum, storage_of(tensor.layout->dtype_on(rank), tensor.shape_on(rank)));
        ++load.tensors;
      }
    }
  }
  return loads;
}

}  // namespace ckptlint
