// Reading what a repo says of its model beside the weights.
#pragma once

#include <cstdint>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/config.h"

namespace ckptlint {

// The longest config.json that is read.  Those with 20,000 labels have less than 2 MB; what takes memory is not the
// text but the values that it writes down, of which each can have as little as two bytes.
constexpr std::uint64_t kLongestConfig = 3u << 20;

// config.json of the repo and the files around it.  `libraries` are trees with transformers in them (as a package or at
// their root), in which model types are looked up by text alone.  An error where config.json is absent or no JSON
// object.
Result<Config> config_of(const FileTree& repo, const std::vector<FileTreePtr>& libraries);

}  // namespace ckptlint
