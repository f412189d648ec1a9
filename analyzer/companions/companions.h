// Loads the files beside the weights as the library does, by the library's own code.
//
// AutoTokenizer, AutoProcessor and GenerationConfig.from_pretrained of the release are evaluated on a disk that has the
// repo and nothing else.  What they call in compiled packages is described in Python of our own
// (library/packages/tokenizers.py and companion_packages.py).
#pragma once

#include "ckptlint/companions.h"
#include "graph/build.h"

namespace ckptlint {

// Of `request`, the repo, the sources and the packages count.
Companions companions_of(const GraphRequest& request);

}  // namespace ckptlint
