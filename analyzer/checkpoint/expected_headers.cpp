// Adds up what a header of the listed names will have.
#include "checkpoint/expected_headers.h"

#include <algorithm>

#include "checkpoint/file_magic.h"
#include "checkpoint/safetensors_header.h"

namespace ckptlint {
namespace {

// Which nine of ten headers fit into (huggingface_hub 1.x, parse_safetensors_file_metadata).
constexpr std::uint64_t kUsualHeader = 100'000;
// A row without its name: a usual type, a shape of twelve letters ("[7168,18432]" has as many), offsets of ten digits.
constexpr std::uint64_t kRow =
    std::string_view(R"("":{"dtype":"BF16","shape":,"data_offsets":[1234567890,1234567890]},)").size() + 12;
constexpr std::uint64_t kAround = kSafetensorsHeaderBegin + 64;  // {"__metadata__":{"format":"pt"}} and padding

}  // namespace

std::vector<ExpectedRead> expected_headers(const std::vector<std::string>& paths, const WeightIndex* index) {
  std::vector<std::uint64_t> rows(paths.size());
  if (index != nullptr) {
    for (const auto& [name, shard] : index->weight_map) {
      if (shard != ShardId::kNone) rows[ckptlint::index(shard)] += name.size() + kRow;
    }
  }
  std::vector<ExpectedRead> reads;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (promised_format(paths[i]) == WeightFormat::kSafetensors)
      reads.push_back({paths[i], rows[i] == 0 ? kUsualHeader : std::max(kMagicBytes, kAround + rows[i])});
  }
  return reads;
}

}  // namespace ckptlint
