// All names that the files below a folder export, kept in the user's cache from one run to the next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"

namespace ckptlint::python {

class ExportedBelow {
 public:
  // What was kept of this folder of this tree.  Knows nothing where nothing was, or where the tree has no fingerprint.
  static ExportedBelow kept(const FileTree& tree, std::string_view folder);
  // `names`: all of them, in any order.
  static ExportedBelow keep(const FileTree& tree, std::string_view folder, std::vector<std::string_view> names);

  // Whether it is known that no file exports the name.
  bool lacks(std::string_view name) const;

 private:
  std::string lines_;  // a name a line, sorted, between line breaks; empty: nothing is known
};

}  // namespace ckptlint::python
