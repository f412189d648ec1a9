// What the rest of the library takes from this folder.
#pragma once

#include <string_view>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// An accelerator, and the packages that transformers' quantizers ask for; they have to be in the environment too.
void install_quantizer_packages(Interpreter& in);
// `method`: the `quant_method` that is asked for.
void add_quantizer_packages(Environment& environment, std::string_view method);
// The same of a model of diffusers.
void add_packages_of_diffusers(Environment& environment, std::string_view method);

}  // namespace ckptlint::python
