// Names of devices and modes, and sizes in words.
#include "ckptlint/device_map.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "base/checked.h"

namespace ckptlint {
namespace {

constexpr std::array<std::pair<MapMode, std::string_view>, 4> kModes{{
    {MapMode::kAuto, "auto"},
    {MapMode::kBalanced, "balanced"},
    {MapMode::kBalancedLow0, "balanced_low_0"},
    {MapMode::kSequential, "sequential"},
}};

}  // namespace

Bytes storage_of(Dtype dtype, std::span<const std::int64_t> shape) {
  const auto elements = element_count(shape);
  const auto taken = elements ? bit_count(*elements, bits(dtype)) : std::nullopt;
  if (!taken || *taken > static_cast<std::uint64_t>(kMostBytes.in_eighths())) return kMostBytes;
  return Bytes::eighths(static_cast<std::int64_t>(*taken));
}

std::string name_of(Device device) {
  switch (device.kind) {
    case DeviceKind::kAccelerator:
      return std::to_string(device.index);
    case DeviceKind::kMps:
      return "mps";
    case DeviceKind::kCpu:
      return "cpu";
    case DeviceKind::kDisk:
      break;
  }
  return "disk";
}

std::string_view name_of(MapMode mode) { return kModes[static_cast<std::size_t>(mode)].second; }

std::optional<MapMode> map_mode_of_name(std::string_view name) {
  for (const auto& [mode, known] : kModes) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::string human_size(Bytes size, int digits) {
  constexpr std::array kNames = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = size.value();
  std::size_t unit = 0;
  while (std::abs(value) >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  std::string number = fmt::format("{:.{}f}", value, digits);
  if (number.find('.') != std::string::npos) {
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
  }
  return number + " " + kNames[unit];
}

}  // namespace ckptlint
