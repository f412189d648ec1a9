// Puts the cache of a context beside the weights of the fullest rank, and both against an accelerator.
#include "commands/rank_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "commands/shared_options.h"
#include "parallel/rank_load.h"

namespace ckptlint {
namespace {

constexpr std::int64_t kLongest = std::int64_t{1} << 24;  // tokens

// Names for how much memory an accelerator has, as its maker gives it.
struct Accelerator {
  std::string_view name;
  int gib;
};
constexpr Accelerator kAccelerators[] = {
    {"a10-24", 24},    {"a100-40", 40}, {"a100-80", 80}, {"b200-180", 180}, {"h100-80", 80},
    {"h200-141", 141}, {"l4", 24},      {"l40s-48", 48}, {"mi300x", 192},   {"rtx3090", 24},
    {"rtx4090", 24},   {"rtx5090", 32}, {"t4", 16},      {"v100-16", 16},   {"v100-32", 32},
};

std::string accelerator_names() {
  std::vector<std::string_view> names;
  for (const Accelerator& each : kAccelerators) names.push_back(each.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

Bytes bytes_of(const std::vector<CachedTensor>& cache) {
  Bytes sum;
  for (const CachedTensor& tensor : cache) sum = bounded_sum(sum, storage_of(tensor.dtype, tensor.shape));
  return sum;
}

// The longest context of which weights and cache fit, where one token more does not.
std::optional<std::int64_t> longest_context(const std::function<std::optional<Bytes>(std::int64_t)>& cache,
                                            Bytes weights, Bytes budget) {
  std::int64_t fits = 0, fails = kLongest;
  while (fails - fits > 1) {
    const std::int64_t length = fits + (fails - fits) / 2;
    const std::optional<Bytes> bytes = cache(length);
    if (!bytes) return std::nullopt;
    (bounded_sum(weights, *bytes) <= budget ? fits : fails) = length;
  }
  return fits;
}

}  // namespace

Result<std::string> memory_text(const MapOptions& options, const ParallelMap& map, const MapAfterTokens& after) {
  const Result<std::int64_t> length = whole_number("--context", options.context, "how many tokens", 0, kLongest);
  if (!length) return length.error();
  const Result<std::int64_t> batch = whole_number("--batch", options.batch, "how many sequences", 1, 1 << 16);
  if (!batch) return batch.error();
  std::optional<Bytes> budget;
  if (!options.gpu.empty()) {
    const auto same = [&](const Accelerator& each) { return each.name == options.gpu; };
    const auto* found = std::find_if(std::begin(kAccelerators), std::end(kAccelerators), same);
    if (found == std::end(kAccelerators))
      return Error{fmt::format("`--gpu` takes one of {}, not {}", accelerator_names(), quoted_name(options.gpu))};
    budget = Bytes::whole(std::int64_t{found->gib} << 30);
  }
  if (*length == 0 && !budget) return std::string();
  Bytes weights;
  for (const RankLoad& load : rank_loads(map)) weights = std::max(weights, load.total());
  std::string unknown;
  const auto cache = [&](std::int64_t tokens) -> std::optional<Bytes> {
    const Known<ParallelMap> run = after({*batch, tokens});
    if (!run || run->forward.empty()) {
      unknown = run ? run->raises : run.unknown().why;
      return std::nullopt;
    }
    Bytes most;
    for (const RankForward& each : run->forward) {
      if (!each.pass || !each.pass->raises.empty()) {
        unknown = each.pass ? each.pass->raises + each.pass->place : each.pass.unknown().why;
        return std::nullopt;
      }
      most = std::max(most, bytes_of(each.pass->cache));
    }
    return most;
  };
  std::string text;
  if (*length > 0) {
    const std::optional<Bytes> bytes = cache(*length);
    if (!bytes) return fmt::format("the cache is not known: {}\n", printable(unknown));
    text += fmt::format("cache of {} token{} in {} sequence{}: {} on the fullest rank, with the weights {}\n", *length,
                        *length == 1 ? "" : "s", *batch, *batch == 1 ? "" : "s", human_size(*bytes),
                        human_size(bounded_sum(*bytes, weights)));
    if (budget)
      text += fmt::format("{} has {}: weights and cache {}\n", options.gpu, human_size(*budget),
                          bounded_sum(weights, *bytes) <= *budget ? "fit" : "do not fit");
  }
  if (!budget) return text;
  if (weights > *budget)
    return text + fmt::format("{} has {}: the weights alone do not fit\n", options.gpu, human_size(*budget));
  const std::optional<std::int64_t> longest = longest_context(cache, weights, *budget);
  if (!longest) return text + fmt::format("the longest context is not known: {}\n", printable(unknown));
  return text + fmt::format("longest context of {} sequence{} beside the weights, without activations: {} tokens\n",
                            *batch, *batch == 1 ? "" : "s", *longest);
}

}  // namespace ckptlint
