// One function for each file of this folder that makes a module; install.cpp of the library calls them in its order.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

void install_string(Interpreter& in);
void install_operator(Interpreter& in);
void install_math(Interpreter& in);
void install_itertools(Interpreter& in);
void install_re(Interpreter& in);
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
void install_files(Interpreter& in);  // behind os
void install_ast(Interpreter& in);
void install_sys(Interpreter& in);
void install_json(Interpreter& in);
void install_importlib(Interpreter& in);
void install_harmless(Interpreter& in);
void install_random(Interpreter& in);

}  // namespace ckptlint::python
