// Modules that say themselves how a state dict is loaded into them.
#pragma once

#include <set>
#include <string>

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// The paths of those with evaluated `_load_from_state_dict` or `load_state_dict`, or with hooks on loading, and of the
// modules above them, whose load_state_dict goes down to them.
std::set<std::string> modules_with_own_loading(python::Interpreter& in, const python::Value& model);

}  // namespace ckptlint
