// What the rest of the program asks of torch.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

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
// An operation whose results are each made of several elements, such as a mean, a norm, softmax or topk.
struct Reduction {
  std::string_view name;
  Span where;             // the innermost line of evaluated code
  std::int64_t over = 0;  // how many elements meet in one
};
// From now on those that are met are added to `into`; nothing is, where it is null.
void note_reductions(Interpreter& in, std::vector<Reduction>* into);
// The elements of a tensor, row-major, or null where they are not known or more than 65,536.  Tensor::contents alone
// may be null although every element is known to be the same.
const double* tensor_contents(Interpreter& in, Tensor* tensor);

}  // namespace ckptlint::python
