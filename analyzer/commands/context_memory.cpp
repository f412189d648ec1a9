// Puts the cache of a context beside the weights of each rank or device, and both against the memory that it has.
#include "commands/context_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "ckptlint/names.h"
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

// What is asked.
struct Context {
  std::int64_t length = 0;  // 0: what fits alone
  std::int64_t batch = 1;
  std::optional<Bytes> memory;  // of the accelerator that `--gpu` names
};

Result<Context> context_of(const MapOptions& options) {
  const Result<std::int64_t> length = whole_number("--context", options.context, "how many tokens", 0, kLongest);
  if (!length) return length.error();
  if (!options.batch.empty() && options.context.empty() && options.gpu.empty())
    return Error{"`--batch` says of how many sequences `--context` or `--gpu` is; neither is given"};
  const Result<std::int64_t> batch = whole_number("--batch", options.batch, "how many sequences", 1, 1 << 16);
  if (!batch) return batch.error();
  Context context{*length, *batch, std::nullopt};
  if (options.gpu.empty()) return context;
  const auto same = [&](const Accelerator& each) { return each.name == options.gpu; };
  const auto* found = std::find_if(std::begin(kAccelerators), std::end(kAccelerators), same);
  if (found == std::end(kAccelerators))
    return Error{fmt::format("`--gpu` takes one of {}, not {}", accelerator_names(), quoted_name(options.gpu))};
  context.memory = Bytes::whole(std::int64_t{found->gib} << 30);
  return context;
}

// A rank or a device: what it holds for good, and what it may hold.
struct Holder {
  std::string name;
  Bytes weights;
  std::optional<Bytes> memory;
};

// The cache of so many tokens of each sequence, on each holder.
using Caches = std::function<Known<std::vector<Bytes>>(std::int64_t)>;

// The holder that lacks memory the most; none: all fit.
std::optional<std::size_t> overfull(const std::vector<Holder>& holders, const std::vector<Bytes>& caches) {
  std::optional<std::size_t> worst;
  Bytes most;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    const Bytes sum = bounded_sum(holders[i].weights, caches[i]);
    if (!holders[i].memory || sum <= *holders[i].memory || sum - *holders[i].memory <= most) continue;
    worst = i;
    most = sum - *holders[i].memory;
  }
  return worst;
}

struct Longest {
  std::int64_t tokens = 0;
  std::optional<std::size_t> ended_by;  // which holder has no room for one more
};

// The longest context of which weights and cache fit, where one token more does not.
Known<Longest> longest_context(const std::vector<Holder>& holders, const Caches& caches) {
  Longest longest;
  std::int64_t fails = kLongest;
  while (fails - longest.tokens > 1) {
    const std::int64_t length = longest.tokens + (fails - longest.tokens) / 2;
    const Known<std::vector<Bytes>> known = caches(length);
    if (!known) return known.unknown();
    const std::optional<std::size_t> full = overfull(holders, *known);
    (full ? fails : longest.tokens) = length;
    if (full) longest.ended_by = full;
  }
  return longest;
}

std::string counted_tokens(std::int64_t tokens) { return fmt::format("{} token{}", tokens, tokens == 1 ? "" : "s"); }

std::string sequences(const Context& context) {
  return fmt::format("{} sequence{}", context.batch, context.batch == 1 ? "" : "s");
}

// Empty where the config has as many positions, or does not say.
std::string limit_text(std::int64_t tokens, std::optional<std::int64_t> positions) {
  if (!positions || tokens <= *positions) return "";
  return fmt::format(" (the config has {} positions, by `max_position_embeddings`)", *positions);
}

