// Packages that fill themselves on demand: an __init__ that puts a _LazyModule in its own place.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Finds a name that such a package offers without defining it.  False: this is no lazy package, or it has no such name.
// Also Interpreter::Hooks::package_attribute.
//
// Imitates transformers' _LazyModule (4.40 to 5.23), whose table comes from a literal _import_structure, mirrored by
// the imports under TYPE_CHECKING, and in newer releases from the `__all__` of every file below the package
// (define_import_structure).  Files are read one by one, those whose folder is named like the object first.
bool lazy_package_lookup(Interpreter& in, Module* package, Str* name, Value& out);

}  // namespace ckptlint::python
