// Numbers to text and back, exactly as Python 3.11 does it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "python/values/arena.h"
#include "python/values/value.h"

namespace ckptlint::python {

// repr(float): the shortest digits that read back as the same number.
std::string float_repr(double value);

// The 'e', 'f', 'g' (lower case) presentations, sign included, digits correctly rounded.  `alternate` keeps the point
// and, for 'g', trailing zeros.  Precision up to kMaxPrecision.
constexpr int kMaxPrecision = 5000;
std::string float_text(double value, char presentation, int precision, bool alternate);
// float.__str__ rules with a precision: what format(value, ".3") uses.
std::string float_general(double value, int precision, bool alternate);

std::string integer_text(const Value& integer, unsigned base);  // kInt, kBool, kBigInt

// float(text); empty where Python would raise.
std::optional<double> parse_float(std::string_view text);
// int(text, base) with base 0 or 2 to 36; kMissing where Python would raise, and `too_big` set where it is beyond
// limits.
Value parse_integer(Arena& arena, std::string_view text, unsigned base, bool& too_big);

// `text` without the whitespace around it (str.strip() of ASCII).
std::string_view stripped(std::string_view text);

}  // namespace ckptlint::python
