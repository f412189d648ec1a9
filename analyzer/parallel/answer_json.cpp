// Writes what each rank holds as JSON.
#include "parallel/answer_json.h"

#include <fmt/format.h>

#include "base/json_text.h"

namespace ckptlint {
namespace {

std::string tensor_json(const ShardedTensor& tensor, std::uint32_t rank) {
  std::string out;
  append_json_string(tensor.name, out);
  return fmt::format("{}:[\"{}\",[{}],[{}]]", out, torch_name(tensor.dtype),
                     fmt::join(tensor.is_distributed ? std::span(tensor.shape) : tensor.shape_on(rank), ","),
                     fmt::join(tensor.shape_on(rank), ","));
}

}  // namespace

std::string shards_json(const ParallelMap& map) {
  std::string out = fmt::format("{{\"world\":{},", map.sizes.world());
  if (!map.raises.empty()) {
    out += "\"error\":";
    append_json_string(map.raises, out);
    return out + "}";
  }
  out += "\"ranks\":[";
  const char* between_ranks = "";
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    for (std::uint32_t rank = 0; rank < map.sizes.ranks_of_stage(); ++rank) {
      out += between_ranks;
      out += '{';
      between_ranks = ",";
      const char* between = "";
      for (const ShardedTensor& tensor : stage) {
        out += between;
        out += tensor_json(tensor, rank);
        between = ",";
      }
      out += '}';
    }
  }
  return out + "]}";
}

}  // namespace ckptlint
