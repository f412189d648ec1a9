// Reports that a device map puts tied parameters on different devices.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

bool has(const TieApart& tie, DeviceKind kind) {
  return std::any_of(tie.devices.begin(), tie.devices.end(), [&](Device device) { return device.kind == kind; });
}

void check_tie_across_devices(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement || !map.made) continue;
    for (const TieApart& tie : map.placement->ties_apart) {
      const std::vector<TensorId> tensors = tensors_named(*model.graph, tie.names);
      if (tie.untied_if_stored && all_loaded(model, tensors)) continue;
      Finding finding;
      const bool disk = has(tie, DeviceKind::kDisk);
      finding.severity = disk ? Severity::kError : Severity::kWarning;
      finding.tensors = tie.names;
      std::string where;
      for (std::size_t i = 0; i < tie.names.size(); ++i) {
        where += fmt::format("{}`{}` on {}", where.empty() ? "" : ", ", tie.names[i], name_of(tie.devices[i]));
      }
      finding.message = fmt::format("the device map takes tied parameters apart: {}", where);
      finding.labels = places_of(model, tensors, "registered here");
      finding.notes.push_back(
          "they are one tensor, which can be in one place: after dispatch the libraries tie them again, and all "
          "but one are away from where their module works");
      if (disk) {
        finding.notes.push_back(
            "from disk a tied tensor is looked for under a name that is not there: loading ends in a ValueError, "
            "or the first forward in a KeyError");
      }
      finding.remedies = {MendDeviceMap{}};
      add_of_call(std::move(finding), model.placements->by_hand ? "" : map.call, first, out);
    }
  }
}

}  // namespace

extern const Rule tie_across_devices = {
    .name = "tie-across-devices",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a device map puts tied parameters on different devices",
    .why =
        "Tied parameters are one tensor under several names. Each module's hook brings inputs to the device "
        "that the map names for the module, but the tensor is in one place only. The libraries warn at most "
        "(\"Tied parameters are on different devices\"), and then fail: on disk with a ValueError or a "
        "KeyError, elsewhere when the module meets its own weight on another device.",
    .example =
        "device_map = {\"model\": \"cpu\", \"lm_head\": \"disk\"}  # lm_head.weight is model.embed_tokens.weight",
    .remedy = "Give all names of a tied tensor the same device.",
    .references =
        "accelerate pull request 1529, transformers pull request 24029; "
        "`check_tied_parameters_on_same_device`.",
    .check = check_tie_across_devices,
};

}  // namespace ckptlint
