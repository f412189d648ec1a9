// What a repo holds, which files belong to what, and what of it was checked.
#pragma once

#include <vector>

#include "ckptlint/model.h"
#include "ckptlint/source.h"
#include "input/model_input.h"
#include "report/report.h"

namespace ckptlint {

// In the order in which they are loaded: the model or the adapter with its base, the parts of sentence-transformers,
// the files beside them, the repo's own code.
std::vector<RepoPart> repo_parts(const ModelInput& input, const Model& model, const SourceFiles& sources);

}  // namespace ckptlint
