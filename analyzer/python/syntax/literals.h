// The values of literals.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "python/values/arena.h"
#include "python/values/value.h"

namespace ckptlint::python {

// An integer literal with its base prefix and underscores; kBigInt outside 64 bits.
Value integer_literal(Arena& arena, std::string_view text);
double float_literal(std::string_view text);
// The text between the quotes with escapes resolved, as UTF-8; `bytes` keeps \xNN as single bytes.
std::string unescape(std::string_view text, bool bytes);

}  // namespace ckptlint::python
