// Writes what each rank holds as JSON.
#include "parallel/answer_json.h"

#include <algorithm>
#include <charconv>
#include <ostream>
#include <span>
#include <string>
#include <unordered_map>

#include "base/json_text.h"

namespace ckptlint {
namespace {

void append_extents(std::span<const std::int64_t> extents, std::string& out) {
  out += '[';
  for (const std::int64_t extent : extents) {
    char digits[20];
    if (out.back() != '[') out += ',';
    out.append(digits, std::to_chars(std::begin(digits), std::end(digits), extent).ptr);
  }
  out += ']';
}

// What stands for the layout on that rank: [dtype, global shape, local shape].
std::string layout_json(const Layout& layout, std::uint32_t rank) {
  std::string out = "[\"";
  out += torch_name(layout.dtype_on(rank));
  out += "\",";
  const auto local = layout.shape_on(rank);
  append_extents(layout.is_distributed ? std::span(layout.shape) : local, out);
  out += ',';
  append_extents(local, out);
  out += ']';
  return out;
}

// A model of experts has a hundred thousand tensors, and few layouts.
std::string rank_json(const std::vector<ShardedTensor>& stage, std::uint32_t rank) {
  std::unordered_map<const Layout*, std::string> layouts;
  std::string out = "{";
  for (const ShardedTensor& tensor : stage) {
    if (out.size() > 1) out += ',';
    append_json_string(tensor.name, out);
    out += ':';
    const auto [at, is_new] = layouts.try_emplace(tensor.layout.get());
    if (is_new) at->second = layout_json(*tensor.layout, rank);
    out += at->second;
  }
  return out + '}';
}

// Whether that rank of the stage holds what the one before it does: in most plans all do.
bool is_like_the_one_before(const std::vector<ShardedTensor>& stage, std::uint32_t rank) {
  return std::all_of(stage.begin(), stage.end(), [&](const ShardedTensor& tensor) {
    return !tensor.is_cut() || std::ranges::equal(tensor.shape_on(rank), tensor.shape_on(rank - 1));
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
