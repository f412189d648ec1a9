// A state dict that the code of the repo changes: by hooks, or by methods of its modules.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "ckptlint/checkpoint.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// The names in it; nothing where it is all persistent tensors of the model, as torch itself has it.  Throws as
// Evaluation does.
std::optional<std::set<std::string, std::less<>>> names_of_own_state_dict(EvaluatedModel& evaluated);

// Looks for each of the `names` that is no tensor of the model where loading looks for it, which raises.  `stored`:
// what the checkpoint has.  Throws as Evaluation does.
void look_for_names_of_no_tensor(EvaluatedModel& evaluated, const ModuleGraph& graph, const Checkpoint& stored,
                                 const std::set<std::string, std::less<>>& names);

}  // namespace ckptlint
