// The index of a sharded checkpoint: {"metadata": {"total_size": ...}, "weight_map": {tensor: file}}.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/shared_bytes.h"
#include "checkpoint/weight_file.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

struct IndexFile {
  WeightIndex index;                // `weight_map` in the order of the file, until sorted
  std::vector<std::string> shards;  // paths of the tree, sorted, each once; ShardIds of `index` are places here
  SharedBytes text;
  std::vector<std::shared_ptr<const void>> texts;  // what the names of `index` are views of: `text` first
  std::vector<Defect> defects;
  bool by_name = true;     // `weight_map` lists distinct names in their bytewise order, as the libraries write it
  bool as_listed = false;  // each tensor of the shards is in the shard that `index` says, and there are no others
};

// Reads as `get_checkpoint_shard_files` of transformers 5.23.0 does; files are relative to the index's folder.  A file
// that is not inside the tree is a defect and is not looked at.
IndexFile read_index(const FileTree& repo, const std::string& path);

// The names that an index puts in each of its shards, by name; nothing for an index that is not `by_name`, or puts some
// outside the repo.
std::vector<ListedNames> listed_names(const IndexFile& file);

// Sorts `weight_map` by name; of equal names the last counts, as in Python.
void sort_index(WeightIndex& index);

// What the index says, held against the tensors that the shards' headers have.  `rows` are those of all shards that
// could be read, sorted by name, then by shard.
void check_index(const IndexFile& file, const std::vector<Shard>& shards, const std::vector<StoredTensor>& rows,
                 std::vector<Defect>& out);

}  // namespace ckptlint
