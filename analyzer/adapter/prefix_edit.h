// One change at the front of every name with which an adapter's keys would find their modules.
#pragma once

#include <optional>

#include "ckptlint/adapter.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// The edit with which every tensor whose module the base does not have belongs to one that no other tensor of the
// adapter has; nothing where there is none, or none is needed.  Keys are "base_model.model.<module>.lora_A.weight" and
// their like, and "base_model.model.<module>.weight" of `modules_to_save`.
std::optional<PrefixEdit> prefix_edit(const Checkpoint& adapter, const ModuleGraph& base);

}  // namespace ckptlint
