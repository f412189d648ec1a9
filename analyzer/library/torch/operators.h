// Python's operators where a tensor takes part: the hooks that the evaluator calls.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python::torch {

// +, -, *, /, //, %, ** with at least one tensor; raises and throws as the functions do.
Value operator_arithmetic(Interpreter& in, Operator op, const Value& left, const Value& right);
// ==, !=, <, <=, >, >=, &, |, ^, <<, >>.
Value operator_comparison(Interpreter& in, Operator op, const Value& left, const Value& right);
Value operator_matmul(Interpreter& in, const Value& left, const Value& right);

Value tensor_item(Interpreter& in, Tensor* tensor, const Value& key);
void tensor_set_item(Interpreter& in, Tensor* tensor, const Value& key, const Value& value);

}  // namespace ckptlint::python::torch
