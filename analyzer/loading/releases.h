// Loading as the two forms of the library do it: stored keys renamed, converted and compared with the state dict.
//
// Both throw NotFollowed.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/checkpoint.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"
#include "loading/forgiveness.h"
#include "loading/state_dict.h"
#include "loading/transform.h"

namespace ckptlint {

// convert_and_load_state_dict_in_model of transformers 5.23.0, for an unquantized checkpoint on one process.
// `evaluated` may be null where no transform converts.  With `rows` (indices into Checkpoint::tensors), as if these
// were all that is stored.  Notes in `used`, of as many, which transforms matched a key (WeightTransform.was_used).
Compared load_with_transforms(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                              const std::vector<Transform>& transforms, EvaluatedModel* evaluated,
                              const std::vector<std::uint32_t>* rows = nullptr, std::vector<bool>* used = nullptr);

// Whether the model loads by way of _get_key_renaming_mapping: transformers 4.50 to 4.57.
bool has_key_renaming(EvaluatedModel& evaluated);

// Whether that release adjusts its report in one place, where it joins the patterns of the class and leaves the prefix
// out: 4.57.  Before, each pattern is searched for by itself, and keys keep the prefix that was put before them.
bool adjusts_report(EvaluatedModel& evaluated);

// _load_pretrained_model of transformers 4.57.6 up to _find_mismatched_keys, likewise.  The keys as the report has
// them.  `named_alone`: names that the model's own code leaves in its state dict.
Compared load_with_key_renaming(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                                EvaluatedModel& evaluated,
                                const std::vector<std::pair<std::string, std::string>>& key_mapping,
                                const std::set<std::string, std::less<>>& named_alone);

// Whether the model loads by way of _load_pretrained_model alone, which compares the keys as well: transformers before
// 4.50.
bool loads_in_one_function(EvaluatedModel& evaluated);

// That function, by its own code.  The keys as the report has them.
Compared load_in_one_function(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                              EvaluatedModel& evaluated);

// The stored shape is not the one of the tensor.
bool differs(const ModuleGraph& graph, TensorId id, const Shape& shape);

}  // namespace ckptlint
