// Reports that a key of a device map given by hand names nothing in the model.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_stale_map_key(const Model& model, Findings& out) {
  if (!model.placements->by_hand) return;
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement) continue;
    std::vector<std::string> stale;
    for (const DeviceMapEntry& entry : map.placement->map.entries) {
      if (entry.module == ModuleId::kNone && entry.tensor == TensorId::kNone) stale.push_back(entry.name);
    }
    if (stale.empty()) continue;
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kWarning;
    const bool one = stale.size() == 1;
    finding.message = fmt::format("{} of the device map name{} nothing in `{}`", listed_names(stale), one ? "s" : "",
                                  model.graph->class_name);
    std::vector<std::string> children;
    for (const Module& module : model.graph->modules) {
      if (module.parent == ModuleId{0}) children.push_back(module.name);
    }
    if (!children.empty()) finding.notes.push_back("directly in the model are " + listed_names(children, 8));
    finding.notes.push_back("the libraries ignore such a key, and give what it was meant for no device");
    finding.remedies = {MendDeviceMap{}};
  }
}

}  // namespace

extern const Rule stale_map_key = {
    .name = "stale-map-key",
    .family = Family::kPlacement,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a key of a device map given by hand names nothing in the model",
    .why =
        "A map that was written for another model, or for another release of the same, has keys that match "
        "nothing. accelerate warns (\"The following device_map keys do not match any submodules in the "
        "model\") and goes on; what the key was meant for is then without a device.",
    .example = "device_map = {\"transformer\": 0, \"lm_head\": 0}  # the model calls it `model`",
    .remedy = "Use the names of this model: `ckptlint graph` prints them.",
    .references = "`check_device_map` of accelerate; LangChain-ChatGLM-Webui issue 117, LlamaFactory issue 8953.",
    .check = check_stale_map_key,
};

}  // namespace ckptlint
