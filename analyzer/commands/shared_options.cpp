// Which model, which placement, which output: options that several commands describe alike.
#include "commands/shared_options.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "base/escape.h"
#include "ckptlint/device_map.h"
#include "commands/terminal.h"

namespace ckptlint {
void add_model_options(OptionTable& table, ModelOptions& model) {
  table.arguments(model.paths, {.name = "PATH", .path = true});
  table.value(
      "source", model.sources, {.name = "PATH", .path = true},
      "where modeling source is: a site-packages folder, a checkout, a wheel or zip, a package (repeatable; `check` "
      "evaluates each release of transformers)");
  table.value("class", model.class_name, {.name = "NAME"}, "the class to build: bare, or module:Class");
  table.value("dtype", model.dtype, {.name = "DTYPE", .words = {{"float32", ""}, {"bfloat16", ""}, {"float16", ""}}},
              "build in this dtype instead of the config's");
  table.value("base", model.base, {.name = "PATH|NAME", .path = true},
              "the base model of an adapter, instead of the one that it names");
  table.flag("online", model.online, "read the base model that an adapter names from the Hub, where it is not here");
  table.value("graph", model.graph, {.name = "FILE", .path = true}, "a module graph as JSON, instead of source");
  table.value("transformers", model.transformers, {.name = "VERSION"}, "the release to imitate");
  table.value("torch", model.torch, {.name = "VERSION"}, "the version that the code sees (2.13.0)");
  table.value("assume", model.assume, {.name = "PACKAGE[=VERSION]"},
              "take an absent package as present, its contents unknown (repeatable)");
}

void add_loading_options(OptionTable& table, ModelOptions& model) {
  table.flag("fsdp", model.fsdp, "say what stays unset on other ranks where FSDP loads on the first one for all, too");
  table.flag("zero3", model.zero3, "say what loading under DeepSpeed ZeRO-3 passes over, too");
}

void add_parallel_options(OptionTable& table, ParallelOptions& parallel) {
  table.value("tp", parallel.tensor, {.name = "N"}, "over N processes with tensor parallelism");
  table.value("ep", parallel.expert, {.name = "N"}, "over N processes with expert parallelism");
  table.value("pp", parallel.pipeline, {.name = "N"}, "over N stages of a pipeline");
}

namespace {

constexpr std::uint32_t kMostRanks = 1024;

}  // namespace

Result<std::int64_t> whole_number(std::string_view option, const std::string& text, std::string_view taken,
                                  std::int64_t otherwise, std::int64_t most) {
  if (text.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number < 1 || number > most)
    return Error{fmt::format("`{}` takes {}, from 1 to {}, not {}", option, taken, most, quoted_name(text))};
  return number;
}

Result<std::optional<ParallelSizes>> parallel_sizes(const ParallelOptions& parallel) {
  if (parallel.tensor.empty() && parallel.expert.empty() && parallel.pipeline.empty())
    return std::optional<ParallelSizes>();
  ParallelSizes sizes;
  const std::pair<const char*, std::pair<const std::string*, std::uint32_t*>> given[] = {
      {"--tp", {&parallel.tensor, &sizes.tensor}},
      {"--ep", {&parallel.expert, &sizes.expert}},
      {"--pp", {&parallel.pipeline, &sizes.pipeline}}};
  for (const auto& [option, both] : given) {
    const Result<std::int64_t> size = whole_number(option, *both.first, "how many processes there are", 1, kMostRanks);
    if (!size) return size.error();
    *both.second = static_cast<std::uint32_t>(*size);
  }
  if (sizes.world() > kMostRanks)
    return Error{fmt::format("that makes {} processes, more than the {} that are followed", sizes.world(), kMostRanks)};
  return std::optional(sizes);
}

void add_placement_options(OptionTable& table, ModelOptions& model, PlacementOptions& placement) {
  table.value("quantization-config", model.quantization, {.name = "JSON|FILE", .path = true, .table = true},
              "quantize while loading, as from_pretrained(quantization_config=...) does");
  std::vector<Word> modes;
  for (const MapMode mode : {MapMode::kAuto, MapMode::kBalanced, MapMode::kBalancedLow0, MapMode::kSequential})
    modes.push_back({name_of(mode), ""});
  table.value("device-map", placement.device_map,
              {.name = "MODE|FILE|JSON", .words = std::move(modes), .path = true, .table = true},
              "auto, balanced, balanced_low_0, sequential, a device, or a map");
  table.value("max-memory", placement.max_memory, {.name = "BUDGETS", .table = true},
              "for example 0=24GiB,1=24GiB,cpu=64GiB");
  table.flag("offload-buffers", placement.offload_buffers,
             "buffers of offloaded layers are offloaded too (offload_buffers=True)");
  table.value("offload-folder", placement.offload_folder, {.name = "PATH", .path = true},
              "from_pretrained is given an offload_folder");
  table.value("accelerate", placement.accelerate, {.name = "VERSION|PATH", .path = true}, "the release to imitate");
}

void add_output_options(OptionTable& table, OutputOptions& output, const FormatNames& formats,
                        const FormatNames& special) {
  Taken format{.name = "FORMAT", .words_only = true};
  std::string names;
  for (const FormatName& each : formats) {
    format.words.push_back({each.name, each.writes});
    names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  for (const FormatName& each : special) format.words.push_back({each.name, each.writes});
  table.value("output-format", output.format, std::move(format),
              "one of " + names + "; the first is the default (also --format)");
  table.alias("format", "output-format");
  const auto when = std::make_shared<std::string>("auto");
  table.choice(
      "color", *when,
      {.name = "WHEN", .words = {{"auto", "where standard output is a terminal"}, {"always", ""}, {"never", ""}}},
      "auto (the default), always or never");
  table.value("jobs", output.jobs, {.name = "N"}, "threads to use; 0, the default, for one a processor");
  table.check([&output, when]() -> std::string {
    if (output.jobs < 0) return "`--jobs` is below 0";
    const Terminal terminal = terminal_of_output(*when);
    output.color = terminal.color;
    output.links = terminal.links;
    output.blocks = terminal.blocks;
    output.width = terminal.width;
    return "";
  });
}

}  // namespace ckptlint
