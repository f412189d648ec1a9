// Whether transformers would convert the keys of a checkpoint before it compares them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// The model types and class names for which conversion_mapping.py has an entry: read from its text, as the keys of its
// dicts.  May hold a name too many, never one too few.
std::set<std::string> converted_names(std::string_view conversion_mapping);

// Why the comparison of keys cannot be relied on: keys are left over on both sides, and the library converts keys for a
// part of this model.  A sentence without final stop; nothing where the comparison stands.  `model_types` are those of
// the config and of the configs in it.
std::optional<std::string> conversion_doubt(const ModuleGraph& graph, const Loading& loading,
                                            const std::vector<std::string>& model_types,
                                            const std::set<std::string>& converted);

}  // namespace ckptlint
