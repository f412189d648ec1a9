// The statements of a module from source, which run when a name that they bind is asked for.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "python/evaluate/impl.h"

namespace ckptlint::python {

constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

ModuleBody* body_of(const Module* module);  // null for modules of the host
// Below which statement a name is to be looked for.  A top-level statement of the module itself sees what the
// statements before it made; from functions, and from other modules, all of them count.
std::uint32_t limit_of(const Interpreter& in, const Module* module, const ModuleBody* body);
// Runs the waiting statements that bind or change a name, in their order.
void demand(Interpreter& in, Module* module, Str* name);
void run_all(Interpreter& in, Module* module);
// What an ImportError calls a module, whose own import may not have come to its end.
std::string described_in_import(const Module* module);
// Raises SyntaxError for any statement of the text, also in a function that nobody calls.
void check_syntax(Interpreter& in, SourceUnit* unit);

}  // namespace ckptlint::python
