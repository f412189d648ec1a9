// Reports quantized weights whose blocks are cut by shards, so that their scales no longer fit (asked for with `--tp`).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr std::string_view kScales[] = {"_scale_inv", "_scale", "_scales"};
constexpr std::string_view kPacked = "_packed";       // several elements in each, whose scales have the name without it
constexpr std::string_view kShape = ".weight_shape";  // of a packed weight: its numbers are no rows

// How many elements a scale stands for along that dimension; 0 where that is not told by the shapes.
std::int64_t block_of(const ShardedTensor& weight, const ShardedTensor& scales, std::size_t dim) {
  const std::int64_t elements = weight.shape()[dim], blocks = scales.shape()[dim];
  if (blocks <= 1) return 0;
  const std::int64_t block = (elements + blocks - 1) / blocks;
  std::int64_t power = 1;
  while (power < block) power *= 2;  // the last block may be a part
  return (elements + power - 1) / power == blocks ? power : 0;
}

// Whether a rank's elements begin or end within a block, or are more than its scales stand for.
bool cuts_blocks(const ShardedTensor& weight, const ShardedTensor& scales, std::uint32_t ranks, std::size_t dim,
                 std::int64_t block) {
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    const std::int64_t elements = weight.shape_on(rank)[dim], held = scales.shape_on(rank)[dim];
    if (elements == weight.shape()[dim]) continue;
    if (elements % block != 0 || held * block != elements) return true;
  }
  return false;
}

void check_cut_quantized_blocks(const Model& model, Findings& out) {
  if (!model.parallel->asked) return;
  const ParallelMap& map = model.parallel->map;
  const std::uint32_t ranks = map.sizes.ranks_of_stage();
  std::vector<std::string> cut, shapes;
  std::int64_t size = 0;
  bool packed = false;
  for (const std::vector<ShardedTensor>& stage : map.stages) {
    std::unordered_map<std::string_view, const ShardedTensor*> by_name;
    for (const ShardedTensor& tensor : stage) by_name.emplace(tensor.name, &tensor);
    for (const ShardedTensor& weight : stage) {
      if (!weight.is_cut()) continue;
      if (weight.name.ends_with(kShape)) shapes.push_back(weight.name);
      std::string_view stem = weight.name;
      const bool is_packed = stem.ends_with(kPacked);
      if (is_packed) stem.remove_suffix(kPacked.size());
      for (const std::string_view suffix : kScales) {
        const auto scales = by_name.find(std::string(stem) + std::string(suffix));
        if (scales == by_name.end() || scales->second->shape().size() != weight.shape().size()) continue;
        for (std::size_t dim = 0; dim < weight.shape().size(); ++dim) {
          const std::int64_t block = block_of(weight, *scales->second, dim);
          if (block <= 1 || !cuts_blocks(weight, *scales->second, ranks, dim, block)) continue;
          cut.push_back(weight.name);
          size = block;
          packed = is_packed;
          break;
        }
      }
    }
  }
  if (!shapes.empty()) {
    Finding& finding = out.emplace_back();
    finding.message =
        fmt::format("with {}, ranks cut the tensors that say what shape packed weights have, of {}", text_of(map.sizes),
                    shapes.size() == 1 ? "1 layer" : fmt::format("{} layers", shapes.size()));
    finding.notes.push_back(listed_names(shapes));
    finding.notes.emplace_back("a rank that has one number of two cannot unpack the weight");
  }
  if (cut.empty()) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("with {}, ranks cut blocks of {}{} that share a scale, in {}", text_of(map.sizes), size,
                                packed ? " packed numbers" : "",
                                cut.size() == 1 ? "1 weight" : fmt::format("{} weights", cut.size()));
  finding.notes.push_back(listed_names(cut));
}

}  // namespace

extern const Rule cut_quantized_blocks = {
    .name = "cut-quantized-blocks",
    .family = Family::kParallel,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary = "shards cut blocks of a quantized weight, whose scales no longer fit (asked for with `--tp`, `--ep`)",
    .why =
        "A scale stands for a block of elements. Weights and scales are cut by one plan, each where it divides: where a "
        "rank's part is no whole number of blocks, its scales are those of other elements. Loading says nothing.",
    .example = "FP8 blocks of 128 and an expert of 1,536 rows on 16 ranks: 96 rows a rank",
    .remedy = "Take a number of processes that the blocks divide by, or leave the layer whole in the plan.",
    .references = "transformers: `update_parallel_plan` of a quantizer, quantizers/base.py.",
    .check = check_cut_quantized_blocks,
};

}  // namespace ckptlint
