// slice.
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

// ---- slots

void repr_slice(Printer& printer, const Value& value) {
  const auto* slice = value.as<Slice>();
  const Value parts[] = {or_none(slice->start), or_none(slice->stop), or_none(slice->step)};
  const Nesting nesting(printer.in);
  printer.out += "slice(";
  printer.items(parts, parts + 3);
  printer.out += ')';
}

Truth slice_equal(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kSlice)) return Truth::kFalse;
  const Slice* x = left.as<Slice>();
  const Slice* y = right.as<Slice>();
  const Value parts[] = {x->start, x->stop, x->step};
  const Value others[] = {y->start, y->stop, y->step};
  return equal_items(in, parts, others, 3);
}

// ---- methods

Value slice_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, start, stop, step] = method_arguments<"cls, start, stop=, step=">(in, "slice", arguments);
  auto* made = in.arena.make<Slice>();
  made->kind = Kind::kSlice;
  made->start = arguments.count > 2 ? start : Value::none();
  made->stop = arguments.count > 2 ? stop : start;
  made->step = arguments.count > 3 ? step : Value::none();
  return Value::of(made);
}

Slice* slice_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Slice>(in, arguments, Kind::kSlice, "slice");
}
Value slice_start(Interpreter& in, const Arguments& arguments, const Value&) {
  return or_none(slice_self(in, arguments)->start);
}
Value slice_stop(Interpreter& in, const Arguments& arguments, const Value&) {
  return or_none(slice_self(in, arguments)->stop);
}
Value slice_step(Interpreter& in, const Arguments& arguments, const Value&) {
  return or_none(slice_self(in, arguments)->step);
}
Value slice_indices(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_length] = method_arguments<"self, length">(in, "indices", arguments);
  const std::int64_t length = in.to_int(given_length);
  if (length < 0) in.raise_value_error("length should not be negative");
  const Slice* self = slice_self(in, arguments);
  const auto bounds = slice_bounds(in, self, length);
  if (!bounds) return unknown_part(self);
  return in.tuple({Value::of(bounds->start), Value::of(bounds->stop), Value::of(bounds->step)});
}

}  // namespace

constinit const TypeSlots kSliceSlots = {
    .type = &Interpreter::Classes::slice, .repr = repr_slice, .equal = slice_equal};

void fill_slice(Interpreter& in) {
  Class* slice = in.classes.slice;
  in.static_method(slice, "__new__", slice_new);
  in.property(slice, "start", slice_start);
  in.property(slice, "stop", slice_stop);
  in.property(slice, "step", slice_step);
  in.method(slice, "indices", spread<slice_indices>);
  add_comparisons(in, slice, false);
}

}  // namespace ckptlint::python
