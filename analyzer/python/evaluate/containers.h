// What the evaluator and the library share about containers.
#pragma once

#include <optional>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// A slice applied to a sequence of `length`, as slice.indices() does it.
struct SliceBounds {
  std::int64_t start = 0, stop = 0, step = 1;
  std::int64_t count = 0;  // elements selected
};
// Empty where a part of the slice is Unknown.  Raises TypeError, ValueError for a step of 0.
std::optional<SliceBounds> slice_bounds(Interpreter& in, const Slice* slice, std::int64_t length);
// The Unknown among the parts of a slice; kMissing where there is none.
Value unknown_part(const Slice* slice);

// A position from a subscript: negative ones count from the end.  Raises IndexError naming the type.
std::int64_t sequence_index(Interpreter& in, const Value& key, std::int64_t length, const char* type);

// The characters of a string as strings.
Value character(Interpreter& in, std::string_view bytes);
Value bytes_value(Interpreter& in, std::string_view data);

// Raises TypeError for lists, dicts and sets.
void require_hashable(Interpreter& in, const Value& key);
[[noreturn]] void raise_key_error(Interpreter& in, const Value& key);
// The key of the dict that evaluated code calls equal to this one, else the key itself.  Differs from it only for
// instances with an __eq__ of their own, which Dict itself compares by identity.
Value stored_key(Interpreter& in, const Dict* dict, const Value& key);
Value* find_key(Interpreter& in, Dict* dict, const Value& key);  // null where absent
// receiver[key] of a dict or an instance of a subclass: __missing__, default factories and counters included.
Value dict_item(Interpreter& in, const Value& receiver, const Value& key);

// len() as a value, which may be Unknown.
Value length_value(Interpreter& in, const Value& value);

// iter(value): an iterator object, or the instance that is its own iterator.  Unknown for Unknown.
Value make_iterator(Interpreter& in, const Value& value);
// An iterator whose elements the host makes one at a time: `next` is called with `state` as its data and returns
// kMissing at the end.  It may be endless.
Value lazy_iterator(Interpreter& in, const char* name, NativeFunction next, const Value& state, bool endless = false);
// An iterator over a list that was made for it.
Value list_iterator(Interpreter& in, List* items);
// One step of any iterator value (a result of make_iterator); kMissing at the end.
Value next_of(Interpreter& in, const Value& iterator);

// The only element of a tensor as a number, where contents are known; kMissing where not.
Value tensor_scalar(const Tensor* tensor);
// The same, raising as torch does for tensors of several elements and for those on the meta device.
Value tensor_scalar(Interpreter& in, const Tensor* tensor);

}  // namespace ckptlint::python
