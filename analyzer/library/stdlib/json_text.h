// JSON as Python's json module reads and writes it.
#pragma once

#include <string>
#include <string_view>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The text lies in the arena.  Raises JSONDecodeError with Python's message.  NaN and Infinity are read, numbers keep
// all their digits.
Value read_json(Interpreter& in, std::string_view text);

struct JsonStyle {
  int indent = -1;  // below 0: one line
  bool sort_keys = false;
  bool ascii = true;
  std::string item = ", ", colon = ": ";
  Value fallback;  // json.dumps(default=): called for what has no form of its own
};

// Raises TypeError for values that have no form in JSON.
std::string write_json(Interpreter& in, const Value& value, const JsonStyle& style);

}  // namespace ckptlint::python
