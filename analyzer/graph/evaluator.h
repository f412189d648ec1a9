// An evaluator for the code of a request: its sources, its packages, the limits.
#pragma once

#include <memory>

#include "base/result.h"
#include "graph/build.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

using Installer = void (*)(python::Interpreter&);  // what is there without a file: library/library.h

// An error where the request asks for a version that is none.
Result<std::shared_ptr<python::Interpreter>> make_evaluator(const GraphRequest& request, Installer install);

}  // namespace ckptlint
