// Calls that write a tensor whatever it holds, as calls that leave alone what was loaded.
#pragma once

#include <vector>

#include "ckptlint/fix.h"
#include "python/syntax/python_text.h"

namespace ckptlint {

// In every method `_init_weights` of the file: `x.data.normal_(std=s)` and `x.normal_(std=s)` become
// `init.normal_(x, std=s)`, likewise uniform_, zero_, fill_ and copy_, with transformers.initialization imported as
// `init`.  Writes to a part of a tensor stay, as the part does not know what was loaded.  Empty where there are none.
std::vector<Edit> guarded_writes(const PythonText& source, FileId file);

}  // namespace ckptlint
