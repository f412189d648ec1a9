// Device maps as accelerate and transformers would infer them, for one module graph and given budgets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "ckptlint/module_graph.h"
#include "placement/library_version.h"

namespace ckptlint {

// Whose functions are asked.
enum class Flavour : std::uint8_t {
  kAccelerate,    // get_balanced_memory, then infer_auto_device_map
  kTransformers,  // from_pretrained(device_map=...): the model's own no-split classes and ties
  kDiffusers,     // its from_pretrained: accelerate's functions with what the model keeps whole
};
// What from_pretrained of the graph's library asks.
Flavour flavour_of_loading(const ModuleGraph& graph);

// One question.  The fields below `budgets` have the libraries' defaults.
struct PlacementQuestion {
  Flavour flavour = Flavour::kTransformers;
  MapMode mode = MapMode::kAuto;
  std::vector<Budget> budgets;  // max_memory, devices distinct

  // accelerate's arguments; the transformers flavour of 4.x passes on dtype and special_dtypes, that of 5.x neither.
  std::vector<std::string> no_split_module_classes;  // kAccelerate alone; kTransformers takes the graph's
  bool classes_are_a_set = false;                    // as transformers 5 has them, and not a list
  std::optional<Dtype> dtype;
  std::vector<std::pair<std::string, Dtype>> special_dtypes;  // names distinct
  bool offload_buffers = false;
  bool fallback_allocation = false;
  bool clean_result = true;

  PlacementLibraries libraries;
  bool trace = false;
};

// How large a model is, as the asked functions count it.
struct ModelSize {
  Bytes total;
  Bytes largest_layer;                        // what is never split: a module without children, a no-split block
  ModuleId largest_module = ModuleId::kNone;  // the first of that size
};

// One graph, prepared for many questions.  The graph must outlive it.  Cheap to ask repeatedly: what depends on the
// graph alone is computed once.
class PlacementSimulator {
 public:
  explicit PlacementSimulator(const ModuleGraph& graph);
  ~PlacementSimulator();
  PlacementSimulator(PlacementSimulator&&) noexcept;
  PlacementSimulator& operator=(PlacementSimulator&&) noexcept;

  // An error where the graph is not one that torch could have built, or too large (kMostBytes).  A library that would
  // itself crash is not an error but Placement::crash.
  Result<Placement> place(const PlacementQuestion& question) const;

  // The same figures for a map given by hand: what it leaves without a device (check_device_map), and loads.
  Result<Placement> place_by_hand(const std::vector<std::pair<std::string, Device>>& map,
                                  const PlacementQuestion& question) const;

  Result<ModelSize> size(const PlacementQuestion& question) const;

  struct Prepared;
  const Prepared& prepared() const { return *prepared_; }

 private:
  std::unique_ptr<Prepared> prepared_;
};

}  // namespace ckptlint
