// Initialisation that writes to tensors past the functions that leave alone what was loaded.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Whether a method named `_init_weights` of a class of the model may write tensors itself.  Told by its text, so that
// the thousands of modules of a library's model, whose methods do not, are not gone through for nothing.
bool may_write_in_place(python::Interpreter& in, const python::Value& model);

}  // namespace ckptlint
