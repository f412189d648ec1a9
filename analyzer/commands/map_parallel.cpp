// Asks how the release distributes one model over ranks, and prints the answer.
#include "commands/map_parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <ostream>
#include <vector>

#include "base/escape.h"
#include "check/phases.h"
#include "commands/shared_options.h"
#include "loading/key_matching.h"
#include "parallel/answer_json.h"
#include "parallel/distribute.h"
#include "parallel/rank_load.h"
#include "parallel/text.h"

namespace ckptlint {
namespace {

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

Result<std::int64_t> number_of(const char* option, const std::string& text, std::int64_t otherwise, std::int64_t most) {
  if (text.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number < 1 || number > most)
    return Error{fmt::format("`{}` takes a number from 1 to {}, not {}", option, most, quoted_name(text))};
  return number;
}

Bytes bytes_of(const std::vector<CachedTensor>& cache) {
  Bytes sum;
  for (const CachedTensor& tensor : cache) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    sum += Bytes::eighths(elements * bits(tensor.dtype));
  }
  return sum;
}

struct MapOfRanks {
  const MapOptions& options;
  const ModelInput& input;
  const BuiltGraph& built;
  const StoredWeights* stored;

  Known<ParallelMap> map(const ParallelSizes& sizes, const std::optional<ForwardQuestion>& forward) const {
    return distribute(sizes, built.graph, *built.evaluated, stored, forward);
  }
};

// Why the model cannot go over so many; empty: it can, as far as that could be followed.
std::string obstacle_to(const MapOfRanks& asked, const ParallelSizes& sizes, bool& is_known) {
  const Known<ParallelMap> map = asked.map(sizes, ForwardQuestion{});
  is_known = static_cast<bool>(map);
  if (!map) return map.unknown().why;
  if (!map->raises.empty()) return "loading ends in " + map->raises;
  for (const RankForward& each : map->forward) {
    is_known = static_cast<bool>(each.pass);
    if (!each.pass) return "a forward pass could not be followed: " + each.pass.unknown().why;
    if (each.pass->raises.empty()) continue;
    const std::vector<std::string> cut = cut_heads(*map);
    return cut.empty()
               ? fmt::format("a forward pass on rank {} ends in {}{}", each.rank, each.pass->raises, each.pass->place)
               : fmt::format("{}", fmt::join(cut, "; "));
  }
  return "";
}

constexpr std::uint32_t kMostTried = 64;

// Which sizes of 2 to 64 are possible, and why the others are not.
Result<ExitStatus> list_sizes(const MapOfRanks& asked, std::ostream& out) {
  std::vector<std::uint32_t> possible;
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> obstacles;
  for (std::uint32_t size = 2; size <= kMostTried; ++size) {
    bool is_known = true;
    const std::string why = obstacle_to(asked, {size, 1, 1}, is_known);
    if (why.empty()) {
      possible.push_back(size);
      continue;
    }
    const auto same = [&](const auto& each) { return each.first == why; };
    auto at = std::find_if(obstacles.begin(), obstacles.end(), same);
    if (at == obstacles.end()) at = obstacles.insert(obstacles.end(), {why, {}});
    at->second.push_back(size);
  }
  out << fmt::format("{}: tensor parallelism of 2 to {}\n", quoted_name(asked.built.graph.class_name), kMostTried);
  out << (possible.empty() ? "possible: none\n" : fmt::format("possible: {}\n", fmt::join(possible, ", ")));
  for (const auto& [why, sizes] : obstacles) out << fmt::format("{}: {}\n", fmt::join(sizes, ", "), printable(why));
  return possible.empty() ? kFindings : kNothingFound;
}

// The longest context of which weights and cache fit, where one token more does not.
std::optional<std::int64_t> longest_context(const std::function<std::optional<Bytes>(std::int64_t)>& cache,
                                            Bytes weights, Bytes budget) {
  constexpr std::int64_t kLongest = std::int64_t{1} << 24;
  std::int64_t fits = 0, fails = kLongest;
  while (fails - fits > 1) {
    const std::int64_t length = fits + (fails - fits) / 2;
    const std::optional<Bytes> bytes = cache(length);
    if (!bytes) return std::nullopt;
    (weights + *bytes <= budget ? fits : fails) = length;
  }
  return fits;
}

// Weights and cache of the fullest rank, and whether they fit.
Result<std::string> memory_text(const MapOfRanks& asked, const ParallelSizes& sizes, const ParallelMap& map) {
  const MapOptions& options = asked.options;
  const Result<std::int64_t> length = number_of("--context", options.context, 0, std::int64_t{1} << 24);
  if (!length) return length.error();
  const Result<std::int64_t> batch = number_of("--batch", options.batch, 1, 1 << 16);
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
    const Known<ParallelMap> run = asked.map(sizes, ForwardQuestion{*batch, tokens});
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
                        human_size(*bytes + weights));
    if (budget)
      text += fmt::format("{} has {}: weights and cache {}\n", options.gpu, human_size(*budget),
                          weights + *bytes <= *budget ? "fit" : "do not fit");
  }
  if (!budget) return text;
  if (weights > *budget)
    return text + fmt::format("{} has {}: the weights alone do not fit\n", options.gpu, human_size(*budget));
  const std::optional<std::int64_t> longest = longest_context(cache, weights, *budget);
  if (!longest) return text + fmt::format("the longest context is not known: {}\n", printable(unknown));
  return text + fmt::format("longest context of {} sequence{} beside the weights, without activations: {} tokens\n",
                            *batch, *batch == 1 ? "" : "s", *longest);
}

}  // namespace

bool asks_for_ranks(const MapOptions& options) {
  const ParallelOptions& parallel = options.parallel;
  return !parallel.tensor.empty() || !parallel.expert.empty() || !parallel.pipeline.empty() ||
         !options.context.empty() || !options.gpu.empty();
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
      asked.map(sizes, is_json ? std::nullopt : std::optional<ForwardQuestion>(ForwardQuestion{}));
  if (!map) return Error{fmt::format("{}: {}", quoted_name(input.path), map.unknown().why)};
  if (is_json) {
    out << shards_json(*map) << "\n";
    return map->raises.empty() ? kNothingFound : kFindings;
  }
  out << fmt::format("{} with {}\n", quoted_name(built.graph.class_name), text_of(sizes));
  if (!map->raises.empty()) {
    out << fmt::format("the library raises {}\n", printable(map->raises));
    return kFindings;
  }
  const Result<std::string> memory = memory_text(asked, sizes, *map);
  if (!memory) return memory.error();
  const std::string forward = forward_text(*map);
  out << "\n"
      << ranks_text(*map, 40, options.output.blocks) << *memory << forward << "\n"
      << shards_text(*map, options.output.verbose) << stale_rules_text(*map);
  return forward.starts_with("error") ? kFindings : kNothingFound;
}

}  // namespace ckptlint
