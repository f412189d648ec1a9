// What given sources of the libraries do with device maps, as far as their version alone does not tell.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "graph/source_roots.h"
#include "placement/library_version.h"

namespace ckptlint {

struct AccelerateSource {
  LibraryVersion version;            // as its __init__.py says
  bool split_keeps_buffers = false;  // accelerate pull request 4020, read from the code
};

// From a wheel or zip, a site-packages folder, a checkout (with or without src/), or the package's own folder.
Result<AccelerateSource> read_accelerate(const std::string& path);

// The same of transformers' own functions (integrations/accelerate.py); false where the sources have none.
Result<bool> transformers_split_keeps_buffers(const std::vector<SourceTree>& sources);

}  // namespace ckptlint
