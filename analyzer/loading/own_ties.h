// The tie_weights that the repo's own class has instead of the library's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/evaluated_model.h"

namespace ckptlint {

// Of the names that are missing, those that are left once it has run; nothing where the class has the library's.
// Throws as Evaluation does.
std::optional<std::vector<std::string>> missing_after_own_ties(EvaluatedModel& evaluated,
                                                               const std::vector<std::string>& missing);

}  // namespace ckptlint
