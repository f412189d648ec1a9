// Reports that an automatic device map leaves an accelerator empty.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

std::string named(const ModuleGraph& graph, const PlacementStep& step) {
  if (step.tensor != TensorId::kNone) return "`" + graph.tensor(step.tensor).name + "`";
  return fmt::format("`{}` (`{}`)", graph.module(step.module).name, graph.module(step.module).class_name);
}

// The step at which nothing had gone to the device yet and it was given up; null where it was not.
const PlacementStep* given_up(const Placement& placement, const DeviceLoad& load) {
  if (load.tensors > 0 || !load.device.is_accelerated() || !load.budget || *load.budget <= Bytes{}) return nullptr;
  const auto step = std::find_if(placement.trace.begin(), placement.trace.end(), [&](const PlacementStep& each) {
    return each.kind == StepKind::kNextDevice && each.device == load.device;
  });
  return step == placement.trace.end() || !step->available ? nullptr : &*step;
}

void check_skipped_device(const Model& model, Findings& out) {
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement || !map.made || map.placement->crash) continue;
    for (const DeviceLoad& load : map.placement->loads) {
      const PlacementStep* step = given_up(*map.placement, load);
      if (step == nullptr) continue;
      const Bytes wanted = step->needed + step->reserved;
      const Bytes allowed = *step->available + step->reserved;  // nothing is on the device
      Finding& finding = out.emplace_back();
      finding.severity = Severity::kWarning;
      finding.message = fmt::format("device {} stays empty: it lacks {} for {}, after which nothing goes there",
                                    name_of(load.device), human_size(wanted - allowed), named(*model.graph, *step));
      std::string reserve;
      if (step->reserved > Bytes{})
        reserve = fmt::format(", and {} are kept free for the largest layer, should it be offloaded",
                              human_size(step->reserved));
      finding.notes.push_back(fmt::format("it needs {}{}", human_size(step->needed), reserve));
      if (load.target && *load.target < *load.budget) {
        finding.notes.push_back(fmt::format("of the {} of the device, \"{}\" may use {}", human_size(*load.budget),
                                            model.placements->mode, human_size(*load.target)));
      }
      finding.notes.push_back("found in " + map.call);
    }
  }
}

}  // namespace

extern const Rule skipped_device = {
    .name = "skipped-device",
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "an automatic device map leaves an accelerator empty",
    .why =
        "Devices are filled in order. Where the next part is too large for what a device may hold, and is not "
        "to be split, the device is given up for good, even if it is still empty and smaller parts follow. "
        "The first accelerator also keeps room for the largest layer, "
        "in case that has to come back from the CPU or the disk.",
    .example = "max_memory = {0: \"2GiB\", 1: \"24GiB\"}  # the embedding alone has 2.6 GiB: all of it goes to 1",
    .remedy =
        "Give the device the memory that is named, leave it out, or pass a device map by hand; with "
        "accelerate's own `infer_auto_device_map`, `fallback_allocation=True` "
        "looks for a smaller part to begin with.",
    .references = "accelerate issue 3041 and pull request 3066.",
    .check = check_skipped_device,
};

}  // namespace ckptlint
