// What list, tuple, range, str and bytes share: positions, slices, joining and repetition.
#pragma once

#include <optional>

#include "python/types/methods.h"

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
// A position for insert() and index(): clamped, negative ones from the end.
std::int64_t clamped_position(Interpreter& in, const Value& value, std::int64_t length);

// Whether an element equals the value.
Truth among(Interpreter& in, const Value* items, std::size_t count, const Value& value);
// Of two sequences the first elements that differ decide.
Value order_items(Interpreter& in, Operator op, const Value* a, std::size_t a_count, const Value* b,
                  std::size_t b_count);

// How often a sequence of `size` is repeated, or -1 where the result would have more than `limit`.
std::int64_t repetitions(Interpreter& in, const Value& count, std::size_t size, std::size_t limit);
// `sequence * count` of a sequence of this kind, on either side.
Value multiplied(Interpreter& in, Kind kind, const Value& left, const Value& right,
                 Value (*repeated)(Interpreter& in, const Value& sequence, const Value& count));
[[noreturn]] void raise_not_concatenable(Interpreter& in, const Value& left, const Value& right);

// index(), count() and __reversed__() of lists and tuples.
Value sequence_position(Interpreter& in, const Arguments& arguments, const Value& data);
Value sequence_count(Interpreter& in, const Arguments& arguments, const Value& data);
Value sequence_reversed(Interpreter& in, const Arguments& arguments, const Value& data);
// The position of the first equal element in [begin, end) of a list or tuple; -1 where there is none.  Notes where that
// is not known.
std::int64_t find_item(Interpreter& in, const Value& items, const Value& wanted, std::int64_t begin, std::int64_t end);

// A part of a slice: what was left out is None.
inline Value or_none(const Value& value) { return value.missing() ? Value::none() : value; }

// ---- making them

Value make_tuple(Interpreter& in, Value* items, std::size_t count, bool is_size);
Value make_range(Interpreter& in, std::int64_t start, std::int64_t stop, std::int64_t step);
Value bytes_value(Interpreter& in, std::string_view data);
// One character as a string.
Value character(Interpreter& in, std::string_view bytes);

// A list that was made for the caller, sorted in place by list.sort()'s rules.  False where an order is not known.
bool sort_values(Interpreter& in, List* list, const Value& key, bool reverse);

}  // namespace ckptlint::python
