// exec(), eval() and ast.literal_eval(): text that is run as code.
#pragma once

#include <string_view>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Where text runs: the namespace of a module, and the one that names are bound in (the module's own where that is
// null).
struct TextScope {
  Module* globals = nullptr;
  Dict* locals = nullptr;
};

// The scope of the code that calls, or what takes its place: dicts, kMissing or None where they are not given.
TextScope text_scope(Interpreter& in, const Value& globals, const Value& locals);

enum class TextKind : std::uint8_t {
  kStatements,
  kExpression,
  kLiteral,  // an expression that ast.literal_eval() takes; ValueError for others
};

// The value of an expression, or None for statements.  Raises SyntaxError.
Value run_text(Interpreter& in, std::string_view text, TextKind what, const TextScope& scope);

}  // namespace ckptlint::python
