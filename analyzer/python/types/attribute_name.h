// The name that getattr(), object.__getattribute__() and their like are given.
#pragma once

#include <fmt/format.h>

#include "python/evaluate/interpreter.h"
#include "python/evaluate/nesting.h"

namespace ckptlint::python {

// Raises TypeError where it is no text.
inline Str* attribute_name(Interpreter& in, const Value& value) {
  Str* name = as_text(value);
  if (name == nullptr) in.raise_type_error(fmt::format("attribute name must be string, not '{}'", in.type_name(value)));
  return name->interned ? name : in.intern(name->view());  // as names in the source are
}

}  // namespace ckptlint::python
