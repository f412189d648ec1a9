// The index of a sharded checkpoint, as save_pretrained of transformers writes it.
#pragma once

#include <string>

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

struct IndexText {
  std::string path;  // in the repo
  std::string text;
};

// From the headers of all shards; what the index that is there says in `metadata` stays, `total_size` apart.  An error
// where a shard is absent or cannot be loaded: an index of the others would hide that.
Result<IndexText> index_text(const Checkpoint& checkpoint, const FileTree& repo);

}  // namespace ckptlint
