// What each part of the library installs, and the few entry points that other phases use.
#pragma once

#include "python/interpreter.h"

namespace ckptlint::python {

// Everything below: what an Interpreter is made with.
void install_library(Interpreter& in);
// The same with quantizers/: an accelerator, and the packages that transformers' quantizers ask for; they have to be in
// the environment too.
void install_library_for_quantizers(Interpreter& in);
void add_quantizer_packages(Environment& environment);

// builtins/: the builtin types, functions and exceptions; before everything else.
void install_builtins(Interpreter& in);
void install_string(Interpreter& in);
void install_operator(Interpreter& in);
void install_math(Interpreter& in);
void install_itertools(Interpreter& in);
void install_re(Interpreter& in);

// One for a file of stdlib/.
void install_functools(Interpreter& in);
void install_collections(Interpreter& in);
void install_abc(Interpreter& in);
void install_copy(Interpreter& in);
void install_types(Interpreter& in);
void install_typing(Interpreter& in);
void install_named_tuples(Interpreter& in);
void install_dataclasses(Interpreter& in);
void install_enum(Interpreter& in);
void install_inspect(Interpreter& in);
void install_contextlib(Interpreter& in);
void install_logging(Interpreter& in);
void install_os(Interpreter& in);
void install_sys(Interpreter& in);
void install_json(Interpreter& in);
void install_importlib(Interpreter& in);
void install_packaging(Interpreter& in);
void install_numpy(Interpreter& in);
void install_harmless(Interpreter& in);
void install_strict(Interpreter& in);

// torch/: torch and torch.nn.
void install_torch(Interpreter& in);
// Where factory functions put tensors from now on ("meta", "cpu"), and the dtype that they take by default.
void set_default_device(Interpreter& in, std::string_view type);
void set_default_dtype(Interpreter& in, Dtype dtype);
// The elements of a tensor, row-major, or null where they are not known or more than 65,536.  Tensor::contents alone
// may be null although every element is known to be the same.
const double* tensor_contents(Interpreter& in, Tensor* tensor);

// transformers/
void install_transformers(Interpreter& in);

}  // namespace ckptlint::python
