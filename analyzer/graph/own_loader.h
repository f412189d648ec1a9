// A from_pretrained that the repo's own class has instead of the library's.
#pragma once

#include <string>

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// What the `from_pretrained` of the model's class gives, where the library's gives this model as it is now; kMissing
// where the class has the library's.  What the class does to the model afterwards is done to it.
python::Value given_by_own_loader(python::Interpreter& in, const python::Value& model);

// Why what the model's class loads is not known, with file and line; empty where it loads as the library does: it has
// no from_pretrained of its own, or one that gives the model that the library's has given it.  Tried on a copy.
std::string own_loader(python::Interpreter& in, const python::Value& model);

}  // namespace ckptlint
