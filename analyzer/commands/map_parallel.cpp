// Asks how the release distributes one model over ranks, and prints the answer.
#include "commands/map_parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "base/escape.h"
#include "check/phases.h"
#include "commands/context_memory.h"
#include "commands/shared_options.h"
#include "loading/key_matching.h"
#include "parallel/answer_json.h"
#include "parallel/distribute.h"
#include "parallel/text.h"

namespace ckptlint {
namespace {

struct MapOfRanks {
  const MapOptions& options;
  const ModelInput& input;
  const BuiltGraph& built;
  const StoredWeights* stored;

  Known<ParallelMap> map(const ParallelSizes& sizes, const std::optional<ForwardQuestion>& forward) const {
    if (built.quantizer_raises.empty()) return distribute(sizes, built.graph, *built.evaluated, stored, forward);
    ParallelMap refused;
    refused.sizes = sizes;
    refused.raises = built.quantizer_raises;
    return refused;
  }
};

// Why the model cannot go over so many, each reason by itself; none: it can, as far as that could be followed.
std::vector<std::string> obstacles_to(const MapOfRanks& asked, const ParallelSizes& sizes) {
  const Known<ParallelMap> map = asked.map(sizes, ForwardQuestion{});
  if (!map) return {map.unknown().why};
  if (!map->raises.empty()) return {"loading ends in " + map->raises};
  for (const RankForward& each : map->forward) {
    if (!each.pass) return {"a forward pass could not be followed: " + each.pass.unknown().why};
    if (each.pass->raises.empty()) continue;
    std::vector<std::string> cut = cut_heads(*map);
    if (!cut.empty()) return cut;
    return {fmt::format("a forward pass on rank {} ends in {}{}", each.rank, each.pass->raises, each.pass->place)};
  }
  return {};
}

// "3, 5 to 7", of sizes in order.
std::string sizes_text(const std::vector<std::uint32_t>& sizes) {
  std::vector<std::string> runs;
  for (std::size_t begin = 0, end = 0; begin < sizes.size(); begin = end) {
    for (end = begin + 1; end < sizes.size() && sizes[end] == sizes[end - 1] + 1;) ++end;
    if (end - begin > 2) {
      runs.push_back(fmt::format("{} to {}", sizes[begin], sizes[end - 1]));
      continue;
    }
    for (std::size_t i = begin; i < end; ++i) runs.push_back(fmt::format("{}", sizes[i]));
  }
  return fmt::format("{}", fmt::join(runs, ", "));
}

constexpr std::uint32_t kMostTried = 64;

// Which sizes of 2 to 64 are possible, and of each reason against some of them, which.
Result<ExitStatus> list_sizes(const MapOfRanks& asked, std::ostream& out) {
  std::vector<std::uint32_t> possible;
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> obstacles;
  for (std::uint32_t size = 2; size <= kMostTried; ++size) {
    const std::vector<std::string> reasons = obstacles_to(asked, {size, 1, 1});
    if (reasons.empty()) possible.push_back(size);
    for (const std::string& why : reasons) {
      const auto same = [&](const auto& each) { return each.first == why; };
      auto at = std::find_if(obstacles.begin(), obstacles.end(), same);
      if (at == obstacles.end()) at = obstacles.insert(obstacles.end(), {why, {}});
      at->second.push_back(size);
    }
  }
  out << fmt::format("{}: tensor parallelism of 2 to {}\n", quoted_name(asked.built.graph.class_name), kMostTried);
  out << fmt::format("possible: {}\n", possible.empty() ? "none" : sizes_text(possible));
  // What stands against the same sizes is said at once: projections that have as many heads.
  for (auto at = obstacles.begin(); at != obstacles.end();) {
    const auto next = std::stable_partition(at, obstacles.end(),
                                            [sizes = at->second](const auto& each) { return each.second == sizes; });
    out << sizes_text(at->second) << ":\n";
    for (; at != next; ++at) out << "  " << printable(at->first) << "\n";
  }
  return possible.empty() ? kFindings : kNothingFound;
}

}  // namespace

bool asks_for_ranks(const MapOptions& options) {
  const ParallelOptions& parallel = options.parallel;
  const bool is_placed = !options.placement.max_memory.empty() || !options.placement.device_map.empty();
  return !parallel.tensor.empty() || !parallel.expert.empty() || !parallel.pipeline.empty() ||
         (asks_for_context(options) && !is_placed);
}

Result<ExitStatus> map_ranks(const MapOptions& options, const ModelInput& input, const BuiltGraph& built,
                             std::ostream& out) {
  const bool is_json = options.output.format == "json";
  if (!is_json && options.output.format != "text") return Error{"what ranks hold is written as text and json"};
  const bool lists = options.parallel.tensor == kAnySize;
  if (lists && (is_json || !options.parallel.expert.empty() || !options.parallel.pipeline.empty()))
    return Error{"`--tp` without a number lists the sizes that are possible, as text and of tensor parallelism alone"};
  const Result<std::optional<ParallelSizes>> given =
      lists ? Result<std::optional<ParallelSizes>>(std::optional<ParallelSizes>()) : parallel_sizes(options.parallel);
  if (!given) return given.error();
  const ParallelSizes sizes = given->value_or(ParallelSizes{});
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
  const MapOfRanks asked{options, input, built, stored ? &*stored : nullptr};
  if (lists) return list_sizes(asked, out);
  const Known<ParallelMap> map =
      asked.map(sizes, is_json ? std::nullopt : std::optional(ForwardQuestion{.watches = sizes.pipeline > 1}));
  if (!map) return Error{fmt::format("{}: {}", quoted_name(input.path), map.unknown().why)};
  if (is_json) {
    write_shards(*map, out);
    out << "\n";
    return map->raises.empty() ? kNothingFound : kFindings;
  }
  const std::string head = fmt::format("{} with {}\n", quoted_name(built.graph.class_name), text_of(sizes));
  if (!map->raises.empty()) {
    out << head << fmt::format("the library raises {}\n", printable(map->raises));
    return kFindings;
  }
  const Result<std::string> memory = memory_of_ranks(
      options, *map, [&](const ForwardQuestion& tokens) { return asked.map(sizes, tokens); },
      positions_of(*built.evaluated));
  if (!memory) return memory.error();
  const std::string forward = forward_text(*map);
  out << head << "\n"
      << ranks_text(*map, 40, options.output.blocks) << *memory << forward << "\n"
      << shards_text(*map, options.output.verbose) << stale_rules_text(*map, options.output.verbose);
  return forward.starts_with("error") ? kFindings : kNothingFound;
}

}  // namespace ckptlint
