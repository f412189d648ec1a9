// Loads the parts of a sentence-transformers repo as that library does, by its own code.
#pragma once

#include "ckptlint/pipeline.h"
#include "graph/build.h"

namespace ckptlint {

// Of `request`, the repo, the sources and the packages count; the library's source is among them.
Known<Pipeline> sentence_parts_of(const GraphRequest& request);

}  // namespace ckptlint
