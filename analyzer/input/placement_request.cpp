// Reads device maps, budgets and releases from the command line into one request.
#include "input/placement_request.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

#include "base/escape.h"
#include "base/regular_file.h"
#include "input/dict_literal.h"
#include "input/library_sources.h"
#include "placement/budget_text.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kMostMapBytes = 16u << 20;

}  // namespace

Result<std::vector<std::pair<std::string, Device>>> parse_device_map(std::string_view text, const std::string& shown) {
  const auto items = parse_dict_literal(text, shown);
  if (!items.ok()) return items.error();
  std::vector<std::pair<std::string, Device>> map;
  for (const auto& [name, value, quoted] : *items) {
    Result<Device> device = parse_device(value);
    if (!device.ok())
      return Error{fmt::format("{} gives {} no device: {}", shown, quoted_name(name), device.error().message)};
    map.emplace_back(name, *device);
  }
  if (map.empty()) return Error{fmt::format("{} is an empty device map", shown)};
  return map;
}

namespace {

// "0=24GiB,cpu=64GiB", or the dict that the libraries take: {0: "24GiB", "cpu": "64GiB"}.
Result<std::vector<Budget>> parse_max_memory(const std::string& text) {
  if (text.find('{') == std::string::npos) return parse_budgets(text);
  const auto items = parse_dict_literal(text, "the text");
  if (!items.ok()) return items.error();
  std::vector<Budget> budgets;
  for (const auto& [name, value, quoted] : *items) {
    const Result<Device> device = parse_device(name);
    if (!device.ok()) return device.error();
    if (name_of(*device) != name)
      return Error{fmt::format("max_memory knows no device {}: write {}", quoted_name(name), name_of(*device))};
    const Result<Bytes> size = parse_size(value);
    if (!size.ok()) return size.error();
    if (quoted && read_size(value).problem != SizeProblem::kNone)
      return Error{fmt::format("{} in quotes is no size to accelerate, which asks for a unit", quoted_name(value))};
    for (const Budget& budget : budgets) {
      if (budget.device == *device) return Error{"the device " + name_of(*device) + " has two budgets"};
    }
    budgets.push_back({*device, *size});
  }
  // max_memory={} is no lack of an answer to the libraries: what fits on none of the devices that it names goes to
  // disk.
  if (budgets.empty()) budgets.push_back({Device::disk(), Bytes{}});
  return budgets;
}

}  // namespace

std::optional<Error> choose_libraries(PlacementRequest& request, const PlacementOptions& options,
                                      const std::string& transformers, const std::vector<SourceTree>& sources) {
  bool keeps_buffers = false;
  std::error_code failure;
  request.accelerate_asked = !options.accelerate.empty();
  if (request.accelerate_asked && std::filesystem::exists(options.accelerate, failure)) {
    const Result<AccelerateSource> source = read_accelerate(options.accelerate);
    if (!source.ok()) return Error{"`--accelerate`: " + source.error().message};
    request.accelerate = source->version;
    keeps_buffers = source->split_keeps_buffers;
  } else if (request.accelerate_asked) {
    const Result<LibraryVersion> version = parse_library_version(options.accelerate);
    if (!version.ok()) return Error{"`--accelerate`: " + version.error().message};
    request.accelerate = *version;
  }
  if (!transformers.empty()) {
    const Result<LibraryVersion> version = parse_library_version(transformers);
    if (!version.ok()) return Error{"`--transformers`: " + version.error().message};
    request.transformers = *version;
  }
  request.libraries = libraries_of(request.accelerate, request.transformers);
  request.libraries.split_keeps_buffers = keeps_buffers;
  if (!request.libraries.transformers_places_itself) return std::nullopt;
  const Result<bool> own = transformers_split_keeps_buffers(sources);
  if (!own.ok()) return own.error();
  request.libraries.own_split_keeps_buffers = *own;
  return std::nullopt;
}

Result<PlacementRequest> placement_request(const PlacementOptions& options, const std::string& transformers,
                                           const std::vector<SourceTree>& sources) {
  PlacementRequest request;
  request.offload_buffers = options.offload_buffers;
  request.offload_folder = !options.offload_folder.empty();
  if (auto failed = choose_libraries(request, options, transformers, sources)) return std::move(*failed);
  if (!options.max_memory.empty()) {
    Result<std::vector<Budget>> budgets = parse_max_memory(options.max_memory);
    if (!budgets.ok()) return Error{"`--max-memory`: " + budgets.error().message};
    request.budgets = std::move(*budgets);
  }
  const std::string& map = options.device_map;
  if (map.empty()) return request;
  if (const auto mode = map_mode_of_name(map)) {
    request.mode = *mode;
    return request;
  }
  if (map == "disk")
    return Error{"`--device-map`: from_pretrained knows no device of the name `disk`; it takes {\"\": \"disk\"}"};
  if (const Result<Device> device = parse_device(map); device.ok()) {
    request.by_hand.emplace_back("", *device);
    return request;
  }
  std::string text = map;
  std::string shown = "`--device-map`";
  if (map.find('{') == std::string::npos) {
    shown = quoted_name(map);
    const Result<RegularFile> file = RegularFile::open(map);
    if (!file.ok())
      return Error{fmt::format(
          "`--device-map` {} is no mode (auto, balanced, balanced_low_0, sequential) and no device (0, cuda:0, "
          "mps, cpu), and as a file: {}",
          shown, file.error().message)};
    if (file->size() > kMostMapBytes) return Error{shown + " is too large for a device map"};
    Result<std::string> read = file->read(0, file->size());
    if (!read.ok()) return read.error();
    text = std::move(*read);
  }
  auto parsed = parse_device_map(text, shown);
  if (!parsed.ok()) return parsed.error();
  request.by_hand = std::move(*parsed);
  return request;
}

}  // namespace ckptlint
