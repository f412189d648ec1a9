// Reports that the buffers of offloaded layers fit on no accelerator.
#include <fmt/format.h>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_offloaded_buffers(const Model& model, Findings& out) {
  if (model.placements->offload_buffers) return;
  const std::size_t first = out.size();
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement || !map.made || !map.placement->notes.offloaded_buffers) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.message = fmt::format("the buffers of offloaded layers take {}, for which no accelerator has room",
                                  human_size(*map.placement->notes.offloaded_buffers));
    finding.notes = {"they stay on the accelerator that their layers work on, beside what the map puts there",
                     "`offload_buffers=True` sends them to the CPU or the disk with their layers"};
    add_of_call(std::move(finding), map.call, first, out);
  }
}

}  // namespace

extern const Rule offloaded_buffers = {
    .name = "offloaded-buffers",
    .family = Family::kPlacement,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "the buffers of offloaded layers fit on no accelerator",
    .why =
        "Layers on the CPU or the disk leave their buffers on the accelerator. The device map does not count "
        "these, so that an accelerator that is full by the map runs out of memory.",
    .example = "max_memory = {0: \"4GiB\", \"cpu\": \"64GiB\"}  # and each layer keeps a causal mask as a buffer",
    .remedy = "Pass `offload_buffers=True`, or give an accelerator more memory.",
    .references = "transformers issue 36942; \"Current model requires ... bytes of buffer for offloaded layers\".",
    .check = check_offloaded_buffers,
};

}  // namespace ckptlint
