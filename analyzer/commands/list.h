// `ckptlint list`: the tensors of weight files.
#pragma once

#include <iosfwd>

#include "input/options.h"

namespace ckptlint {

struct ListOptions {
  std::vector<std::string> paths;  // weight files, indexes, model repos, or org/name in the local cache
  OutputOptions output;            // json: a list of objects, one a path
  bool diff = false;               // compare two of them by their headers; json: one object
};

// Returns an ExitStatus: kFindings if some file has a defect that its loader refuses, or if the two compared differ.
int run_list(const ListOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
