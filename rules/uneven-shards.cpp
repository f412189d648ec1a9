// Reports tensors of which ranks hold parts of different sizes, where that is asked for with `--tp`.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool is_uneven(const ShardedTensor& tensor, std::uint32_t ranks) {
  if (!tensor.is_cut()) return false;
  for (std::uint32_t rank = 1; rank < ranks; ++rank) {
    if (!std::ranges::equal(tensor.shape_on(rank), tensor.shape_on(0))) return true;
  }
  return false;
}

void check_uneven_shards(const Model& model, Findings& out) {
  if (!model.parallel->asked) return;
  const ParallelMap& map = model.parallel->map;
  const std::uint32_t ranks = map.sizes.ranks_of_stage();
  std::map<std::string, std::vector<std::string>> groups;  // by what the first and the last rank hold
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    for (const ShardedTensor& tensor : stage) {
      if (!is_uneven(tensor, ranks)) continue;
      groups[fmt::format("[{}]: the first rank has [{}], the last [{}]", fmt::join(tensor.shape(), ", "),
                         fmt::join(tensor.shape_on(0), ", "), fmt::join(tensor.shape_on(ranks - 1), ", "))]
          .push_back(tensor.name);
    }
  }
  if (groups.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kWarning;
  std::size_t count = 0;
  for (const auto& group : groups) count += group.second.size();
  finding.message = fmt::format("with {}, {} not divide evenly", text_of(map.sizes),
                                count == 1 ? "1 tensor does" : fmt::format("{} tensors do", count));
  for (const auto& [shapes, names] : groups)
    finding.notes.push_back(fmt::format("{} of {}", listed_names(names), shapes));
}

}  // namespace

extern const Rule uneven_shards = {
    .name = "uneven-shards",
    .family = Family::kParallel,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary = "ranks hold parts of different sizes of one tensor (asked for with `--tp`, `--ep`, `--pp`)",
    .why =
        "The library cuts as torch.chunk does: the last rank gets what is left, which may be nothing. All wait for the "
        "fullest, kernels that want multiples of 16 bytes refuse, and where parts of heads or of packed halves are "
        "cut, the numbers are wrong.",
    .example = "a vocabulary of 32,001 on 8 ranks: 4,001 rows on the first seven, 3,994 on the last",
    .remedy = "Pad the dimension (`resize_token_embeddings(..., pad_to_multiple_of=64)`), or take another number.",
    .references = "torch: `Shard` of torch.distributed.tensor.",
    .check = check_uneven_shards,
};

}  // namespace ckptlint
