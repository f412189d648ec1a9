// Sets of the evaluated language, walked in the order in which CPython 3.11 walks them under PYTHONHASHSEED=0.
//
// Sets with a member whose hash follows its address (objects, None, dtypes) are walked in the order of adding: in
// CPython that order has no one answer.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

void set_add(Interpreter& in, Set* set, const Value& item);      // raises TypeError where it is not hashable
bool set_discard(Interpreter& in, Set* set, const Value& item);  // false where it was not there
Value set_pop(Interpreter& in, Set* set);                        // kMissing where it is empty
void set_clear(Set* set);
Set* set_copy(Interpreter& in, Set* set, bool frozen);
// All members, in order.
List* set_members(Interpreter& in, Set* set);

// set.update(iterable).
void set_extend(Interpreter& in, Set* set, const Value& iterable);
// What set(iterable) makes.  A dict and its keys count as iterables here.
Set* set_of(Interpreter& in, const Value& iterable, bool frozen = false);
// What a display of three or more constants makes, which the compiler keeps as one frozenset.  Where hashes collide,
// CPython's own order depends on whether the code came from a .pyc file; this is one of them.
Set* set_of_constants(Interpreter& in, const List* items);

// | & - ^ of two sets as a new one, not frozen.
Set* set_combined(Interpreter& in, Operator op, Set* a, Set* b);
// |= &= -= ^=.
void set_combine_in_place(Interpreter& in, Operator op, Set* set, Set* other);

}  // namespace ckptlint::python
