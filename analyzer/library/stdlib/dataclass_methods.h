// The methods that @dataclass writes.
#pragma once

#include <vector>

#include "library/stdlib/dataclasses.h"

namespace ckptlint::python {

struct DataclassOptions {
  bool init = true, repr = true, eq = true, order = false, unsafe_hash = false, frozen = false, match_args = true,
       keyword_only = false, slots = false;
};

// Adds __init__, __repr__, comparisons, __hash__, ... to the class, as the options and its own definitions say.
// `fields` are all of its fields in order, ClassVars excluded.  Raises TypeError as the decorator does.
void add_dataclass_methods(Interpreter& in, Class* type, const std::vector<FieldView>& fields,
                           const DataclassOptions& options);
// Says the types of its parameters in __annotations__ of an __init__ that was added.
void annotate_init(Interpreter& in, Class* type);

}  // namespace ckptlint::python
