// list, tuple, range, slice.
#include <fmt/format.h>

#include <limits>

#include "library/builtins/builtins.h"
#include "library/builtins/methods.h"
#include "python/evaluate/arithmetic.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/signature.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

List* list_self(Interpreter& in, const Arguments& arguments) {
  return receiver<List>(in, arguments, Kind::kList, "list");
}

// A position for insert() and index(): clamped, negative ones from the end.
std::int64_t clamped_position(Interpreter& in, const Value& value, std::int64_t length) {
  if (unwrap(value).is(Kind::kBigInt)) return unwrap(value).as<BigInt>()->approximate < 0 ? 0 : length;
  std::int64_t position = in.to_int(value);
  if (position < 0) position = position < -length ? 0 : position + length;
  return position > length ? length : position;
}

// ---- list

Value list_new(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!arguments[0].is(Kind::kClass)) in.raise_type_error("list.__new__(X): X is not a type object");
  if (arguments[0].as<Class>() != in.classes.list)
    return as_instance_of(in, arguments[0], in.classes.list, Value::of(in.list()));
  check_method(in, arguments, "list", 0, 1);
  if (arguments.count == 1) return Value::of(in.list());
  return arguments[1].unknown() ? arguments[1] : Value::of(in.collect(arguments[1]));
}

Value list_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, iterable] = method_arguments<"self, iterable=">(in, "list", arguments);
  List* self = list_self(in, arguments);
  self->items.count = 0;
  if (arguments.count > 1) self->items = in.collect(iterable)->items;
  return Value::none();
}

Value list_append(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, object] = method_arguments<"self, object">(in, "list.append", arguments);
  in.step();
  list_self(in, arguments)->items.push(in.arena, object);
  return Value::none();
}

Value list_extend(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, iterable] = method_arguments<"self, iterable">(in, "list.extend", arguments);
  const Value self = receiver_of(in, arguments, Kind::kList, "list");
  container_in_place(in, Operator::kAdd, self, iterable);
  return Value::none();
}

Value list_insert(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, index, object] = method_arguments<"self, index, object">(in, "insert", arguments);
  List* self = list_self(in, arguments);
  if (index.unknown()) in.note_partial("a list is written at a position that is not known");
  in.step(1 + self->items.count / 8);
  self->items.insert(in.arena, static_cast<std::size_t>(clamped_position(in, index, self->items.count)), object);
  return Value::none();
}

Value list_pop(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, index] = method_arguments<"self, index=">(in, "pop", arguments);
  List* self = list_self(in, arguments);
  if (self->items.empty()) in.raise(in.exception("IndexError"), "pop from empty list");
  std::int64_t at = self->items.count - 1;
  if (arguments.count == 2) {
    if (index.unknown()) {
      in.note_partial("a list is shortened at a position that is not known");
      return index;
    }
    at = in.to_int(index);
    if (at < 0) at += self->items.count;
    if (at < 0 || at >= self->items.count) in.raise(in.exception("IndexError"), "pop index out of range");
  }
  const Value item = self->items[static_cast<std::size_t>(at)];
  in.step(1 + (self->items.count - static_cast<std::uint64_t>(at)) / 8);
  self->items.erase(static_cast<std::size_t>(at));
  return item;
}

// The position of the first equal element in [begin, end); -1 where there is none.  Notes where that is not known.
std::int64_t find_item(Interpreter& in, const Value& items, const Value& wanted, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    in.step();
    // The list may shrink under an evaluated __eq__.
    const std::int64_t length = items.is(Kind::kList) ? items.as<List>()->items.count : items.as<Tuple>()->count;
    if (i >= length) break;
    const Value item =
        items.is(Kind::kList) ? items.as<List>()->items[static_cast<std::size_t>(i)] : items.as<Tuple>()->items[i];
    if (in.equal(item, wanted)) return i;
  }
  return -1;
}

Value list_remove(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value] = method_arguments<"self, value">(in, "list.remove", arguments);
  List* self = list_self(in, arguments);
  const std::int64_t at = find_item(in, Value::of(self), value, 0, self->items.count);
  if (at < 0) in.raise_value_error("list.remove(x): x not in list");
  self->items.erase(static_cast<std::size_t>(at));
  return Value::none();
}