// The rest of the answer, once it is known what each holds: how long a context may be.
std::string longest_text(const Context& context, const std::vector<Holder>& holders, const Caches& caches,
                         std::optional<std::int64_t> positions) {
  const Known<Longest> longest = longest_context(holders, caches);
  if (!longest) return fmt::format("the longest context is not known: {}\n", printable(longest.unknown().why));
  const std::string_view what = "beside the weights, without activations";
  if (!longest->ended_by)
    return fmt::format("the context of {} {} has no end below {} tokens{}\n", sequences(context), what, kLongest,
                       limit_text(kLongest, positions));
  const std::string by = holders.size() == 1 ? "" : fmt::format(", where {} is full", holders[*longest->ended_by].name);
  return fmt::format("longest context of {} {}: {} tokens{}{}\n", sequences(context), what, longest->tokens, by,
                     limit_text(longest->tokens, positions));
}

Bytes bytes_of(const std::vector<CachedTensor>& cache) {
  Bytes sum;
  for (const CachedTensor& tensor : cache) sum = bounded_sum(sum, storage_of(tensor.dtype, tensor.shape));
  return sum;
}

// ---- devices

// Where a module of the map works: the device of its name, of one above it, or else of the first part of it.
std::optional<Device> device_of(const DeviceMap& map, std::string_view module) {
  const auto is_below = [](std::string_view name, std::string_view above) {
    return above.empty() || name == above ||
           (name.size() > above.size() && name.starts_with(above) && name[above.size()] == '.');
  };
  const DeviceMapEntry* part = nullptr;
  for (const DeviceMapEntry& entry : map.entries) {
    if (is_below(module, entry.name)) return entry.device;
    if (part == nullptr && is_below(entry.name, module)) part = &entry;
  }
  return part == nullptr ? std::nullopt : std::optional(part->device);
}

// What lies on cpu or disk works on the first accelerator that the map names, where it names any.
Device main_device(const DeviceMap& map) {
  const auto is_accelerated = [](const DeviceMapEntry& entry) { return entry.device.is_accelerated(); };
  const auto first = std::find_if(map.entries.begin(), map.entries.end(), is_accelerated);
  return first == map.entries.end() ? Device::cpu() : first->device;
}

// How much of the cache each device gets.
class DeviceCaches {
 public:
  DeviceCaches(const Placement& placement, EvaluatedModel& evaluated, std::int64_t batch)
      : placement_(placement), evaluated_(evaluated), batch_(batch) {}

  Known<std::vector<Bytes>> operator()(std::int64_t length) {
    Known<ForwardPass> pass = find_forward(evaluated_, {batch_, length, places_.empty()});
    if (!pass) return pass.unknown();
    if (!pass->raises.empty()) return Unknown{pass->raises + pass->place};
    std::vector<Bytes> caches(placement_.loads.size());
    for (const CachedTensor& tensor : pass->cache) {
      const auto [at, is_new] = places_.try_emplace(tensor.name, 0);
      if (is_new) {
        const std::optional<std::size_t> place = place_of(tensor.module);
        if (!place) {
          places_.erase(at);
          return Unknown{fmt::format("which device gets {} is not known", quoted_name(tensor.name))};
        }
        at->second = *place;
      }
      caches[at->second] = bounded_sum(caches[at->second], storage_of(tensor.dtype, tensor.shape));
    }
    return caches;
  }

 private:
  std::optional<std::size_t> place_of(const std::string& module) const {
    const std::optional<Device> device = module.empty() ? std::nullopt : device_of(placement_.map, module);
    if (!device) return std::nullopt;
    const Device works = device->is_accelerated() ? *device : main_device(placement_.map);
    for (std::size_t i = 0; i < placement_.loads.size(); ++i) {
      if (placement_.loads[i].device == works) return i;
    }
    return std::nullopt;
  }

  const Placement& placement_;
  EvaluatedModel& evaluated_;
  const std::int64_t batch_;
  std::map<std::string, std::size_t> places_;  // of a tensor of the cache, by its name there
};

std::string device_lines(const std::vector<Holder>& holders, const std::vector<Bytes>& caches) {
  std::string text;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    if (caches[i] == Bytes()) continue;
    const Bytes sum = bounded_sum(holders[i].weights, caches[i]);
    text += fmt::format("  {}: {}, with the weights {}", holders[i].name, human_size(caches[i]), human_size(sum));
    if (holders[i].memory)
      text +=
          fmt::format(" of {}{}", human_size(*holders[i].memory), sum <= *holders[i].memory ? "" : ": they do not fit");
    text += "\n";
  }
  return text;
}

}  // namespace

