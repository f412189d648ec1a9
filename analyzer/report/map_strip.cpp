// Gives each cell of a ribbon to the block that has most of it.
#include "report/map_strip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace ckptlint {
namespace {

struct Cells {
  std::string_view odd, even, cut, free, over;
};
constexpr Cells kAscii{"#", "=", "/", ".", "!"};
constexpr Cells kUnicode{"█", "▓", "▚", "░", "!"};

}  // namespace

std::string map_strip(const ModelPicture& picture, const PictureSweep& sweep, const PictureRange& range,
                      std::size_t device, double budget, const StripStyle& style) {
  const Cells& cells = style.blocks ? kUnicode : kAscii;
  const double used = device < range.used.size() ? range.used[device] : 0;
  const std::optional<double> limit = sweep.limit(device, budget);
  const double whole = limit.value_or(used);
  if (whole <= 0) return "";
  const std::set<std::uint32_t> wholes = cut_wholes(picture, range);
  std::string out;
  std::size_t filled = 0;
  double end = 0;
  bool odd = false;
  for (std::size_t i = 0; i < range.places.size(); ++i) {
    if (range.places[i] != device) continue;
    const PictureBlock& block = picture.blocks[i];
    end += block.bytes;
    const double cell = std::round(end / whole * static_cast<double>(style.width));
    // What is on a device is seen, however little it is.
    const std::size_t until = std::clamp<std::size_t>(static_cast<std::size_t>(cell), 1, style.width);
    if (until <= filled) continue;
    odd = !odd;
    const bool cut = wholes.contains(block.whole);
    for (; filled < until; ++filled) out += cut ? cells.cut : odd ? cells.odd : cells.even;
  }
  for (; filled < style.width; ++filled) out += cells.free;
  return limit && used > *limit ? out + std::string(cells.over) : out;
}

std::string map_strips(const ModelPicture& picture, const StripStyle& style) {
  if (picture.sweeps.empty()) return "";
  const PictureSweep& sweep = picture.sweeps.front();
  const PictureRange& range = sweep.ranges[sweep.shown];
  if (!range.raises.empty()) return "";
  std::size_t name_width = 0;
  for (const PictureDevice& device : sweep.devices) name_width = std::max(name_width, device.name.size());
  std::string out;
  for (std::size_t i = 0; i < sweep.devices.size(); ++i) {
    const double used = range.used[i];
    const std::optional<double> limit = sweep.limit(i, sweep.shown_budget);
    if (used == 0 && (!limit || sweep.devices[i].name == "disk")) continue;
    out += fmt::format("{:<{}}  {}  {}{}\n", sweep.devices[i].name, name_width,
                       map_strip(picture, sweep, range, i, sweep.shown_budget, style), bytes_text(used),
                       limit ? " of " + bytes_text(*limit) : "");
  }
  return out;
}

}  // namespace ckptlint
