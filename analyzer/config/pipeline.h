// The pipeline of a sentence-transformers release, read from modules.json and the folders that it names.
#pragma once

#include <cstdint>
#include <optional>

#include "base/file_tree.h"
#include "ckptlint/pipeline.h"

namespace ckptlint {

// What SentenceTransformer(path) of sentence-transformers 6.2.0 makes of the modules: which files each needs, which
// fields its config needs, its tensors, and whether it takes what the one before it gives.  `width`: of the hidden
// states that the model gives; nothing where that is not known.  Nothing where there is no modules.json.
std::optional<Pipeline> pipeline_of(const FileTree& repo, std::optional<std::int64_t> width);

}  // namespace ckptlint
