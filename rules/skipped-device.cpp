// Reports that an automatic device map leaves an accelerator empty.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::string named(const ModuleGraph& graph, const PlacementStep& step) {
  if (step.tensor != TensorId::kNone) return "`" + graph.tensor(step.tensor).name + "`";
  return fmt::format("`{}` (`{}`)", graph.module(step.module).name, graph.module(step.module).class_name);
}

// The step at which an empty device was given up; null where it was not.
const PlacementStep* given_up(const Placement& placement, const DeviceLoad& load) {
  const auto step = std::find_if(placement.trace.begin(), placement.trace.end(), [&](const PlacementStep& each) {
    return each.kind == StepKind::kNextDevice && each.device == load.device;
  });
  return step == placement.trace.end() || !step->available ? nullptr : &*step;
}

// What the class leaves without a device although budgets are made and spent as if it had one.
struct LeftOut {
  std::vector<TensorId> tensors;
  Bytes bytes;
};

LeftOut left_out_of(const ModuleGraph& graph, const Placement& placement) {
  LeftOut left;
  for (const LostTensor& lost : placement.unplaced) {
    if (lost.cause != LossCause::kLeftOut) continue;
    left.tensors.push_back(lost.tensor);
    left.bytes += size_of(graph.tensor(lost.tensor));
  }
  return left;
}

std::string counted_text(const ModuleGraph& graph, const LeftOut& left) {
  return fmt::format(
      "{} with {} {} counted in budgets and in the size of the layer, although the class leaves {} without a device "
      "(`_no_placement_params`)",
      listed_names(graph.names_of(left.tensors)), human_size(left.bytes), left.tensors.size() == 1 ? "is" : "are",
      left.tensors.size() == 1 ? "it" : "them");
}

// Of a device that was given up.
void say_given_up(const Model& model, const PlacementStep& step, const DeviceLoad& load, Finding& finding) {
  const Bytes wanted = step.needed + step.reserved;
  const Bytes allowed = *step.available + step.reserved;  // nothing is on the device
  finding.message = fmt::format("device {} stays empty: it lacks {} for {}, after which nothing goes there",
                                name_of(load.device), human_size(wanted - allowed), named(*model.graph, step));
  std::string reserve;
  if (step.reserved > Bytes{})
    reserve =
        fmt::format(", and {} are kept free for the largest layer, should it be offloaded", human_size(step.reserved));
  finding.notes.push_back(fmt::format("it needs {}{}", human_size(step.needed), reserve));
  if (load.target && *load.target < *load.budget) {
    finding.notes.push_back(fmt::format("of the {} of the device, \"{}\" may use {}", human_size(*load.budget),
                                        model.placements->mode, human_size(*load.target)));
  }
}

void check_skipped_device(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement || !map.made || map.placement->crash) continue;
    const LeftOut left = left_out_of(*model.graph, *map.placement);
    for (const DeviceLoad& load : map.placement->loads) {
      if (load.tensors > 0 || !load.device.is_accelerated() || !load.budget || *load.budget <= Bytes{}) continue;
      const PlacementStep* step = given_up(*map.placement, load);
      // A model that fits before the last device is no fault of anyone's, unless its size was taken for another.
      if (step == nullptr && left.tensors.empty()) continue;
      Finding finding;
      finding.severity = Severity::kWarning;
      if (step != nullptr)
        say_given_up(model, *step, load, finding);
      else
        finding.message =
            fmt::format("device {} stays empty: the devices before it take the whole model", name_of(load.device));
      if (!left.tensors.empty()) finding.notes.push_back(counted_text(*model.graph, left));
      add_of_call(std::move(finding), map.call, first, out);
    }
  }
}

}  // namespace

extern const Rule skipped_device = {
    .name = "skipped-device",
    .family = Family::kPlacement,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "an automatic device map leaves an accelerator empty",
    .why =
        "Devices are filled in order. Where the next part is too large for what a device may hold, and is not "
        "to be split, the device is given up for good, even if it is still empty and smaller parts follow. "
        "The first accelerator also keeps room for the largest layer, "
        "in case that has to come back from the CPU or the disk. What a class leaves out of placement "
        "(`_no_placement_params` of transformers 5) is counted all the same, in the share of each device and in that "
        "layer.",
    .example = "max_memory = {0: \"2GiB\", 1: \"24GiB\"}  # the embedding alone has 2.6 GiB: all of it goes to 1",
    .remedy =
        "Give the device the memory that is named, leave it out, or pass a device map by hand; with "
        "accelerate's own `infer_auto_device_map`, `fallback_allocation=True` "
        "looks for a smaller part to begin with.",
    .references = "accelerate issue 3041 and pull request 3066.",
    .check = check_skipped_device,
};

}  // namespace ckptlint
