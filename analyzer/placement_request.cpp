#include "placement_request.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/regular_file.h"
#include "placement/budget_text.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kMostMapBytes = 16u << 20;

}  // namespace

Result<std::vector<std::pair<std::string, Device>>> parse_device_map(std::string_view json, const std::string& shown) {
  const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
  if (!parsed.is_object())
    return Error{fmt::format("{} is not a device map: a JSON object of names and devices", shown)};
  std::vector<std::pair<std::string, Device>> map;
  for (const auto& [name, value] : parsed.items()) {
    const std::string text = value.is_string()            ? value.get<std::string>()
                             : value.is_number_unsigned() ? value.dump()
                                                          : "";
    Result<Device> device = parse_device(text);
    if (!device.ok())
      return Error{fmt::format("{} gives {} no device: {}", shown, quoted_name(name), device.error().message)};
    map.emplace_back(name, *device);
  }
  if (map.empty()) return Error{fmt::format("{} is an empty device map", shown)};
  return map;
}

Result<PlacementRequest> placement_request(const PlacementOptions& options, const std::string& transformers) {
  PlacementRequest request;
  if (!options.accelerate.empty()) {
    Result<LibraryVersion> version = parse_library_version(options.accelerate);
    if (!version.ok()) return Error{"`--accelerate`: " + version.error().message};
    request.accelerate = *version;
    request.accelerate_asked = true;
  }
  if (!transformers.empty()) {
    Result<LibraryVersion> version = parse_library_version(transformers);
    if (!version.ok()) return Error{"`--transformers`: " + version.error().message};
    request.transformers = *version;
  }
  if (!options.max_memory.empty()) {
    Result<std::vector<Budget>> budgets = parse_budgets(options.max_memory);
    if (!budgets.ok()) return Error{"`--max-memory`: " + budgets.error().message};
    request.budgets = std::move(*budgets);
  }
  const std::string& map = options.device_map;
  if (map.empty()) return request;
  if (const auto mode = map_mode_of_name(map)) {
    request.mode = *mode;
    return request;
  }
  if (const Result<Device> device = parse_device(map); device.ok()) {
    request.by_hand.emplace_back("", *device);
    return request;
  }
  std::string json = map;
  std::string shown = "`--device-map`";
  if (!map.starts_with("{")) {
    shown = quoted_name(map);
    const Result<RegularFile> file = RegularFile::open(map);
    if (!file.ok())
      return Error{fmt::format("`--device-map` is no mode and no device, and as a file: {}", file.error().message)};
    if (file->size() > kMostMapBytes) return Error{shown + " is too large for a device map"};
    Result<std::string> text = file->read(0, file->size());
    if (!text.ok()) return text.error();
    json = std::move(*text);
  }
  auto parsed = parse_device_map(json, shown);
  if (!parsed.ok()) return parsed.error();
  request.by_hand = std::move(*parsed);
  return request;
}

}  // namespace ckptlint
