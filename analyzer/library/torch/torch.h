// What the rest of the program asks of torch.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// torch and torch.nn.
void install_torch(Interpreter& in);
// Where factory functions put tensors from now on ("meta", "cpu"), and the dtype that they take by default.
void set_default_device(Interpreter& in, std::string_view type);
void set_default_dtype(Interpreter& in, Dtype dtype);
// Whether calling a module counts: then its hooks run, and what its forward raises is raised.  Otherwise, as while a
// model is built, what cannot be followed makes its output unknown and nothing else.  Gives what was set before.
bool set_follows_forward(Interpreter& in, bool follows);
// The elements of a tensor, row-major, or null where they are not known or more than 65,536.  Tensor::contents alone
// may be null although every element is known to be the same.
const double* tensor_contents(Interpreter& in, Tensor* tensor);

}  // namespace ckptlint::python
