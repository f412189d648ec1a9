// Reports that an automatic device map puts a part of the model on disk, which the budgets do not name.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/quantizer.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unasked_offload(const Model& model, Findings& out) {
  const Placements& placements = *model.placements;
  const Quantizer* quantizer = model.graph->quantizer.get();
  const double used_share = quantizer && quantizer->budget_factor ? *quantizer->budget_factor : 1;
  const auto asked = [&](Device device) {
    return std::any_of(placements.budgets.begin(), placements.budgets.end(),
                       [&](const Budget& budget) { return budget.device == device && budget.bytes > Bytes{}; });
  };
  const std::size_t first = out.size();
  for (const SimulatedMap& map : placements.maps) {
    if (!map.placement || !map.made || map.placement->crash || placements.by_hand || asked(Device::disk())) continue;
    const auto& loads = map.placement->loads;
    const auto disk =
        std::find_if(loads.begin(), loads.end(), [](const DeviceLoad& load) { return load.device == Device::disk(); });
    if (disk == loads.end() || disk->used <= Bytes{}) continue;
    Bytes total, room;
    for (const DeviceLoad& load : loads) {
      total += load.used;
      if (load.budget) room += *load.budget;
    }
    const std::string in_all = used_share < 1 ? fmt::format("{} in all, of which {} uses {:g} %", human_size(room),
                                                            quantizer->class_name, used_share * 100)
                                              : human_size(room) + " in all";
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.message = fmt::format("{} of the model go to disk, which the budgets do not name", human_size(disk->used));
    finding.notes.push_back(
        room.value() * used_share < total.value()
            ? fmt::format("the model needs {}, and the budgets are {}", human_size(total), in_all)
            : fmt::format(
                  "the budgets, {}, would hold its {}, but devices are filled in order with whole parts, and the first "
                  "accelerator and cpu keep room for the largest layer",
                  in_all, human_size(total)));
    finding.remedies = {WriteDeviceMap{}};
    add_of_call(std::move(finding), map.call, first, out);
  }
}

}  // namespace

extern const Rule unasked_offload = {
    .name = "unasked-offload",
    .family = Family::kPlacement,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "an automatic device map puts a part of the model on disk, which the budgets do not name",
    .why =
        "What fits on no device goes to disk without a word. Each forward then reads it again, which is "
        "slower by orders of magnitude, and most quantized models refuse to load.",
    .example = "max_memory = {0: \"24GiB\", 1: \"24GiB\"}  # for a model of 61 GiB",
    .remedy =
        "Give the devices more memory, name a budget for cpu, load in a smaller dtype, or pass a device map "
        "by hand that fills the devices better; where disk is meant, such a map can name it.",
    .references = "LLaVA issues 1728 and 1553, gpt4all issue 239; accelerate issue 3041.",
    .check = check_unasked_offload,
};

}  // namespace ckptlint
