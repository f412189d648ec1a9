// A device map given by hand, put right with as few changes as will do.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"

namespace ckptlint {

struct MendedMap {
  std::vector<std::pair<std::string, Device>> map;
  std::vector<std::string> added;    // keys, in the order of the map
  std::vector<std::string> removed;  // keys, in the order of the given map
  std::vector<std::string> changed;  // keys whose device is another now
};

// From `given`, a map of `graph` as a Placement has it:
//   keys that name nothing go;
//   the keys below each of `whole` go; where nothing above covers it, it gets one key, with the first of their devices;
//   tied names that are apart go to one of their devices, an accelerator if there is one among them;
//   what no key covers gets the largest key that covers nothing else, with the device of what stands before it.
// An error where the graph is not one that a map can be made of.
Result<MendedMap> mended_map(const ModuleGraph& graph, const Placement& given, const std::vector<ModuleId>& whole);

}  // namespace ckptlint
