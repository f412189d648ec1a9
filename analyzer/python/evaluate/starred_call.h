// Calls with `*values` or `**mapping` among their arguments.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

struct Call;
struct Frame;

// `receiver`: the first argument of a method, or kMissing.
Value call_with_stars(Interpreter& in, Frame& frame, const Call* expr, const Value& callee, const Value& receiver);

}  // namespace ckptlint::python
