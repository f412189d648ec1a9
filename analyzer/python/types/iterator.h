// next() as code of the host calls it.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The next element of an iterator; at its end `fallback`, or StopIteration where that is missing.
Value next_element(Interpreter& in, const Value& iterator, const Value& fallback);

}  // namespace ckptlint::python
