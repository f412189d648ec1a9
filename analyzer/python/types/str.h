// The methods of str, a group a file, and both ways of filling a template.
#pragma once

#include <string_view>

#include "python/types/methods.h"

namespace ckptlint::python {

std::string_view text_self(Interpreter& in, const Arguments& arguments);

void fill_str_search(Interpreter& in, Class* str);  // find, replace, startswith, ...
void fill_str_parts(Interpreter& in, Class* str);   // split, join, strip, partition, ...
void fill_str_shape(Interpreter& in, Class* str);   // upper, isalpha, center, ...

// "template".format(positional, keywords) with keywords as a mapping.
Value format_template(Interpreter& in, std::string_view pattern, const Arguments& positional, const Value& mapping);
// "pattern" % values.
Value percent_format(Interpreter& in, std::string_view pattern, const Value& arguments);

}  // namespace ckptlint::python
