// The names that compiled code holds beside its variables.
#pragma once

#include <vector>

#include "python/syntax/syntax.h"
#include "python/values/symbols.h"

namespace ckptlint::python {

// __code__.co_names: of globals, attributes and imports that the code itself uses, each once; without the functions,
// classes and comprehensions in it, which are code of their own.
std::vector<Str*> names_in_code(Symbols& symbols, const Code& code);

}  // namespace ckptlint::python
