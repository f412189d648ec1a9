// Reports that a device map cuts a block whose parts have to be on one device.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

bool in_own_code(const ModuleGraph& graph) {
  const SourceFile* file = graph.sources.find(graph.modules.front().class_span.file);
  return file != nullptr && file->in_model_repo;
}

// What `_no_split_modules` has to do with it.
std::string cause_of(const ModuleGraph& graph, const std::string& class_name) {
  if (!graph.no_split_modules || graph.no_split_modules->empty())
    return fmt::format("`{}` names no class in `_no_split_modules`", graph.class_name);
  std::vector<std::string> stale;
  for (const std::string& name : *graph.no_split_modules) {
    const bool there = std::any_of(graph.modules.begin(), graph.modules.end(),
                                   [&](const Module& module) { return module.class_name == name; });
    if (!there) stale.push_back(name);
  }
  if (stale.empty()) return fmt::format("`_no_split_modules` does not name `{}`", class_name);
  return fmt::format("`_no_split_modules` names {}, of which the model has no module, and not `{}`",
                     listed_names(stale), class_name);
}

// "what `attn` and `mlp` return", "`scale` and what `mlp` returns", "its input and what `mlp` returns": the parts are
// modules or tensors.
std::string parts_text(const ModuleGraph& graph, const BlockCut& cut) {
  const std::string prefix = graph.module(cut.module).name.empty() ? "" : graph.module(cut.module).name + ".";
  const auto is_tensor = [&](const std::string& part) {
    return std::any_of(graph.tensors.begin(), graph.tensors.end(),
                       [&](const Tensor& tensor) { return tensor.name == prefix + part; });
  };
  if (cut.parts.size() == 2 && !is_tensor(cut.parts[0]) && !is_tensor(cut.parts[1]))
    return fmt::format("what `{}` and `{}` return", cut.parts[0], cut.parts[1]);
  std::string text = cut.parts.size() == 2 ? "" : "its input";
  for (const std::string& part : cut.parts) {
    text += text.empty() ? "" : " and ";
    text += is_tensor(part) ? fmt::format("`{}`", part) : fmt::format("what `{}` returns", part);
  }
  return text;
}

// A module that was placed tensor by tensor for the sake of what its class leaves out of placement, and lies on several
// devices: no key of the map is a module of it, so that nothing moves what goes into one.
struct CutBlock {
  const PlacementStep* step;
  std::vector<std::string> devices;
  std::vector<std::string> left_out;
};

std::vector<CutBlock> cut_blocks(const ModuleGraph& graph, const Placement& placement) {
  std::vector<CutBlock> all;
  for (const PlacementStep& step : placement.trace) {
    if (step.kind != StepKind::kTookApart || step.module == ModuleId::kNone) continue;
    const std::string prefix = graph.module(step.module).name + ".";
    std::set<Device> devices;
    for (const DeviceMapEntry& entry : placement.map.entries) {
      if (entry.name.starts_with(prefix)) devices.insert(entry.device);
    }
    if (devices.size() < 2) continue;
    CutBlock& taken = all.emplace_back(CutBlock{&step, {}, {}});
    for (const Device device : devices) taken.devices.push_back(name_of(device));
    for (const LostTensor& lost : placement.unplaced) {
      const std::string& name = graph.tensor(lost.tensor).name;
      if (lost.cause == LossCause::kLeftOut && name.starts_with(prefix)) taken.left_out.push_back(name);
    }
  }
  return all;
}

// "devices 0 and 3", of those on which nothing is; empty where there is none.
std::string empty_devices(const Placement& placement) {
  std::vector<std::string> names;
  for (const DeviceLoad& load : placement.loads) {
    if (load.tensors == 0 && load.device.is_accelerated()) names.push_back(name_of(load.device));
  }
  return names.empty() ? "" : fmt::format("device{} {}", names.size() == 1 ? "" : "s", fmt::join(names, ", "));
}

