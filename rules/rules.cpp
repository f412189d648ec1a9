// Every rule, sorted by name: a new one is declared and listed here.
#include <algorithm>
#include <array>

#include "ckptlint/rule.h"

namespace ckptlint {

extern const Rule blind_ignore_pattern;
extern const Rule broken_quantization;
extern const Rule competing_weights;
extern const Rule crashing_device_map;
extern const Rule dead_keys;
extern const Rule derivable_buffer;
extern const Rule duplicate_tensor;
extern const Rule empty_placeholders;
extern const Rule failing_conversion;
extern const Rule hidden_weights;
extern const Rule invalid_config;
extern const Rule mismatched_shapes;
extern const Rule missing_architectures;
extern const Rule missing_format_metadata;
extern const Rule missing_index;
extern const Rule missing_keys;
extern const Rule missing_model_type;
extern const Rule missing_offload_folder;
extern const Rule missing_quantization_config;
extern const Rule missing_remote_code;
extern const Rule missing_tie_source;
extern const Rule missing_weight_files;
extern const Rule nested_state_dict;
extern const Rule offloaded_buffers;
extern const Rule outdated_names;
extern const Rule overwritten_weights;
extern const Rule path_outside_repo;
extern const Rule pickled_weights;
extern const Rule renamed_keys;
extern const Rule shifted_keys;
extern const Rule skipped_device;
extern const Rule split_block;
extern const Rule split_tie;
extern const Rule stacked_layout;
extern const Rule stale_map_key;
extern const Rule stale_no_split_class;
extern const Rule surplus_layers;
extern const Rule tie_across_devices;
extern const Rule token_out_of_range;
extern const Rule unasked_offload;
extern const Rule unbuildable_model;
extern const Rule uncovered_buffer;
extern const Rule uncovered_tensor;
extern const Rule unexpected_keys;
extern const Rule unfetched_weights;
extern const Rule unfound_weights;
extern const Rule unloaded_buffer;
extern const Rule unmatched_adapter;
extern const Rule unplaceable_buffer;
extern const Rule unplaceable_shared_tensor;
extern const Rule unplaceable_top_level_tensor;
extern const Rule unquantized_weights;
extern const Rule unreadable_weights;
extern const Rule unsafe_pickle;
extern const Rule unset_buffer;
extern const Rule unset_on_other_ranks;
extern const Rule untied_head;
extern const Rule wrong_index;

std::span<const Rule* const> rules() {
  static constexpr std::array kRules = {
      &blind_ignore_pattern,
      &broken_quantization,
      &competing_weights,
      &crashing_device_map,
      &dead_keys,
      &derivable_buffer,
      &duplicate_tensor,
      &empty_placeholders,
      &failing_conversion,
      &hidden_weights,
      &invalid_config,
      &mismatched_shapes,
      &missing_architectures,
      &missing_format_metadata,
      &missing_index,
      &missing_keys,
      &missing_model_type,
      &missing_offload_folder,
      &missing_quantization_config,
      &missing_remote_code,
      &missing_tie_source,
      &missing_weight_files,
      &nested_state_dict,
      &offloaded_buffers,
      &outdated_names,
      &overwritten_weights,
      &path_outside_repo,
      &pickled_weights,
      &renamed_keys,
      &shifted_keys,
      &skipped_device,
      &split_block,
      &split_tie,
      &stacked_layout,
      &stale_map_key,
      &stale_no_split_class,
      &surplus_layers,
      &tie_across_devices,
      &token_out_of_range,
      &unasked_offload,
      &unbuildable_model,
      &uncovered_buffer,
      &uncovered_tensor,
      &unexpected_keys,
      &unfetched_weights,
      &unfound_weights,
      &unloaded_buffer,
      &unmatched_adapter,
      &unplaceable_buffer,
      &unplaceable_shared_tensor,
      &unplaceable_top_level_tensor,
      &unquantized_weights,
      &unreadable_weights,
      &unsafe_pickle,
      &unset_buffer,
      &unset_on_other_ranks,
      &untied_head,
      &wrong_index,
  };
  return kRules;
}

const Rule* find_rule(std::string_view name) {
  const auto all = rules();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Rule* rule) { return rule->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace ckptlint
