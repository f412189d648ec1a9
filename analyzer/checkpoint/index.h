// The index of a sharded checkpoint: {"metadata": {"total_size": ...}, "weight_map": {tensor: file}}.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/name_order.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

struct IndexFile {
  WeightIndex index;                // `weight_map` in the order of the file, until sort_index()
  std::vector<std::string> shards;  // paths of the tree, sorted, each once; ShardIds of `index` are places here
  std::shared_ptr<const std::string> text;
  std::vector<std::shared_ptr<const std::string>> texts;  // what the names of `index` are views of: `text` first
  std::vector<Defect> defects;
  bool aligned = false;  // entry i and row i have the same name, for all of both: see sort_index()
};

// Reads as `get_checkpoint_shard_files` of transformers 5.23.0 does; files are relative to the index's folder.  A file
// that is not inside the tree is a defect and is not looked at.
IndexFile read_index(const FileTree& repo, const std::string& path);

// Sorts `weight_map` by name; of equal names the last counts, as in Python.  `rows` are the tensors that the shards
// have, in any order, and `order` is that of their names: where the index lists each of them once and nothing else,
// which is found out without comparing it with itself, the two are aligned.
void sort_index(IndexFile& file, const std::vector<StoredTensor>& rows, const NameOrder& order);

// What the index says, held against the tensors that the shards' headers have.  `rows` are those of all shards that
// could be read, sorted by name, then by shard.
void check_index(const IndexFile& file, const std::vector<Shard>& shards, const std::vector<StoredTensor>& rows,
                 std::vector<Defect>& out);

}  // namespace ckptlint
