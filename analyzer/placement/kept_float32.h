// What from_pretrained of transformers 4, or of diffusers, tells accelerate of dtypes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ckptlint/module_graph.h"
#include "placement/simulate.h"

namespace ckptlint {

// The parameters that these names keep in float32, each under its first name, as special dtypes.
using KeptNames = std::vector<std::string>;
std::vector<std::pair<std::string, Dtype>> kept_in_float32(const ModuleGraph& graph, const KeptNames& names,
                                                           const PlacementLibraries& libraries);

// Fills in `dtype` and `special_dtypes` for a model that is loaded in the dtype it was built in.  Nothing for
// transformers 5, which counts tensors as they are, nor where that dtype is not known.
void add_loaded_dtypes(const ModuleGraph& graph, PlacementQuestion& question);

}  // namespace ckptlint
