// Asks how the release distributes one model over ranks, and prints the answer.
#include "commands/map_parallel.h"

#include <fmt/format.h>

#include <charconv>
#include <ostream>

#include "base/escape.h"
#include "check/phases.h"
#include "graph/asking.h"
#include "loading/key_matching.h"
#include "parallel/answer_json.h"
#include "parallel/distribute.h"
#include "parallel/text.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kMostRanks = 1024;

Result<std::uint32_t> size_of(const char* option, const std::string& text) {
  if (text.empty()) return 1u;
  std::uint32_t size = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (failure != std::errc{} || end != text.data() + text.size() || size < 1 || size > kMostRanks)
    return Error{fmt::format("`{}` takes how many processes there are, from 1 to {}, not {}", option, kMostRanks,
                             quoted_name(text))};
  return size;
}

Result<ParallelSizes> sizes_of(const ParallelOptions& options) {
  const Result<std::uint32_t> tensor = size_of("--tp", options.tensor);
  if (!tensor) return tensor.error();
  const Result<std::uint32_t> expert = size_of("--ep", options.expert);
  if (!expert) return expert.error();
  const Result<std::uint32_t> pipeline = size_of("--pp", options.pipeline);
  if (!pipeline) return pipeline.error();
  const ParallelSizes sizes{*tensor, *expert, *pipeline};
  if (sizes.world() > kMostRanks)
    return Error{fmt::format("that makes {} processes, more than the {} that are followed", sizes.world(), kMostRanks)};
  return sizes;
}

}  // namespace

bool asks_for_ranks(const ParallelOptions& options) {
  return !options.tensor.empty() || !options.expert.empty() || !options.pipeline.empty();
}

Result<ExitStatus> map_ranks(const MapOptions& options, const ModelInput& input, const BuiltGraph& built,
                             std::ostream& out) {
  const Result<ParallelSizes> sizes = sizes_of(options.parallel);
  if (!sizes) return sizes.error();
  if (built.evaluated == nullptr)
    return Error{fmt::format("{}: how it is distributed is asked of the source of transformers, which {}",
                             quoted_name(input.path),
                             built.graph.partial.empty() ? "is not at hand" : "could be followed in part only")};
  const Result<Known<Checkpoint>> checkpoint = find_checkpoint(input);
  if (!checkpoint) return checkpoint.error();
  std::optional<Known<Loading>> loading;
  std::optional<StoredWeights> stored;
  if (*checkpoint) {
    loading = match_keys(built.graph, **checkpoint, built.evaluated.get());
    stored.emplace(StoredWeights{**checkpoint, *loading ? &**loading : nullptr});
  }
  const Known<ParallelMap> map =
      distribute(*sizes, built.graph, *built.evaluated, stored ? &*stored : nullptr, options.output.format == "text" ? std::optional<ForwardQuestion>(ForwardQuestion{}) : std::nullopt);
  if (!map) return Error{fmt::format("{}: {}", quoted_name(input.path), map.unknown().why)};
  if (options.output.format == "json") {
    out << shards_json(*map) << "\n";
    return map->raises.empty() ? kNothingFound : kFindings;
  }
  if (options.output.format != "text") return Error{"what ranks hold is written as text and json"};
  out << fmt::format("{} on {} ranks: {}\n", quoted_name(built.graph.class_name), sizes->world(), ways_text(*sizes));
  if (!map->raises.empty()) {
    out << fmt::format("the library raises {}\n", printable(map->raises));
    return kFindings;
  }
  for (const RankForward& each : map->forward)
    out << fmt::format("FORWARD {}: {}\n", each.rank,
                       !each.pass ? "unknown: " + each.pass.unknown().why
                       : !each.pass->raises.empty()
                           ? each.pass->raises + each.pass->place
                           : fmt::format("{} cached", each.pass->cache.size()));
  out << "\n"
      << ranks_text(*map, 40, options.output.blocks) << "\n"
      << shards_text(*map, options.output.verbose) << stale_rules_text(*map);
  return kNothingFound;
}

}  // namespace ckptlint
