// Writes what each rank holds as JSON.
#include "parallel/answer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>

#include "base/json_text.h"

namespace ckptlint {
namespace {

std::string rank_json(const std::vector<ShardedTensor>& stage, std::uint32_t rank) {
  std::string out = "{";
  for (const ShardedTensor& tensor : stage) {
    if (out.size() > 1) out += ',';
    append_json_string(tensor.name, out);
    const auto local = tensor.shape_on(rank);
    fmt::format_to(std::back_inserter(out), ":[\"{}\",[{}],[{}]]", torch_name(tensor.dtype),
                   fmt::join(tensor.is_distributed ? std::span(tensor.shape) : local, ","), fmt::join(local, ","));
  }
  return out + '}';
}

// Whether that rank of the stage holds what the one before it does: in most plans all do.
bool is_like_the_one_before(const std::vector<ShardedTensor>& stage, std::uint32_t rank) {
  return std::all_of(stage.begin(), stage.end(), [&](const ShardedTensor& tensor) {
    return std::ranges::equal(tensor.shape_on(rank), tensor.shape_on(rank - 1));
  });
}

}  // namespace

void write_shards(const ParallelMap& map, std::ostream& out) {
  out << "{\"world\":" << map.sizes.world() << ',';
  if (!map.raises.empty()) {
    std::string error;
    append_json_string(map.raises, error);
    out << "\"error\":" << error << '}';
    return;
  }
  out << "\"ranks\":[";
  const char* between = "";
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    std::string text;
    for (std::uint32_t rank = 0; rank < map.sizes.ranks_of_stage(); ++rank) {
      if (rank == 0 || !is_like_the_one_before(stage, rank)) text = rank_json(stage, rank);
      out << between << text;
      between = ",";
    }
  }
  out << "]}";
}

}  // namespace ckptlint
