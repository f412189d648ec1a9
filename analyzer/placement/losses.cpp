// Marks the modules that lose a persistent buffer or a shared tensor when they are split.
#include "placement/losses.h"

namespace ckptlint {

std::vector<bool> lossy_modules(const SizedModel& model) {
  const PlacementTree& tree = *model.tree;
  std::vector<bool> lossy(tree.module_count());
  for (std::uint32_t row = 0; row < tree.module_count(); ++row) {
    const ModuleId id{row};
    const bool is_root = row == 0;
    if (model.layers.no_split[row] && !is_root) {
      lossy[row] = model.style.has_no_placement_params;
      continue;
    }
    if (tree.children(id).empty() && !is_root) continue;
    bool drops_a_buffer = false;
    if (!is_root && !model.style.split_keeps_buffers) {
      for (const NodeId buffer : tree.buffers(id)) drops_a_buffer |= tree.is_persistent(tree.as_tensor(buffer));
    }
    lossy[row] = drops_a_buffer || tree.repeats_a_part(id);
  }
  return lossy;
}

}  // namespace ckptlint
