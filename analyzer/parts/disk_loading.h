// Lets evaluated code load from a disk that has a repo alone (packages/disk_loading.py).
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// An Installer (graph/evaluator.h): the library, and stored tensors by their files.
void install_disk_loading(python::Interpreter& in);

// Makes `_disk_loading` a module of such an evaluator.
void let_load_from_disk(python::Interpreter& in);

}  // namespace ckptlint
