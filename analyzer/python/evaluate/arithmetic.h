// Operators on numbers and sequences that need no evaluated code.  operators.cpp decides who is asked.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Both are numbers (bool, int, big, float).  kNotImplemented where the operator does not apply to them (1.5 << 2);
// Unknown where the result is too large to be worth knowing.  Raises ZeroDivisionError, OverflowError, ValueError.
Value number_binary(Interpreter& in, Operator op, const Value& left, const Value& right);
Value number_unary(Interpreter& in, Operator op, const Value& operand);
// pow(base, exponent, modulus) of integers.
Value modular_power(Interpreter& in, const Value& base, const Value& exponent, const Value& modulus);

// Strings, bytes, lists, tuples, sets, dicts, views.  kNotImplemented where the operator does not apply.
Value container_binary(Interpreter& in, Operator op, const Value& left, const Value& right);
// `left op= right` for those that change in place; kMissing where there is no such thing.
Value container_in_place(Interpreter& in, Operator op, const Value& left, const Value& right);

// The sign in source text: "+", "//", "<=", "in".
const char* operator_text(Operator op);

}  // namespace ckptlint::python
