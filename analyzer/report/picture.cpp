// What the drawings of a picture have in common.
#include "report/picture.h"

#include <algorithm>
#include <map>

#include "ckptlint/device_map.h"

namespace ckptlint {

bool PictureSweep::moves() const {
  return std::any_of(devices.begin(), devices.end(), [](const PictureDevice& device) { return device.moved; });
}

std::optional<double> PictureSweep::limit(std::size_t device, double budget) const {
  return devices[device].moved ? std::optional(budget) : devices[device].budget;
}

std::set<std::uint32_t> cut_wholes(const ModelPicture& picture, const PictureRange& range) {
  std::map<std::uint32_t, std::uint32_t> first_places;
  std::set<std::uint32_t> cut;
  for (std::size_t i = 0; i < range.places.size(); ++i) {
    const std::uint32_t whole = picture.blocks[i].whole, place = range.places[i];
    if (whole == PictureBlock::kNone || place == PictureBlock::kNone) continue;
    if (first_places.emplace(whole, place).first->second != place) cut.insert(whole);
  }
  return cut;
}

bool is_host(const PictureDevice& device) { return device.name == "cpu" || device.name == "disk"; }

std::string bytes_text(double bytes, int digits) {
  return human_size(Bytes::eighths(static_cast<std::int64_t>(bytes * 8)), digits);
}

}  // namespace ckptlint
