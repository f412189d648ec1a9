// The model, which is what is linted: a checkpoint, the module graph that it is loaded into, and what simulating its
// placement and its loading gave.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/checkpoint.h"
#include "ckptlint/device_map.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// What a rule can ask for.  A set, combined with `|`.
enum class Facts : std::uint8_t {
  kNone = 0,
  kCheckpoint = 1,  // stored tensors: names, dtypes, shapes
  kGraph = 2,       // a module graph
  kPlacement = 4,   // simulated device maps
  kLoading = 8,     // stored keys compared with the graph
  kRebuild = 16,    // whether `_init_weights` writes each non-persistent buffer: needs the source
};
constexpr Facts operator|(Facts a, Facts b) {
  return static_cast<Facts>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr Facts operator&(Facts a, Facts b) {
  return static_cast<Facts>(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}
constexpr bool has_all(Facts known, Facts needed) { return (known & needed) == needed; }

// One way to ask for a device map, and what came of it: an answer for the given budgets, or else for all equal budgets.
struct SimulatedMap {
  std::string call;     // the call, for people, in backticks: "`from_pretrained(device_map=\"auto\")` of transformers 5.23.0"
  bool by_loader = true;  // from_pretrained makes this call by itself; otherwise somebody writes it
  std::vector<std::string> no_split;  // the no-split classes in force
  std::optional<Placement> placement;  // for Placements::budgets
  std::vector<Witness> witnesses;      // where no budgets were given: one a number of devices
};

struct Placements {
  std::string mode;             // as asked: "auto", "sequential", "by hand", ...
  std::vector<Budget> budgets;  // as given; empty: all equal budgets were searched
  std::vector<SimulatedMap> maps;
};

// Borrows every part; a part that is not known is null, and its bit in `known` is not set.
struct Model {
  Facts known = Facts::kNone;
  const Checkpoint* checkpoint = nullptr;
  const ModuleGraph* graph = nullptr;
  const Placements* placements = nullptr;
  const Loading* loading = nullptr;
};

}  // namespace ckptlint
