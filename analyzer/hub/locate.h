// What a PATH on the command line means.
#pragma once

#include <string>

#include "base/file_tree.h"
#include "base/result.h"

namespace ckptlint {

struct Location {
  FileTreePtr tree;        // the model repo
  std::string entry;       // the file in it that was named, or empty where the repo was
  std::string shown;       // the path as people wrote it, or the folder that a name stands for
  std::string hub_name{};  // of one that is read from the Hub: "org/name"
  std::string hub_commit{};
};

// A folder; a file, which stands for itself within its folder; "hf://org/name", which is read from the Hub (tree.h); or
// "org/name" (or "name") in the local Hugging Face cache (hub_cache()): the snapshot of its `main`, else the only one.
Result<Location> locate(const std::string& path);

// A name in the cache alone, whatever lies at that path: for names that a file gives.
Result<Location> locate_cached(const std::string& name);

}  // namespace ckptlint
