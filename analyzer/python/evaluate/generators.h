// Generators: iterators over what a generator function yields, and over the elements of a generator expression.
#pragma once

#include "python/evaluate/impl.h"

namespace ckptlint::python {

// What a call of a generator function gives.  Raises TypeError where the arguments do not fit.
Value make_generator(Interpreter& in, Function* function, const Arguments& arguments);

// What a generator expression gives: the first iterable is walked into now, everything else when elements are asked
// for.
Value make_generator(Interpreter& in, Frame& frame, const Comprehension* expression, const Value& first_iterable);

// The next element of an iterator that is sent a value, or has an exception thrown into it (kMissing: none).  kMissing
// at the end; `result` is then what a generator function returned.
Value step_iterator(Interpreter& in, const Value& iterator, const Value& sent, const Value& thrown, Value& result);

// What is said of a generator that its own code asks for an element.
[[noreturn]] void raise_executing(Interpreter& in);

// The exception that throw(type, value) raises in a generator: `type` is one, or the class of one.
Value thrown_exception(Interpreter& in, const Value& type, const Value& value);

// Raises GeneratorExit where the generator stopped.
void close_generator(Interpreter& in, IteratorObject* generator);

}  // namespace ckptlint::python
