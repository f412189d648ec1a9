// Why modules are stored in another packing than the model has them in.
#pragma once

#include "ckptlint/checkpoint.h"
#include "ckptlint/config.h"
#include "ckptlint/leftovers.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

struct PackedModel {
  const ModuleGraph& graph;
  const Checkpoint& checkpoint;
  const Quantization* config;  // null where config.json has none
};

// Fills in OtherPacking::cause and ::entries.  An entry is blamed only where a module suffers from it: one that matches
// nothing is harmless by itself.
void find_packing_causes(const PackedModel& model, Leftovers& left);

}  // namespace ckptlint
