// Entries that code of the repo makes in the library's tables, past the calls that the library has for that.
//
// They are noted while the code runs, and at the end the library is asked whether it finds them.
#pragma once

#include <vector>

#include "ckptlint/module_graph.h"
#include "graph/build.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

class TableEntries {
 public:
  // Begins to watch the tables, where a file of the repo names any of them.
  TableEntries(python::Interpreter& in, const GraphRequest& request);

  // What was put into them and is not found there.  `model` is kMissing where there is none.
  std::vector<IgnoredEntry> ignored(const python::Value& model);

 private:
  python::Interpreter& in_;
  bool watches_ = false;
};

}  // namespace ckptlint
