// The methods of str, one group a file.
#pragma once

#include <string_view>

#include "library/builtins/methods.h"

namespace ckptlint::python {

std::string_view text_self(Interpreter& in, const Arguments& arguments);

void fill_text_search(Interpreter& in, Class* str);  // find, replace, startswith, ...
void fill_text_parts(Interpreter& in, Class* str);   // split, join, strip, partition, ...
void fill_text_case(Interpreter& in, Class* str);    // upper, isalpha, center, ...

}  // namespace ckptlint::python
