// Reports that a tensor with two names gets no device under the second in automatic device maps.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// The outermost module around a tensor that is another one under a second name; null where it is the tensor that has
// two.
const Module* second_name(const ModuleGraph& graph, TensorId tensor) {
  const Module* found = nullptr;
  for (ModuleId at = graph.tensor(tensor).owner; at != ModuleId::kNone; at = graph.module(at).parent) {
    if (graph.module(at).alias != ModuleId::kNone) found = &graph.module(at);
  }
  return found;
}

void check_unplaceable_shared_tensor(const Model& model, Findings& out) {
  for (const Loss& loss : model.placements->losses) {
    if (loss.cause != LossCause::kSharedName) continue;
    Finding& finding = out.emplace_back();
    finding.severity = severity_of(loss);
    finding.tensors = model.graph->names_of(loss.tensors);
    const bool one = loss.tensors.size() == 1;
    finding.message = fmt::format("{} get{} no device under {} second name", listed_names(finding.tensors),
                                  one ? "s" : "", one ? "this" : "their");
    const Module* second = second_name(*model.graph, loss.tensors.front());
    if (second != nullptr && second->registered.known()) {
      const Module& first = model.graph->module(second->alias);
      finding.labels.push_back(
          Label::at(second->registered, fmt::format("`{}` is `{}` under a second name", second->name, first.name)));
    }
    for (Label& label : places_of(model, {loss.tensors.front()}, "the first of them"))
      finding.labels.push_back(std::move(label));
    finding.notes = notes_of(loss);
    finding.remedies = {WriteDeviceMap{loss.tensors}};
  }
}

}  // namespace

extern const Rule unplaceable_shared_tensor = {
    .name = "unplaceable-shared-tensor",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a tensor with two names gets no device under the second in automatic device maps",
    .why =
        "A module or tensor that its owner holds under two names is listed once when the owner is split, "
        "under the first name. The state dict has both names, and the finished map covers only one: "
        "accelerate raises \"ValueError: The device_map provided "
        "does not give any device for the following parameters\".",
    .example =
        "self.encoder = Encoder(config)\n"
        "self.backbone = self.encoder  # the same module: lost under this name when the owner is split",
    .remedy =
        "Keep one name: make the second a property that returns the first, so that it is no module of its "
        "own; or pass a complete device map.",
    .references =
        "`infer_auto_device_map` and `check_device_map` of accelerate; "
        "`named_children` of torch lists a shared child once.",
    .check = check_unplaceable_shared_tensor,
};

}  // namespace ckptlint