bool asks_for_context(const MapOptions& options) {
  return !options.context.empty() || !options.batch.empty() || !options.gpu.empty();
}

std::string complaint_about_context(const MapOptions& options) {
  const Result<Context> context = context_of(options);
  return context.ok() ? "" : context.error().message;
}

Result<std::string> memory_of_ranks(const MapOptions& options, const ParallelMap& map, const MapAfterTokens& after,
                                    std::optional<std::int64_t> positions) {
  const Result<Context> context = context_of(options);
  if (!context) return context.error();
  if (context->length == 0 && !context->memory) return std::string();
  Holder fullest{"", {}, context->memory};
  for (const RankLoad& load : rank_loads(map)) fullest.weights = std::max(fullest.weights, load.total());
  const Caches caches = [&](std::int64_t tokens) -> Known<std::vector<Bytes>> {
    const Known<ParallelMap> run = after({context->batch, tokens});
    if (!run) return run.unknown();
    if (run->forward.empty()) return Unknown{run->raises};
    Bytes most;
    for (const RankForward& each : run->forward) {
      if (!each.pass) return each.pass.unknown();
      if (!each.pass->raises.empty()) return Unknown{each.pass->raises + each.pass->place};
      most = std::max(most, bytes_of(each.pass->cache));
    }
    return std::vector<Bytes>{most};
  };
  std::string text;
  if (context->length > 0) {
    const Known<std::vector<Bytes>> known = caches(context->length);
    if (!known) return fmt::format("the cache is not known: {}\n", printable(known.unknown().why));
    text +=
        fmt::format("cache of {} in {}: {} on the fullest rank, with the weights {}{}\n",
                    counted_tokens(context->length), sequences(*context), human_size(known->front()),
                    human_size(bounded_sum(known->front(), fullest.weights)), limit_text(context->length, positions));
    if (context->memory)
      text += fmt::format("{} has {}: weights and cache {}\n", options.gpu, human_size(*context->memory),
                          overfull({fullest}, *known) ? "do not fit" : "fit");
  }
  if (!context->memory) return text;
  if (fullest.weights > *context->memory)
    return text + fmt::format("{} has {}: the weights alone do not fit\n", options.gpu, human_size(*context->memory));
  return text + longest_text(*context, {fullest}, caches, positions);
}

Result<std::string> memory_of_devices(const MapOptions& options, const Placement& placement,
                                      EvaluatedModel& evaluated) {
  const Result<Context> context = context_of(options);
  if (!context) return context.error();
  if (placement.crash) return std::string();
  std::vector<Holder> holders;
  for (const DeviceLoad& load : placement.loads)
    holders.push_back({"device " + name_of(load.device), load.used,
                       load.device.is_accelerated() && context->memory ? context->memory : load.budget});
  const std::optional<std::int64_t> positions = positions_of(evaluated);
  DeviceCaches on_devices(placement, evaluated, context->batch);
  const Caches caches = [&](std::int64_t tokens) { return on_devices(tokens); };
  std::string text = "\n";
  if (context->length > 0) {
    const Known<std::vector<Bytes>> known = caches(context->length);
    if (!known) return text + fmt::format("the cache is not known: {}\n", printable(known.unknown().why));
    text += fmt::format("cache of {} in {}{}\n{}", counted_tokens(context->length), sequences(*context),
                        limit_text(context->length, positions), device_lines(holders, *known));
  }
  if (std::none_of(holders.begin(), holders.end(), [](const Holder& each) { return each.memory; })) return text;
  const std::vector<Bytes> nothing(holders.size());
  if (const auto full = overfull(holders, nothing))
    return text + fmt::format("the weights alone do not fit on {}\n", holders[*full].name);
  return text + longest_text(*context, holders, caches, positions);
}

}  // namespace ckptlint
