// What the import statements ask of the modules that were found and loaded.
#pragma once

#include "python/evaluate/impl.h"

namespace ckptlint::python {

bool installed(const Interpreter& in, std::string_view top);
// The value of a name of `holder` that may not have been imported yet.
Value resolve(Interpreter& in, Module* holder, Str* name, const Value& found);
// The names in a module's __all__; null where it has none.
List* exported_names(Interpreter& in, Module* module);

}  // namespace ckptlint::python