Value list_clear(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "list.clear", 0, 0);
  list_self(in, arguments)->items.count = 0;
  return Value::none();
}

Value list_copy(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "list.copy", 0, 0);
  return Value::of(in.collect(Value::of(list_self(in, arguments))));
}

Value list_reverse(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "list.reverse", 0, 0);
  auto& items = list_self(in, arguments)->items;
  in.step(items.count / 8);
  for (std::uint32_t i = 0; i < items.count / 2; ++i) std::swap(items[i], items[items.count - 1 - i]);
  return Value::none();
}

Value list_sort(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, reverse] = bind<"self, *, key=, reverse=">(in, "sort", arguments);
  List* list = list_self(in, arguments);
  const bool descending = !reverse.missing() && in.test(reverse);
  if (!sort_values(in, list, key, descending)) in.note_partial("a list is sorted by values that are not known");
  return Value::none();
}

// index and count of lists and tuples.
Value sequence_items(Interpreter& in, const Arguments& arguments) {
  const Value& self = builtin_self(in, arguments);
  if (!self.is(Kind::kList) && !self.is(Kind::kTuple)) {
    in.raise_type_error(fmt::format("descriptor for sequences doesn't apply to a '{}' object", in.type_name(self)));
  }
  return self;
}

Value sequence_position(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value, start, stop] = method_arguments<"self, value, start=, stop=">(in, "index", arguments);
  const Value self = sequence_items(in, arguments);
  const std::int64_t length = in.length(self);
  const std::int64_t begin = arguments.count > 2 ? clamped_position(in, start, length) : 0;
  const std::int64_t end = arguments.count > 3 ? clamped_position(in, stop, length) : length;
  const std::int64_t at = find_item(in, self, value, begin, end);
  if (at >= 0) return Value::of(at);
  if (self.is(Kind::kTuple)) in.raise_value_error("tuple.index(x): x not in tuple");
  in.raise_value_error(fmt::format("{} is not in list", in.repr(value)));
}

Value sequence_count(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value] = method_arguments<"self, value">(in, "count", arguments);
  const Value self = sequence_items(in, arguments);
  const std::int64_t length = in.length(self);
  std::int64_t count = 0;
  for (std::int64_t at = 0; (at = find_item(in, self, value, at, length)) >= 0; ++at) ++count;
  return Value::of(count);
}

Value list_set_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, value] = method_arguments<"self, key, value">(in, "__setitem__", arguments);
  in.set_item(Value::of(list_self(in, arguments)), key, value);
  return Value::none();
}
Value list_delete_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__delitem__", arguments);
  in.delete_item(Value::of(list_self(in, arguments)), key);
  return Value::none();
}
// `self op= other` of an instance keeps the instance.
Value list_in_place(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, other] = method_arguments<"self, other">(in, data.boolean ? "__iadd__" : "__imul__", arguments);
  const Value self = Value::of(list_self(in, arguments));
  const Value done = container_in_place(in, data.boolean ? Operator::kAdd : Operator::kMul, self, other);
  return done.missing() ? Value{Kind::kNotImplemented, {}} : instance;
}
Value sequence_reversed(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(*dict_find(in.builtins->attributes, in.intern("reversed")), {builtin_self(in, arguments)});
}

// ---- tuple

Value tuple_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable] = method_arguments<"cls, iterable=">(in, "tuple", arguments);
  Value made = in.tuple({});
  if (arguments.count > 1) {
    const Value& plain = unwrap(iterable);
    const bool same = plain.is(Kind::kTuple) && !plain.as<Tuple>()->is_size && !iterable.is(Kind::kInstance);
    if (same) {
      made = plain;
    } else {
      const List* items = in.collect(iterable);
      made = in.tuple(items->items.items, items->items.count);
    }
  }
  return as_instance_of(in, cls, in.classes.tuple, made);
}

// ---- range

Value range_new(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "range", 1, 3);
  std::int64_t parts[3] = {0, 0, 1};
  const std::size_t given = arguments.count - 1;
  for (std::size_t i = 0; i < given; ++i) {
    const Value& value = arguments.positional[i + 1];
    if (unwrap(value).is(Kind::kBigInt)) return in.unknown("a range outside 64-bit integers");
    if (value.is(Kind::kTensor) && tensor_scalar(in, value.as<Tensor>()).missing()) {
      return in.unknown("a range over the contents of a tensor");
    }
    parts[given == 1 ? 1 : i] = in.to_int(value);
  }
  if (parts[2] == 0) in.raise_value_error("range() arg 3 must not be zero");
  return make_range(in, parts[0], parts[1], parts[2]);
}

