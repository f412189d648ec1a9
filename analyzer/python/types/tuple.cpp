// tuple, and torch.Size, which is one.
#include "base/python_hash.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

// ---- slots

Class* class_of_tuple(Interpreter& in, const Value& value) {
  return value.as<Tuple>()->is_size && in.classes.size != nullptr ? in.classes.size : in.classes.tuple;
}

Value tuple_length(Interpreter&, const Value& value) { return Value::of(std::int64_t{value.as<Tuple>()->count}); }

std::optional<std::uint64_t> tuple_hash(Interpreter& in, const Value& value, int depth) {
  PythonTupleHash hash;
  for (const Value& item : *value.as<Tuple>()) {
    in.step();
    const auto each = known_hash(in, item, depth - 1);
    if (!each) return std::nullopt;
    hash.add(*each);
  }
  return hash.value();
}

void repr_tuple(Printer& printer, const Value& value) {
  printer.container(value, "(...)", [&] {
    const auto* tuple = value.as<Tuple>();
    printer.out += tuple->is_size ? "torch.Size([" : "(";
    printer.items(tuple->begin(), tuple->end());
    printer.out += tuple->is_size ? "])" : tuple->count == 1 ? ",)" : ")";
  });
}

bool next_of_tuple(Interpreter&, Iteration& iteration, Value& out) {
  const auto* tuple = iteration.source.as<Tuple>();
  const auto at = static_cast<std::size_t>(iteration.at++);
  if (at >= tuple->count) return false;
  out = tuple->items[at];
  return true;
}

Truth tuple_contains(Interpreter& in, const Value& container, const Value& value) {
  return among(in, container.as<Tuple>()->items, container.as<Tuple>()->count, value);
}

Value sliced_tuple(Interpreter& in, const Tuple* tuple, const SliceBounds& bounds) {
  in.step(static_cast<std::uint64_t>(bounds.count) / 4);
  Value* items = in.arena.array<Value>(static_cast<std::size_t>(bounds.count));
  for (std::int64_t i = 0; i < bounds.count; ++i) items[i] = tuple->items[bounds.start + i * bounds.step];
  return make_tuple(in, items, static_cast<std::size_t>(bounds.count), tuple->is_size);
}

Value tuple_item(Interpreter& in, const Value& object, const Value& key) {
  if (key.unknown()) return key;
  const Tuple* tuple = object.as<Tuple>();
  if (!key.is(Kind::kSlice)) return tuple->items[sequence_index(in, key, tuple->count, "tuple")];
  const auto bounds = slice_bounds(in, key.as<Slice>(), tuple->count);
  return bounds ? sliced_tuple(in, tuple, *bounds) : unknown_part(key.as<Slice>());
}

Truth tuple_equal(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kTuple)) return Truth::kFalse;
  const Tuple* x = left.as<Tuple>();
  const Tuple* y = right.as<Tuple>();
  if (x->count != y->count) return Truth::kFalse;
  in.step(x->count);
  return equal_items(in, x->items, y->items, x->count);
}

Value tuple_order(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (!right.is(Kind::kTuple)) return {};
  const Tuple* x = left.as<Tuple>();
  const Tuple* y = right.as<Tuple>();
  return order_items(in, op, x->items, x->count, y->items, y->count);
}

Value joined_tuples(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kTuple)) raise_not_concatenable(in, left, right);
  const Tuple* a = left.as<Tuple>();
  const Tuple* b = right.as<Tuple>();
  const std::size_t count = std::size_t{a->count} + b->count;
  if (count > kMaxElements) return in.unknown("a very long sequence");
  in.step(count / 4);
  Value* items = in.arena.array<Value>(count);
  for (std::size_t i = 0; i < a->count; ++i) items[i] = a->items[i];
  for (std::size_t i = 0; i < b->count; ++i) items[a->count + i] = b->items[i];
  return make_tuple(in, items, count, a->is_size || b->is_size);
}

Value repeated_tuple(Interpreter& in, const Value& sequence, const Value& count) {
  const Tuple* from = sequence.as<Tuple>();
  const std::int64_t times = repetitions(in, count, from->count, kMaxElements);
  if (times < 0) return in.unknown("a very long sequence");
  const std::size_t total = from->count * static_cast<std::size_t>(times);
  in.step(total / 4);
  Value* items = in.arena.array<Value>(total);
  for (std::size_t i = 0; i < total; ++i) items[i] = from->items[i % from->count];
  return make_tuple(in, items, total, from->is_size);
}

Value tuple_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul) return multiplied(in, Kind::kTuple, left, right, repeated_tuple);
  return op == Operator::kAdd && left.is(Kind::kTuple) ? joined_tuples(in, left, right) : not_implemented();
}

// ---- methods

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

}  // namespace

constinit const TypeSlots kTupleSlots = {
    .type_of = class_of_tuple,
    .truth = truth_by_length,
    .length = tuple_length,
    .hash = tuple_hash,
    .repr = repr_tuple,
    .iterate = walk_itself,
    .next = next_of_tuple,
    .contains = tuple_contains,
    .item = tuple_item,
    .equal = tuple_equal,
    .order = tuple_order,
    .binary = tuple_binary,
};

Value make_tuple(Interpreter& in, Value* items, std::size_t count, bool is_size) {
  Tuple* made = in.arena.make<Tuple>();
  made->kind = Kind::kTuple;
  made->items = items;
  made->count = static_cast<std::uint32_t>(count);
  made->is_size = is_size;
  return Value::of(made);
}

void fill_tuple(Interpreter& in) {
  Class* tuple = in.classes.tuple;
  in.static_method(tuple, "__new__", spread<tuple_new>);
  add_container_methods(in, tuple, true);
  add_operators(in, tuple, {"add__", "mul__"});
  add_comparisons(in, tuple, true);
  add_text_methods(in, tuple);
  add_methods(in, tuple,
              {{"index", spread<sequence_position>},
               {"count", spread<sequence_count>},
               {"__reversed__", known_receiver<sequence_reversed>}});
}

}  // namespace ckptlint::python
