// Which code of a repo people are asked to run, and by which file.
#pragma once

#include <string>
#include <vector>

#include "base/file_tree.h"

namespace ckptlint {

struct EntryPoint {
  std::string file;        // "modeling_x.py", in the repo
  std::string class_name;  // "XModel"; or a function
  std::string named_in;    // "config.json"
  std::string key;         // "auto_map.AutoModel"
};

std::vector<EntryPoint> entry_points(const FileTree& repo);

}  // namespace ckptlint
