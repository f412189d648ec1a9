// hash() of the evaluated language.
#pragma once

#include <cstdint>
#include <optional>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// What CPython 3.11 answers under PYTHONHASHSEED=0; nothing where that follows an address, or code of the evaluated
// program.
std::optional<std::uint64_t> known_hash(Interpreter& in, const Value& value);
// The same for a part of a value, of which at most `depth` levels are looked at.
std::optional<std::uint64_t> known_hash(Interpreter& in, const Value& value, int depth);

// hash() of a value, special methods included; Unknown where CPython's own answer is arbitrary.  Raises TypeError where
// unhashable.
Value hash_of(Interpreter& in, const Value& value);

}  // namespace ckptlint::python
