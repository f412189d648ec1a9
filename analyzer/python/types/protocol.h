// What values do by the special methods of their class, as instances and classes share it.
#pragma once

#include "python/evaluate/dunder.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {

Truth truth_by_methods(Interpreter& in, const Value& value);
Value length_by_methods(Interpreter& in, const Value& value);
bool iterate_by_methods(Interpreter& in, const Value& object, Iteration& out);
Truth contains_by_methods(Interpreter& in, const Value& container, const Value& value);
Value unary_by_methods(Interpreter& in, Operator op, const Value& operand);

}  // namespace ckptlint::python
