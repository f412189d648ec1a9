// Whether a value is of the type that an annotation names, as huggingface_hub 2.4.0 decides it.
#pragma once

#include <string>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Simple types by isinstance() (a bool is no int), None, Any, unions, Literal, and list, dict, tuple, set and Sequence
// with their items.  Unknown types and values are accepted, and so are forward references; every other form of type is
// not.
bool accepts(Interpreter& in, const Value& type, const Value& value);

// The message about a value that is not accepted for the field `name`.
std::string complaint(Interpreter& in, const std::string& name, const Value& type, const Value& value);

}  // namespace ckptlint::python
