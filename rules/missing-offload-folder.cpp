// Reports that a device map puts weights on disk that have to be written to a folder first, and none is given.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/checkpoint.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_missing_offload_folder(const Model& model, Findings& out) {
  if (model.placements->offload_folder || !model.checkpoint) return;
  const auto& shards = model.checkpoint->shards;
  const auto other = std::find_if(shards.begin(), shards.end(), [](const Shard& shard) {
    return shard.format == WeightFormat::kTorchZip || shard.format == WeightFormat::kTorchLegacy;
  });
  if (other == shards.end()) return;
  const std::size_t first = out.size();
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement || !map.made) continue;
    const auto& loads = map.placement->loads;
    const auto disk = std::find_if(loads.begin(), loads.end(), [](const DeviceLoad& load) {
      return load.device == Device::disk() && load.tensors > 0;
    });
    if (disk == loads.end()) continue;
    Finding finding;
    finding.message =
        fmt::format("{} go to disk, and there is no `offload_folder` to write them to", human_size(disk->used));
    finding.labels.push_back({{}, other->path, {}, "weights on disk are read in place from safetensors files alone"});
    finding.notes.push_back(
        "from_pretrained raises \"ValueError: The current `device_map` had weights offloaded to the disk\"");
    add_of_call(std::move(finding), model.placements->by_hand ? "" : map.call, first, out);
  }
}

}  // namespace

extern const Rule missing_offload_folder = {
    .name = "missing-offload-folder",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a device map puts weights on disk that have to be written to a folder first, and none is given",
    .why =
        "Weights in safetensors files stay where they are when the map sends them to disk. Those in torch's "
        "own files are written once more, to `offload_folder`; without one, from_pretrained raises "
        "\"ValueError: The current `device_map` had weights offloaded to the disk\".",
    .example =
        "from_pretrained(path, device_map={\"model\": 0, \"lm_head\": \"disk\"})  # path has pytorch_model.bin alone",
    .remedy =
        "Pass `offload_folder` (and say so with `--offload-folder`), convert the weights to safetensors, or "
        "keep everything off the disk.",
    .references = "LLaVA issues 1728 and 1553, gpt4all issue 239, dolly issue 46.",
    .check = check_missing_offload_folder,
};

}  // namespace ckptlint
