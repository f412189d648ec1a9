// Applies what the model's quantizer refuses of device maps (validate_environment) to a map.
#include "placement/refused_map.h"

#include <algorithm>
#include <set>

namespace ckptlint {

std::optional<LibraryCrash> refused_map(const SizedModel& model, const std::vector<MapRow>& map,
                                        const std::vector<Device>& devices) {
  if (model.quantizer == nullptr || model.quantizer->refused.empty()) return std::nullopt;
  const std::vector<std::string>& exempt = model.quantizer->exempt_keys;
  std::set<Device> used;
  std::size_t keys = 0;
  MapShape shape;
  for (const MapRow& row : map) {
    const Device device = devices[index(row.device)];
    if (std::find(exempt.begin(), exempt.end(), model.tree->name(row.node)) != exempt.end()) {
      shape.exempt_on_accelerator |= device.is_accelerated();
      continue;
    }
    used.insert(device);
    ++keys;
  }
  shape.one_key = keys == 1;
  for (const Device device : used) {
    shape.cpu |= device == Device::cpu();
    shape.disk |= device == Device::disk();
    if (device.is_accelerated() && shape.accelerators < 2) ++shape.accelerators;
  }
  for (const RefusedShape& refused : model.quantizer->refused) {
    if (refused.shape == shape)
      return LibraryCrash{refused.raised.type, "validate_environment", refused.raised.message};
  }
  return std::nullopt;
}

}  // namespace ckptlint
