// The format mini-language of format(), f-strings and str.format(), and what printf-style formatting shares with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

struct FormatSpec {
  std::string fill = " ";  // one character
  char align = 0;          // '<' '>' '^' '=', 0: the type's own
  char sign = 0;           // '+' '-' ' '
  bool no_negative_zero = false;
  bool alternate = false;
  bool zero = false;
  std::int64_t width = 0;
  char grouping = 0;  // ',' '_'
  std::int64_t precision = -1;
  char type = 0;
};

// Raises ValueError as Python does, naming the type of what is formatted.
FormatSpec parse_format_spec(Interpreter& in, std::string_view text, std::string_view type);

// Text of a number, string or bool; Unknown where the width or precision asks for too much.
Value formatted_text(Interpreter& in, std::string_view text, const FormatSpec& spec);
Value formatted_integer(Interpreter& in, const Value& integer, const FormatSpec& spec);
Value formatted_float(Interpreter& in, double value, const FormatSpec& spec);

}  // namespace ckptlint::python
