// What a check is asked about placement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "graph/source_roots.h"
#include "input/options.h"
#include "placement/library_version.h"

namespace ckptlint {

// What was asked about placement.
struct PlacementRequest {
  MapMode mode = MapMode::kAuto;
  std::vector<std::pair<std::string, Device>> by_hand;  // a map given instead of a mode; empty: the mode counts
  std::vector<Budget> budgets;                          // empty: search all equal budgets
  std::vector<std::string> keep_whole;                  // classes that count as no-split beyond the model's own
  bool offload_buffers = false;
  bool offload_folder = false;    // one is given
  bool accelerate_asked = false;  // calls of accelerate's own functions are asked about, too
  LibraryVersion accelerate = kLatestAccelerate;
  LibraryVersion transformers = kLatestTransformers;
  PlacementLibraries libraries;  // what these releases do, or the sources that were given
};

// From the command line.  `transformers` is the release to imitate, or empty for the latest that is known; `sources`
// may hold its source.
Result<PlacementRequest> placement_request(const PlacementOptions& options, const std::string& transformers,
                                           const std::vector<SourceTree>& sources);
// The part of it that says which libraries are asked.  An error, or nothing.
std::optional<Error> choose_libraries(PlacementRequest& request, const PlacementOptions& options,
                                      const std::string& transformers, const std::vector<SourceTree>& sources);

// A map as JSON or as a Python dict literal, {"name": device, ...}, in its order.
Result<std::vector<std::pair<std::string, Device>>> parse_device_map(std::string_view text, const std::string& shown);

}  // namespace ckptlint
