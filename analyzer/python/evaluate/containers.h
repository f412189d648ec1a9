// What the evaluator, the types and the library share about containers.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Raises TypeError for lists, dicts and sets.
void require_hashable(Interpreter& in, const Value& key);
[[noreturn]] void raise_key_error(Interpreter& in, const Value& key);
// The key of the dict that evaluated code calls equal to this one, else the key itself.  Differs from it only for
// instances with an __eq__ of their own, which Dict itself compares by identity.
Value stored_key(Interpreter& in, const Dict* dict, const Value& key);
Value* find_key(Interpreter& in, Dict* dict, const Value& key);  // null where absent
Truth has_key(Interpreter& in, Dict* dict, const Value& key);
// Equal to an element that a walk over `iterable` meets.
Truth among(Interpreter& in, const Value& iterable, const Value& value);

// TypeErrors of subscripts: "'int' object is not subscriptable", "'int' object <what>".
[[noreturn]] void raise_not_subscriptable(Interpreter& in, const Value& object);
[[noreturn]] void raise_unsupported(Interpreter& in, const Value& object, const char* what);

// len() as a value, which may be Unknown.
Value length_value(Interpreter& in, const Value& value);

// iter(value): an iterator object, or the instance that is its own iterator.  Unknown for Unknown.
Value make_iterator(Interpreter& in, const Value& value);
// An iterator whose elements the host makes one at a time: `next` is called with `state` as its data and returns
// kMissing at the end.  It may be endless.
Value lazy_iterator(Interpreter& in, const char* name, NativeFunction next, const Value& state, bool endless = false);
// An iterator over a list that was made for it.
Value list_iterator(Interpreter& in, List* items, const char* class_name);
// One step of any iterator value (a result of make_iterator); kMissing at the end.
Value next_of(Interpreter& in, const Value& iterator);

// The only element of a tensor as a number, where contents are known; kMissing where not.
Value tensor_scalar(const Tensor* tensor);
// The same, raising as torch does for tensors of several elements and for those on the meta device.
Value tensor_scalar(Interpreter& in, const Tensor* tensor);

// Of a type that iter() refuses: a number, None, a function, an object of a class without __iter__ and __getitem__.
bool is_no_iterable(Interpreter& in, const Value& value);
// Raises what CPython does of `*spread` among other parts.
void require_spread(Interpreter& in, const Value& spread);

}  // namespace ckptlint::python
