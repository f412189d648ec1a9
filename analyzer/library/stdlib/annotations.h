// Annotations are kept as text; this is their value.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The type that the text of an annotation stands for in a module: names, attributes, subscripts, `|`, literals.
// Strings in it are forward references and stay strings.  Unknown for anything else and for names that cannot be
// resolved.  Where the module postpones annotations (`from __future__ import annotations`) the text itself.  `around`:
// the frames of the functions around it.
Value annotation_value(Interpreter& in, Module* module, Str* text, const Frame* around = nullptr);

// Interpreter::Hooks::function_annotation.
Value function_annotation(Interpreter& in, const Function* function, Str* text);

// Replaces the text of a class's own annotations by their values, where they have one.  Also
// Interpreter::Hooks::settle_annotations.
void settle_annotations(Interpreter& in, Class* type);

}  // namespace ckptlint::python
