// What a finished map means: which tensors it leaves out and why, and what it puts where.
#pragma once

#include <vector>

#include "ckptlint/device_map.h"
#include "placement/infer.h"

namespace ckptlint {

// check_device_map: the rows of the state dict (parameters and persistent buffers) that no name of the map covers.
std::vector<TensorId> uncovered_tensors(const PlacementTree& tree, const std::vector<MapRow>& map);
// The same for the buffers that are in no state dict.
std::vector<TensorId> uncovered_buffers(const PlacementTree& tree, const std::vector<MapRow>& map);

// Why each of them was lost, by what the loop took apart.
std::vector<LostTensor> explain_losses(const SizedModel& model, const Inferred& inferred,
                                       const std::vector<TensorId>& lost);

// The rows of the state dict that a map which was made leaves out, but for what a class leaves without a device on
// purpose.
std::vector<TensorId> lost_tensors(const SizedModel& model, const std::vector<MapRow>& map, const Inferred& inferred);

// By slot: each tensor once, on the device of its first name that the map covers.
struct SlotLoad {
  Bytes used;
  std::uint32_t tensors = 0;
};
std::vector<SlotLoad> loads(const SizedModel& model, const std::vector<MapRow>& map, std::size_t slots);

// transformers 5's check_tied_parameters_on_same_device on a cleaned map: groups that are apart, or the crash on a name
// that the map does not cover.
struct TiesApart {
  std::vector<std::uint32_t> groups;  // of SizedModel::ties
  std::optional<LibraryCrash> crash;
};
TiesApart ties_apart(const SizedModel& model, const std::vector<MapRow>& map);
// Groups that are on disk under every name, and may fail there.
std::vector<TieOnDisk> ties_on_disk(const SizedModel& model, const std::vector<MapRow>& map,
                                    const std::vector<Device>& devices, const PlacementLibraries& libraries);
// Those that are apart, by name.
std::vector<TieApart> named_ties(const SizedModel& model, const std::vector<std::uint32_t>& groups,
                                 const std::vector<MapRow>& map, const std::vector<Device>& devices);

}  // namespace ckptlint
