// Packages out of tree that bring models of their own.
#pragma once

#include <vector>

#include "graph/source_roots.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Such packages register their classes when the right one of their modules is imported: that is done for them.
void import_packages(python::Interpreter& in, const std::vector<SourceTree>& sources);

}  // namespace ckptlint
