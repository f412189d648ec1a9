// Arithmetic and comparison of numbers: bool, int of any size, float.
//
// They are kept together, unlike other types: an operator on numbers is a matter of the pair, and the answer is found
// by going up the tower (bool, 64 bits, any size, float) until both are on one step.
#pragma once

#include "python/types/methods.h"

namespace ckptlint::python {

// Both are numbers.  kNotImplemented where the operator does not apply to them (1.5 << 2); Unknown where the result is
// too large to be worth knowing.  Raises ZeroDivisionError, OverflowError, ValueError.
Value number_binary(Interpreter& in, Operator op, const Value& left, const Value& right);
Value number_unary(Interpreter& in, Operator op, const Value& operand);
// pow(base, exponent, modulus) of integers.
Value modular_power(Interpreter& in, const Value& base, const Value& exponent, const Value& modulus);

// Slots of all of them: the other operand need not be a number.
Truth number_equal(Interpreter& in, const Value& left, const Value& right);
Value number_order(Interpreter& in, Operator op, const Value& left, const Value& right);
Value number_operator(Interpreter& in, Operator op, const Value& left, const Value& right);

// The receiver of a method of int or float.  Raises TypeError where it is no number.
Value number_self(Interpreter& in, const Arguments& arguments);
// int(number).  Raises for infinities and NaN.
Value integer_from_float(Interpreter& in, double value);
// The methods that int and float share.
void add_number_methods(Interpreter& in, Class* type);

}  // namespace ckptlint::python
