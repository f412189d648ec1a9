// Reading what a repo says of its model beside the weights.
#pragma once

#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/config.h"

namespace ckptlint {

// config.json of the repo and the files around it.  `libraries` are trees with transformers in them (as a package or at
// their root), in which model types are looked up by text alone.  An error where config.json is absent or no JSON
// object.
Result<Config> config_of(const FileTree& repo, const std::vector<FileTreePtr>& libraries);

}  // namespace ckptlint