void report_taken_apart(const ModuleGraph& graph, const SimulatedMap& map, bool shown, std::size_t first,
                        Findings& out) {
  if (!map.placement || !map.made || map.placement->crash) return;
  const std::vector<CutBlock> all = cut_blocks(graph, *map.placement);
  if (all.empty()) return;
  Finding finding;
  if (shown) finding.severity = Severity::kWarning;
  std::string blocks;
  for (const CutBlock& taken : all) {
    const Module& module = graph.module(taken.step->module);
    blocks += fmt::format("{}`{}` (`{}`) over the devices {}", blocks.empty() ? "" : ", ", module.name,
                          module.class_name, fmt::join(taken.devices, ", "));
    finding.labels.push_back(Label::at(module.registered, "placed tensor by tensor"));
    finding.notes.push_back(fmt::format(
        "{} needs {} on device {}, which are not there; then it is placed tensor by tensor, without {}, which the "
        "class leaves without a device (`_no_placement_params`) and which had been counted",
        all.size() == 1 ? "it" : fmt::format("`{}`", module.name), human_size(taken.step->needed),
        name_of(taken.step->device), listed_names(taken.left_out)));
  }
  finding.message = fmt::format("the device map cuts {}, which {} to keep whole", blocks,
                                all.size() == 1 ? "is a class" : "are classes");
  finding.notes.emplace_back(
      "nothing moves what goes from a tensor on one device to that on another: \"Expected all tensors to be on the "
      "same device\"");
  if (const std::string empty = shown ? empty_devices(*map.placement) : ""; !empty.empty())
    finding.notes.push_back(fmt::format("nothing is on {}", empty));
  add_of_call(std::move(finding), map.call, first, out);
}

void check_split_block(const Model& model, Findings& out) {
  const ModuleGraph& graph = *model.graph;
  const std::size_t first = out.size();
  for (const SimulatedMap& map : model.placements->maps) report_taken_apart(graph, map, false, first, out);
  for (const SimulatedMap& map : model.placements->shown) report_taken_apart(graph, map, true, first, out);
  for (const BlockCut& cut : model.placements->cuts) {
    Finding& finding = out.emplace_back();
    const std::string sum = "`forward` combines " + parts_text(graph, cut);
    if (cut.sure) {
      finding.severity = Severity::kError;
      std::vector<std::string> blocks;
      for (const ModuleId block : cut.blocks) blocks.push_back(graph.module(block).name);
      finding.message =
          fmt::format("the device map cuts {} (`{}`), where {}", listed_names(blocks), cut.class_name, sum);
    } else {
      finding.severity = cut.wide && in_own_code(graph) ? Severity::kWarning : Severity::kInfo;
      finding.message = fmt::format("`{}` may be cut over devices, where {}", cut.class_name, sum);
    }
    if (cut.where.known()) finding.labels.push_back(Label::at(cut.where, "combined here"));
    for (const std::string& clause : cut.cut_by) finding.notes.push_back("cut by " + clause);
    if (!cut.why.empty()) finding.notes.push_back(cut.why);
    finding.notes.push_back(
        "nothing moves what a part of a cut module returns, and torch refuses to add tensors of two devices: "
        "\"Expected all tensors to be on the same device\"");
    if (model.placements->by_hand) {
      finding.remedies = {MendDeviceMap{cut.blocks}};
      continue;
    }
    finding.notes.push_back(cause_of(graph, cut.class_name));
    finding.remedies = {KeepWhole{{}, {cut.blocks.front()}}};
    if (!model.placements->budgets.empty()) finding.remedies.push_back(WriteDeviceMap{});
  }
}

}  // namespace

extern const Rule split_block = {
    .name = "split-block",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a device map cuts a block whose parts have to be on one device",
    .why =
        "A map gives each of its modules a hook that brings what goes into the module to the module's device. "
        "A block that is not in the map itself, but in parts, has none: `residual + self.mlp(x)` then adds "
        "tensors of two devices, which torch refuses. `_no_split_modules` is there to keep such blocks whole; "
        "where it is absent or names a class that is gone, automatic maps cut them as the budgets have it.",
    .example =
        "class MyModel(PreTrainedModel):\n"
        "    _no_split_modules = []  # and each MyBlock computes x = x + self.attn(x); x = x + self.mlp(x)",
    .remedy =
        "Name the block's class in `_no_split_modules`; with accelerate's own functions, pass it as "
        "`no_split_module_classes`; in a map given by hand, give the block one key.",
    .references =
        "transformers issues 23816, 29786 and 30858, pull request 26949; accelerate issues 661 and 1851; "
        "diffusers issue 10446.",
    .check = check_split_block,
};

}  // namespace ckptlint