Range* range_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Range>(in, arguments, Kind::kRange, "range");
}

Value range_part(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Range* self = range_self(in, arguments);
  return Value::of(data.integer == 0 ? self->start : data.integer == 1 ? self->stop : self->step);
}
Value range_start(Interpreter& in, const Arguments& arguments, const Value&) {
  return range_part(in, arguments, Value::of(0));
}
Value range_stop(Interpreter& in, const Arguments& arguments, const Value&) {
  return range_part(in, arguments, Value::of(1));
}
Value range_step(Interpreter& in, const Arguments& arguments, const Value&) {
  return range_part(in, arguments, Value::of(2));
}

Value range_index(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value] = method_arguments<"self, value">(in, "range.index", arguments);
  const Value self = Value::of(range_self(in, arguments));
  if (!in.contains(self, value)) in.raise_value_error(fmt::format("{} is not in range", in.repr(value)));
  const Value distance = in.binary(Operator::kSub, value, Value::of(self.as<Range>()->start));
  return in.binary(Operator::kFloorDiv, distance, Value::of(self.as<Range>()->step));
}
Value range_count(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, value] = method_arguments<"self, value">(in, "range.count", arguments);
  return Value::of(in.contains(Value::of(range_self(in, arguments)), value) ? 1 : 0);
}

// ---- slice

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
Value or_none(const Value& value) { return value.missing() ? Value::none() : value; }
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

Value make_range(Interpreter& in, std::int64_t start, std::int64_t stop, std::int64_t step) {
  auto* made = in.arena.make<Range>();
  made->kind = Kind::kRange;
  made->start = start;
  made->stop = stop;
  made->step = step;
  if (made->size() < 0) return in.unknown("a range of more elements than 64 bits can count");
  return Value::of(made);
}

void fill_sequences(Interpreter& in) {
  auto& c = in.classes;
  in.static_method(c.list, "__new__", list_new);
  in.static_method(c.tuple, "__new__", spread<tuple_new>);
  in.static_method(c.range, "__new__", spread<range_new>);
  in.static_method(c.slice, "__new__", slice_new);
  add_methods(in, c.list,
              {{"__init__", known_receiver<list_init>},
               {"append", known_receiver<list_append>},
               {"extend", known_receiver<list_extend>},
               {"insert", known_receiver<list_insert>},
               {"pop", known_receiver<list_pop>},
               {"remove", known_receiver<list_remove>},
               {"clear", known_receiver<list_clear>},
               {"copy", known_receiver<list_copy>},
               {"reverse", known_receiver<list_reverse>},
               {"sort", known_receiver<list_sort>},
               {"__setitem__", known_receiver<list_set_item>},
               {"__delitem__", known_receiver<list_delete_item>}});
  in.method(c.list, "__iadd__", list_in_place, Value::of(true));
  in.method(c.list, "__imul__", list_in_place, Value::of(false));
  for (Class* type : {c.list, c.tuple}) {
    add_container_methods(in, type, true);
    add_operators(in, type, {"add__", "mul__"});
    add_comparisons(in, type, true);
    add_text_methods(in, type);
    add_methods(in, type,
                {{"index", spread<sequence_position>},
                 {"count", spread<sequence_count>},
                 {"__reversed__", known_receiver<sequence_reversed>}});
  }
  in.set_class(c.list, "__hash__", Value::none());
  add_container_methods(in, c.range, true);
  add_comparisons(in, c.range, false);
  add_methods(in, c.range,
              {{"index", spread<range_index>},
               {"count", spread<range_count>},
               {"__reversed__", known_receiver<sequence_reversed>}});
  in.property(c.range, "start", range_start);
  in.property(c.range, "stop", range_stop);
  in.property(c.range, "step", range_step);
  in.property(c.slice, "start", slice_start);
  in.property(c.slice, "stop", slice_stop);
  in.property(c.slice, "step", slice_step);
  in.method(c.slice, "indices", spread<slice_indices>);
  add_comparisons(in, c.slice, false);
}

}  // namespace ckptlint::python
