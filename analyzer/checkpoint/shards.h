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
// defect that says so.
std::vector<ShardFile> read_shards(const FileTree& repo, const std::vector<std::string>& paths);

// Appends them to a checkpoint that has none yet: its tensors by name, then by shard.  Returns whether no two have the
// same name.
bool put_shards(std::vector<ShardFile> files, Checkpoint& out);

}  // namespace ckptlint
