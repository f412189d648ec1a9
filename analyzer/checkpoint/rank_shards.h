// What training runs leave in place of weights: a part for each of their processes, or their state alone.
#pragma once

#include <optional>
#include <string>

#include "base/file_tree.h"

namespace ckptlint {

struct RankShards {
  std::string place;  // a file or folder of the repo
  std::string
      what;  // goes on after its name: "is ..., of which from_pretrained reads nothing: ... makes weights of it"
};

// Looks in the root and in the folders that lie directly in it; nothing where there is none.  Weights that
// from_pretrained finds may lie beside.
std::optional<RankShards> rank_shards(const FileTree& repo);

}  // namespace ckptlint
