// infer_auto_device_map, of accelerate and of transformers 5: module by module, device by device.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/result.h"
#include "placement/balanced_memory.h"
#include "placement/sized_model.h"
#include "placement/treat_list.h"

namespace ckptlint {

// Index into Inference's devices.
enum class DeviceSlot : std::uint32_t {};
constexpr std::uint32_t index(DeviceSlot slot) { return static_cast<std::uint32_t>(slot); }

struct MapRow {
  NodeId node = NodeId::kNone;
  DeviceSlot device{};
};

// A module that was taken apart, and what for.
struct TakenApart {
  ModuleId module = ModuleId::kNone;
  DeviceSlot device{};
  PythonNumber needed;
  PythonNumber available;
  bool tensor_by_tensor = false;  // without the _no_placement_params
};

// The budgets of one device for which every comparison that was made comes out the same: [at_least, below), in eighths.
struct BudgetBounds {
  std::int64_t at_least = std::numeric_limits<std::int64_t>::min();
  std::int64_t below = std::numeric_limits<std::int64_t>::max();
};

struct Inferred {
  std::vector<Device> devices;          // by slot; disk is the last
  std::vector<MapRow> map;              // as the loop made it, before it is cleaned
  std::vector<TakenApart> taken_apart;  // in order; the root is not in it
  std::vector<PythonNumber> used;       // by slot, the reserves for the largest layer included
  PythonNumber offloaded_buffers;       // of modules on cpu and disk
  bool offloaded_buffers_fit = true;    // with some accelerator
  std::vector<std::pair<DeviceSlot, PythonNumber>> minimum_memory;
  std::vector<BudgetBounds> bounds;  // by slot; figures for notes are not looked at
  std::optional<LibraryCrash> crash;
  std::vector<PlacementStep> trace;
};

struct InferOptions {
  bool trace = false;
  bool notes = true;  // figures behind warnings: offloaded buffers
};

// One model, for many budgets: what a run writes into is kept for the next.  Not for two threads at once.
class Inference {
 public:
  explicit Inference(const SizedModel& model);

  // `budgets` in the library's order.  An error where the loop does not end.
  Result<Inferred> run(const DeviceBudgets& budgets, const InferOptions& options = {});

 private:
  struct Treated;

  void start(const DeviceBudgets& budgets);
  NodeId take_next();
  void recompute_largest_layer();
  std::uint64_t layers_lost_with(NodeId node) const;
  void treat(Treated& treated);
  void treat_size_first(Treated& treated);
  NodeId holder_of(const TiedMember& member, const TreatList& list);
  bool size_with_ties(Treated& treated, const TreatList& list);
  Treated look_at(NodeId node);
  void place(const Treated& treated);
  bool split_something_tied(const Treated& treated);
  bool take_apart_without_placement(const Treated& treated);
  void split(const Treated& treated);
  bool fall_back(const Treated& treated);
  NodeId find_fallback(PythonNumber limit);
  void expand_ancestors(NodeId node, const Treated& treated);
  void go_to_next_device(const Treated& treated);
  void note_buffers();
  PythonNumber reserve() const;

  bool at_most_budget(PythonNumber amount);
  bool at_least_budget(PythonNumber amount);

  PlacementStep& record(StepKind kind, const Treated& treated);
  std::vector<TensorId> dropped_by_splitting(ModuleId module) const;

  PythonNumber size_of(NodeId node) const { return model_->nodes[index(node)]; }
  bool can_split(NodeId node) const;

  const SizedModel* model_;
  const PlacementTree* tree_;
  TreatList list_;
  TreatList search_;                         // the fallback's own list
  std::vector<std::uint32_t> map_position_;  // by node; kNotMapped where it has no key
  std::vector<std::uint32_t> passed_epoch_;  // by node: the epoch in which its layers were struck off

  // One run.
  Inferred result_;
  std::vector<std::optional<PythonNumber>> budgets_;  // by slot; none for disk
  std::vector<bool> reserves_;                        // by slot: keeps room for the largest layer
  DeviceSlot device_{};
  PythonNumber largest_layer_;
  std::uint64_t largest_layers_left_ = 0;  // of that size, not yet struck off
  std::uint32_t epoch_ = 0;                // counts recomputations
  bool counts_root_tensors_ = false;       // only the first list of layers has the root's own tensors
  PythonNumber told_used_;                 // before 1.2: what the warning about buffers takes the last device to use
  bool fell_back_ = false;
  std::uint64_t steps_ = 0;
  InferOptions options_;
  std::vector<const TiedMember*> tied_;
};

}  // namespace ckptlint
