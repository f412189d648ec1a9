// From the options of the command line to a module graph: which repo, which source, which basis.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands.h"
#include "graph/build.h"

namespace ckptlint {

// The source trees to evaluate with: those given, else the Python environment named by VIRTUAL_ENV or CONDA_PREFIX or
// found on PATH (folders are looked at, nothing is started), else the copy that set-up put beside the program.
Result<std::vector<SourceTree>> sources_for(const ModelOptions& options);

// Builds the graph of the repo that the options name, or reads it where --graph gives one.
Result<BuiltGraph> graph_of_repo(const ModelOptions& options, const std::vector<std::string>& assume = {});

}  // namespace ckptlint
