// What the iterators of itertools are made of.
#pragma once

#include <initializer_list>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The mutable state of an iterator: a list whose places have fixed meanings.
inline Value state_of(Interpreter& in, std::initializer_list<Value> parts) {
  List* state = in.list(parts.size());
  for (const Value& part : parts) state->items.push(in.arena, part);
  return Value::of(state);
}
inline ArenaVector<Value>& parts(const Value& state) { return state.as<List>()->items; }

inline std::int64_t count_argument(Interpreter& in, const Value& value, const char* message) {
  const std::int64_t count = in.to_int(value);
  if (count < 0) in.raise_value_error(message);
  return count;
}

// product, combinations, permutations.
void fill_combinatorics(Interpreter& in, Module* itertools);

}  // namespace ckptlint::python
