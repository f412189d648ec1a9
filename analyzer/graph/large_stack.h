// Runs a function on a thread of its own with a stack that is large enough for the evaluator's deepest call.
#pragma once

#include <functional>

namespace ckptlint {

// Exceptions of `work` come out here.
void run_on_large_stack(const std::function<void()>& work);

}  // namespace ckptlint
