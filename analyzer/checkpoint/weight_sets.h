// Which weights a repo has, and which of them from_pretrained takes.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

// Looks as `_get_resolved_checkpoint_files` of transformers 5.23.0 does, with its default arguments; 4.57.6 takes the
// same.  `explicit_name` is config.json's `transformers_weights`, or empty.  None is chosen yet.
std::vector<WeightSet> find_weight_sets(const FileTree& repo, std::string_view explicit_name);
// The same as ModelMixin.from_pretrained of diffusers 0.42.1 looks.
std::vector<WeightSet> find_diffusers_sets(const FileTree& repo);

// Whether from_pretrained, of either library, looks for a file of that name in the repo's root.
bool is_looked_for(std::string_view entry);

// Appends the sets that it never takes by itself (variants, consolidated files, adapters, GGUF), sorted by name; at
// most a hundred of each folder.
void append_other_sets(const FileTree& repo, std::vector<WeightSet>& sets);

// The variants of which a folder has weights, sorted: "fp16" for "model.fp16.safetensors".
std::set<std::string> variants_in(const FileTree& repo, const std::string& folder);

// Whether a folder has files that promise weights.
bool has_weights(const FileTree& repo, const std::string& folder);

// The files of weights in the repo's root, as many as are read at once, whatever loads them.
std::vector<std::string> weight_files(const FileTree& repo);

// Names in the repo's root that promise weights or an index, and are neither a file nor a folder that can be read:
// links that lead nowhere or out of the repo, devices, FIFOs.  Those that `known` tells are not looked at.
std::vector<std::string> unreadable_entries(const FileTree& repo, const std::function<bool(std::string_view)>& known);

// What the repo's root has in place of weights that from_pretrained reads, by name, and a clause that says why it does
// not.
std::vector<std::pair<std::string, std::string>> passed_over(const FileTree& repo);

// Whether config.json is one of diffusers: it has `_class_name`, and the mark of that library or no `model_type`.
bool is_of_diffusers(const FileTree& repo);

// `transformers_weights` of config.json; empty where there is none, or no config that can be read.
std::string explicit_weights(const FileTree& repo);

// Which of the numbers 1 to M no file has, where all `names` are shards "stem-0000N-of-0000M.extension" of one family,
// in any folders.  Empty where none is missing, or names are no such shards; at most the first
// kMostMissingNumbers.
constexpr std::size_t kMostMissingNumbers = 10;
std::vector<std::uint64_t> missing_shard_numbers(const std::vector<std::string>& names);

// Whether all `names` are shards of one such family, and no number is missing: then there are no further ones.
bool are_all_shards(const std::vector<std::string>& names);

// Files beside `shards`, which are sorted, and of one family with all of them, that are not among them, sorted.
std::vector<std::string> stray_shards(const FileTree& repo, const std::vector<std::string>& shards);

// Files like "model-00002-of-00005.safetensors" in the repo's root, sorted; of the first such family by name.
std::vector<std::string> shards_without_index(const FileTree& repo);

}  // namespace ckptlint
