// A from_pretrained that the repo's own class has instead of the library's.
#pragma once

#include <string>

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Why what the class loads is not known, with file and line; empty where it loads as the library does: it has none of
// its own, or one that gives what the library's gives.
std::string own_loader(python::Interpreter& in, const python::Value& type);

}  // namespace ckptlint
