// The weight files of a set, read and put together.
#pragma once

#include <string>
#include <vector>

#include "base/file_tree.h"
#include "checkpoint/weight_file.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

struct ShardFile {
  Shard shard;  // its path, and whether it is there; the rest is the file's
  WeightFile file;
};

// Reads files of a tree.  Behind the file with which kMostTensors is reached none is read; the first of those has a
// defect that says so.  `listed` is empty, or has what an index says of each.
std::vector<ShardFile> read_shards(const FileTree& repo, const std::vector<std::string>& paths,
                                   const std::vector<ListedNames>& listed = {});

struct ShardOrder {
  bool distinct = false;   // no two tensors have the same name
  bool as_listed = false;  // each is in the shard that the index says, it lists no others, and all by name
};

// Puts them into a checkpoint that has none yet: its tensors by name, then by shard.  ShardIds of the index, where
// there is one by which they were read, are places in `files`.
ShardOrder put_shards(std::vector<ShardFile> files, Checkpoint& out, const WeightIndex* index = nullptr);

}  // namespace ckptlint
