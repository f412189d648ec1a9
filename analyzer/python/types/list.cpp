// list: what it does as a value.
#include <fmt/format.h>

#include <vector>

#include "python/evaluate/containers.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

Value list_length(Interpreter&, const Value& value) { return Value::of(std::int64_t{value.as<List>()->items.count}); }

void repr_list(Printer& printer, const Value& value) {
  printer.container(value, "[...]", [&] {
    const auto& list = value.as<List>()->items;
    printer.out += '[';
    printer.items(list.begin(), list.end());
    printer.out += ']';
  });
}

bool next_of_list(Interpreter&, Iteration& iteration, Value& out) {
  const auto& items = iteration.source.as<List>()->items;
  const auto at = static_cast<std::size_t>(iteration.at++);
  if (at >= items.count) return false;
  out = items[at];
  return true;
}

Truth list_contains(Interpreter& in, const Value& container, const Value& value) {
  const auto& items = container.as<List>()->items;
  return among(in, items.items, items.count, value);
}

Value sliced_list(Interpreter& in, const Value* items, const SliceBounds& bounds) {
  in.step(static_cast<std::uint64_t>(bounds.count) / 4);
  List* made = in.list(static_cast<std::size_t>(bounds.count));
  for (std::int64_t i = 0; i < bounds.count; ++i) made->items.push(in.arena, items[bounds.start + i * bounds.step]);
  return Value::of(made);
}

Value list_item(Interpreter& in, const Value& object, const Value& key) {
  auto& items = object.as<List>()->items;
  if (key.is(Kind::kInt) && key.integer >= 0 && key.integer < items.count)
    return items[static_cast<std::size_t>(key.integer)];
  if (key.unknown()) return key;
  if (!key.is(Kind::kSlice)) return items[static_cast<std::size_t>(sequence_index(in, key, items.count, "list"))];
  const auto bounds = slice_bounds(in, key.as<Slice>(), items.count);
  return bounds ? sliced_list(in, items.items, *bounds) : unknown_part(key.as<Slice>());
}

void set_slice(Interpreter& in, List* list, const Slice* slice, const Value& value) {
  const List* given = in.collect(value);
  // The new elements may be the list itself.
  const std::vector<Value> fresh(given->items.begin(), given->items.end());
  const auto bounds = slice_bounds(in, slice, list->items.count);
  if (!bounds) return in.note_partial("a list is written at a position that is not known");
  if (bounds->step != 1) {
    if (static_cast<std::int64_t>(fresh.size()) != bounds->count) {
      in.raise_value_error(fmt::format("attempt to assign sequence of size {} to extended slice of size {}",
                                       fresh.size(), bounds->count));
    }
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      list->items[static_cast<std::size_t>(bounds->start + static_cast<std::int64_t>(i) * bounds->step)] = fresh[i];
    }
    return;
  }
  in.step(list->items.count / 4);
  const std::vector<Value> tail(list->items.begin() + bounds->start + bounds->count, list->items.end());
  list->items.count = static_cast<std::uint32_t>(bounds->start);
  for (const Value& item : fresh) list->items.push(in.arena, item);
  for (const Value& item : tail) list->items.push(in.arena, item);
}

void list_set_item(Interpreter& in, const Value& object, const Value& key, const Value& value) {
  List* list = object.as<List>();
  if (key.unknown()) return in.note_partial("a list is written at a position that is not known");
  if (key.is(Kind::kSlice)) return set_slice(in, list, key.as<Slice>(), value);
  const std::int64_t at = sequence_index(in, key, list->items.count, "list assignment");
  list->items[static_cast<std::size_t>(at)] = value;
}

void delete_slice(Interpreter& in, List* list, const Slice* slice) {
  const auto bounds = slice_bounds(in, slice, list->items.count);
  if (!bounds) return in.note_partial("a list is shortened at a position that is not known");
  if (bounds->count == 0) return;
  in.step(list->items.count / 4);
  std::vector<bool> gone(list->items.count);
  for (std::int64_t i = 0; i < bounds->count; ++i)
    gone[static_cast<std::size_t>(bounds->start + i * bounds->step)] = true;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < list->items.count; ++i) {
    if (!gone[i]) list->items[kept++] = list->items[i];
  }
  list->items.count = kept;
}

void list_delete_item(Interpreter& in, const Value& object, const Value& key) {
  List* list = object.as<List>();
  if (key.unknown()) return in.note_partial("a list is shortened at a position that is not known");
  if (key.is(Kind::kSlice)) return delete_slice(in, list, key.as<Slice>());
  const std::int64_t at = sequence_index(in, key, list->items.count, "list assignment");
  in.step(list->items.count / 8);
  list->items.erase(static_cast<std::size_t>(at));
}

Truth list_equal(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kList)) return Truth::kFalse;
  const auto& x = left.as<List>()->items;
  const auto& y = right.as<List>()->items;
  if (x.count != y.count) return Truth::kFalse;
  in.step(x.count);
  return equal_items(in, x.items, y.items, x.count);
}

Value list_order(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (!right.is(Kind::kList)) return {};
  const auto& x = left.as<List>()->items;
  const auto& y = right.as<List>()->items;
  return order_items(in, op, x.items, x.count, y.items, y.count);
}

Value joined_lists(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kList)) raise_not_concatenable(in, left, right);
  const auto& a = left.as<List>()->items;
  const auto& b = right.as<List>()->items;
  const std::size_t count = std::size_t{a.count} + b.count;
  if (count > kMaxElements) return in.unknown("a very long sequence");
  in.step(count / 4);
  List* made = in.list(count);
  for (const Value& item : a) made->items.push(in.arena, item);
  for (const Value& item : b) made->items.push(in.arena, item);
  return Value::of(made);
}

Value repeated_list(Interpreter& in, const Value& sequence, const Value& count) {
  const auto& from = sequence.as<List>()->items;
  const std::int64_t times = repetitions(in, count, from.count, kMaxElements);
  if (times < 0) return in.unknown("a very long sequence");
  const std::size_t total = from.count * static_cast<std::size_t>(times);
  in.step(total / 4);
  List* made = in.list(total);
  for (std::size_t i = 0; i < total; ++i) made->items.push(in.arena, from[i % from.count]);
  return Value::of(made);
}

Value list_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul) return multiplied(in, Kind::kList, left, right, repeated_list);
  return op == Operator::kAdd && left.is(Kind::kList) ? joined_lists(in, left, right) : not_implemented();
}

Value list_in_place(Interpreter& in, Operator op, const Value& left, const Value& right) {
  List* list = left.as<List>();
  if (op == Operator::kAdd) {
    const List* more = in.collect(right);
    if (list->items.count + std::size_t{more->items.count} > kMaxElements) throw BudgetExceeded{"memory"};
    for (const Value& item : more->items) list->items.push(in.arena, item);
    return left;
  }
  if (op != Operator::kMul || !is_any_integer(right)) return {};
  const Value made = repeated_list(in, left, right);
  if (made.unknown()) return made;
  list->items = made.as<List>()->items;
  return left;
}

}  // namespace

constinit const TypeSlots kListSlots = {
    .type = &Interpreter::Classes::list,
    .truth = truth_by_length,
    .length = list_length,
    .repr = repr_list,
    .iterate = walk_itself,
    .next = next_of_list,
    .contains = list_contains,
    .item = list_item,
    .set_item = list_set_item,
    .delete_item = list_delete_item,
    .equal = list_equal,
    .order = list_order,
    .binary = list_binary,
    .in_place = list_in_place,
};

}  // namespace ckptlint::python
