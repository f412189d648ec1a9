// Every rule, sorted by name: a new one is declared and listed here.
#include <algorithm>
#include <array>

#include "ckptlint/rule.h"

namespace ckptlint {

extern const Rule crashing_device_map;
extern const Rule empty_placeholders;
extern const Rule mismatched_shapes;
extern const Rule missing_keys;
extern const Rule missing_offload_folder;
extern const Rule offloaded_buffers;
extern const Rule renamed_keys;
extern const Rule shifted_keys;
extern const Rule skipped_device;
extern const Rule split_block;
extern const Rule stacked_layout;
extern const Rule stale_map_key;
extern const Rule stale_no_split_class;
extern const Rule surplus_layers;
extern const Rule tie_across_devices;
extern const Rule unasked_offload;
extern const Rule unbuildable_model;
extern const Rule uncovered_buffer;
extern const Rule uncovered_tensor;
extern const Rule unexpected_keys;
extern const Rule unplaceable_buffer;
extern const Rule unplaceable_shared_tensor;
extern const Rule unplaceable_top_level_tensor;
extern const Rule unreadable_weights;
extern const Rule unset_buffer;

std::span<const Rule* const> rules() {
  static constexpr std::array kRules = {
      &crashing_device_map,
      &empty_placeholders,
      &mismatched_shapes,
      &missing_keys,
      &missing_offload_folder,
      &offloaded_buffers,
      &renamed_keys,
      &shifted_keys,
      &skipped_device,
      &split_block,
      &stacked_layout,
      &stale_map_key,
      &stale_no_split_class,
      &surplus_layers,
      &tie_across_devices,
      &unasked_offload,
      &unbuildable_model,
      &uncovered_buffer,
      &uncovered_tensor,
      &unexpected_keys,
      &unplaceable_buffer,
      &unplaceable_shared_tensor,
      &unplaceable_top_level_tensor,
      &unreadable_weights,
      &unset_buffer,
  };
  return kRules;
}

const Rule* find_rule(std::string_view name) {
  const auto all = rules();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Rule* rule) { return rule->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace ckptlint
