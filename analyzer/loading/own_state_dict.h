// A state dict that the code of the repo changes: by hooks, or by methods of its modules.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "graph/evaluated_model.h"

namespace ckptlint {

// The names in it; nothing where it is all persistent tensors of the model, as torch itself has it.  Throws as
// Evaluation does.
std::optional<std::set<std::string, std::less<>>> names_of_own_state_dict(EvaluatedModel& evaluated);

}  // namespace ckptlint
