// What sets and the views of dicts that are like sets share.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// A set, or the keys or items of a dict.
bool set_like(const Value& value);
// Slots of either: `right` need not be like a set.
Truth set_equal(Interpreter& in, const Value& left, const Value& right);
Value set_order(Interpreter& in, Operator op, const Value& left, const Value& right);
Value set_binary(Interpreter& in, Operator op, const Value& left, const Value& right);

}  // namespace ckptlint::python
