// The model, which is what is linted: a checkpoint, the module graph that it is loaded into, and what simulating its
// placement and its loading gave.
#pragma once

#include <cstdint>
#include <string>

namespace ckptlint {

struct Checkpoint;   // checkpoint.h
struct ModuleGraph;  // module_graph.h
struct Placements;   // device_map.h, simulated
struct Loading;      // loading.h

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

// Where the module graph came from.
enum class Basis : std::uint8_t { kNone, kSource, kGraph, kCheckpoint };

// Borrows every part; a part that is not known is null, and its bit in `known` is not set.
struct Model {
  Facts known = Facts::kNone;
  Basis basis = Basis::kNone;
  const Checkpoint* checkpoint = nullptr;
  const ModuleGraph* graph = nullptr;
  const Placements* placements = nullptr;
  const Loading* loading = nullptr;
};

}  // namespace ckptlint
