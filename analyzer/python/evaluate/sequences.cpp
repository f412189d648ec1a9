// Operators on strings, lists, tuples, sets and dicts.
#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "python/evaluate/arithmetic.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/sets.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

Value not_implemented() { return {Kind::kNotImplemented, {}}; }

// ---- concatenation and repetition

Value make_tuple(Interpreter& in, Value* items, std::size_t count, bool is_size) {
  Tuple* made = in.arena.make<Tuple>();
  made->kind = Kind::kTuple;
  made->items = items;
  made->count = static_cast<std::uint32_t>(count);
  made->is_size = is_size;
  return Value::of(made);
}

Value make_bytes(Interpreter& in, std::string_view data) {
  in.step(data.size() / 64);
  Bytes* made = in.arena.make<Bytes>();
  made->kind = Kind::kBytes;
  made->data = in.arena.copy(data);
  return Value::of(made);
}

Value joined_text(Interpreter& in, const Value& left, std::string_view a, std::string_view b) {
  if (a.size() + b.size() > kMaxTextBytes) return in.unknown("a very long string");
  std::string joined(a);
  joined += b;
  return left.is(Kind::kStr) ? in.string(joined) : make_bytes(in, joined);
}

Value joined_items(Interpreter& in, const Value& left, const Value* a, std::size_t a_count, const Value* b,
                   std::size_t b_count, bool is_size) {
  const std::size_t count = a_count + b_count;
  if (count > kMaxElements) return in.unknown("a very long sequence");
  in.step(count / 4);
  if (left.is(Kind::kList)) {
    List* made = in.list(count);
    for (std::size_t i = 0; i < a_count; ++i) made->items.push(in.arena, a[i]);
    for (std::size_t i = 0; i < b_count; ++i) made->items.push(in.arena, b[i]);
    return Value::of(made);
  }
  Value* items = in.arena.array<Value>(count);
  for (std::size_t i = 0; i < a_count; ++i) items[i] = a[i];
  for (std::size_t i = 0; i < b_count; ++i) items[a_count + i] = b[i];
  return make_tuple(in, items, count, is_size);
}

Value concatenated(Interpreter& in, const Value& left, const Value& right) {
  if (left.kind != right.kind) {
    if (left.is(Kind::kStr) || left.is(Kind::kList) || left.is(Kind::kTuple)) {
      const std::string type = in.type_name(left);
      in.raise_type_error(fmt::format("can only concatenate {} (not \"{}\") to {}", type, in.type_name(right), type));
    }
    if (left.is(Kind::kBytes)) in.raise_type_error(fmt::format("can't concat {} to bytes", in.type_name(right)));
    return not_implemented();
  }
  switch (left.kind) {
    case Kind::kStr:
      return joined_text(in, left, left.as<Str>()->view(), right.as<Str>()->view());
    case Kind::kBytes:
      return joined_text(in, left, left.as<Bytes>()->data, right.as<Bytes>()->data);
    case Kind::kList: {
      const auto& a = left.as<List>()->items;
      const auto& b = right.as<List>()->items;
      return joined_items(in, left, a.items, a.count, b.items, b.count, false);
    }
    case Kind::kTuple: {
      const Tuple* a = left.as<Tuple>();
      const Tuple* b = right.as<Tuple>();
      return joined_items(in, left, a->items, a->count, b->items, b->count, a->is_size || b->is_size);
    }
    default:
      return not_implemented();
  }
}

// How often, or -1 where the result would be too large.
std::int64_t repetitions(Interpreter& in, const Value& count, std::size_t size, std::size_t limit) {
  if (size == 0 || (count.is_integral() && count.as_int() <= 0)) return 0;
  if (count.is(Kind::kBigInt)) {
    if (count.as<BigInt>()->approximate < 0) return 0;
    in.raise(in.exception("OverflowError"), "cannot fit 'int' into an index-sized integer");
  }
  return static_cast<std::uint64_t>(count.as_int()) > limit / size ? -1 : count.as_int();
}

Value repeated(Interpreter& in, const Value& sequence, const Value& count) {
  if (sequence.is(Kind::kStr) || sequence.is(Kind::kBytes)) {
    const std::string_view text = sequence.is(Kind::kStr) ? sequence.as<Str>()->view() : sequence.as<Bytes>()->data;
    const std::int64_t times = repetitions(in, count, text.size(), kMaxTextBytes);
    if (times < 0) return in.unknown("a very long string");
    std::string out;
    out.reserve(text.size() * static_cast<std::size_t>(times));
    for (std::int64_t i = 0; i < times; ++i) out += text;
    return sequence.is(Kind::kStr) ? in.string(out) : make_bytes(in, out);
  }
  const bool list = sequence.is(Kind::kList);
  const Value* from = list ? sequence.as<List>()->items.items : sequence.as<Tuple>()->items;
  const std::size_t size = list ? sequence.as<List>()->items.count : sequence.as<Tuple>()->count;
  const std::int64_t times = repetitions(in, count, size, kMaxElements);
  if (times < 0) return in.unknown("a very long sequence");
  const std::size_t total = size * static_cast<std::size_t>(times);
  in.step(total / 4);
  if (list) {
    List* made = in.list(total);
    for (std::size_t i = 0; i < total; ++i) made->items.push(in.arena, from[i % size]);
    return Value::of(made);
  }
  Value* items = in.arena.array<Value>(total);
  for (std::size_t i = 0; i < total; ++i) items[i] = from[i % size];
  return make_tuple(in, items, total, sequence.as<Tuple>()->is_size);
}

// ---- sets and dicts

// Keys and items of dicts take part in set operators.
bool set_like(const Value& value) {
  return value.is(Kind::kSet) || (value.is(Kind::kDictView) && value.as<DictView>()->view != ViewKind::kValues);
}

Set* as_set(Interpreter& in, const Value& value) { return value.is(Kind::kSet) ? value.as<Set>() : set_of(in, value); }

// `keys & other`: the one that is walked is the other, or the smaller of two views, unless a set is the larger.
Set* view_intersection(Interpreter& in, Value left, Value right) {
  if (!left.is(Kind::kDictView)) std::swap(left, right);
  const std::uint32_t size = left.as<DictView>()->dict->live;
  const bool larger_set = right.is(Kind::kSet) && size <= right.as<Set>()->items->live;
  const bool larger_view = right.is(Kind::kDictView) && right.as<DictView>()->dict->live > size;
  if (larger_set || larger_view) std::swap(left, right);
  Set* asked = as_set(in, left);
  Set* made = in.set();
  for (const Value& item : in.collect(right)->items) {
    if (dict_find(asked->items, item) != nullptr) set_add(in, made, item);
  }
  return made;
}

Value set_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (left.is(Kind::kSet) && right.is(Kind::kSet)) {
    Set* made = set_combined(in, op, left.as<Set>(), right.as<Set>());
    made->frozen = left.as<Set>()->frozen;
    return Value::of(made);
  }
  if (op == Operator::kBitAnd) return Value::of(view_intersection(in, left, right));
  // The keys of a dict become a set as the dict itself does.
  const bool keys = left.is(Kind::kDictView) && left.as<DictView>()->view == ViewKind::kKeys;
  Set* made = set_of(in, keys ? Value::of(left.as<DictView>()->dict) : left);
  if (op == Operator::kBitOr) {
    set_extend(in, made, right);
  } else {
    set_combine_in_place(in, op, made, as_set(in, right));
  }
  return Value::of(made);
}

void merge(Interpreter& in, Dict* into, const Dict* from) {
  in.step(from->live);
  // By index: `from` may be `into`.
  for (std::uint32_t i = 0; i < from->entries.count; ++i) {
    const Dict::Entry entry = from->entries[i];
    if (!entry.key.missing()) dict_set(in.arena, into, entry.key, entry.value);
  }
}

// collections.Counter: counts of both sides, of which only positive ones are kept.
Value counter_binary(Interpreter& in, Operator op, const Dict* a, const Dict* b) {
  Dict* made = in.dict();
  made->counter = true;
  const Value zero = Value::of(0);
  const auto add = [&](const Dict* from, bool only_new) {
    for (const Dict::Entry& entry : from->entries) {
      if (entry.key.missing() || (only_new && dict_find(const_cast<Dict*>(a), entry.key) != nullptr)) continue;
      const Value* in_a = dict_find(const_cast<Dict*>(a), entry.key);
      const Value* in_b = dict_find(const_cast<Dict*>(b), entry.key);
      const Value x = in_a == nullptr ? zero : *in_a;
      const Value y = in_b == nullptr ? zero : *in_b;
      Value count;
      switch (op) {
        case Operator::kAdd:
        case Operator::kSub:
          count = in.binary(op, x, y);
          break;
        case Operator::kBitOr:
          count = in.test(in.compare(Operator::kGreater, x, y)) ? x : y;
          break;
        default:
          count = in.test(in.compare(Operator::kLess, x, y)) ? x : y;
          break;
      }
      if (in.test(in.compare(Operator::kGreater, count, zero))) dict_set(in.arena, made, entry.key, count);
    }
  };
  in.step(a->live + b->live);
  add(a, false);
  add(b, true);
  return Value::of(made);
}

Value dict_binary(Interpreter& in, Operator op, Dict* a, Dict* b) {
  if (a->counter && b->counter && op != Operator::kBitXor) return counter_binary(in, op, a, b);
  if (op != Operator::kBitOr) return not_implemented();
  Dict* made = dict_copy(in.arena, a);
  merge(in, made, b);
  return Value::of(made);
}

bool sequence(const Value& value) {
  return value.is(Kind::kStr) || value.is(Kind::kBytes) || value.is(Kind::kList) || value.is(Kind::kTuple);
}

bool set_operator(Operator op) {
  return op == Operator::kBitOr || op == Operator::kBitAnd || op == Operator::kBitXor || op == Operator::kSub;
}

}  // namespace

Value container_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  switch (op) {
    case Operator::kAdd:
      if (sequence(left)) return concatenated(in, left, right);
      break;
    case Operator::kMul:
      if (sequence(left) && is_any_integer(right)) return repeated(in, left, right);
      if (sequence(right) && is_any_integer(left)) return repeated(in, right, left);
      if (sequence(left) || sequence(right)) {
        in.raise_type_error(fmt::format("can't multiply sequence by non-int of type '{}'",
                                        in.type_name(sequence(left) ? right : left)));
      }
      break;
    case Operator::kMod:
      if (left.is(Kind::kStr)) return in.percent_format(left.as<Str>()->view(), right);
      if (left.is(Kind::kBytes)) return in.unknown("bytes % values");
      break;
    default:
      break;
  }
  if (set_operator(op) && set_like(left) && set_like(right)) return set_binary(in, op, left, right);
  // With keys or items on one side, the other may be any iterable.
  const auto view = [](const Value& value) { return value.is(Kind::kDictView) && set_like(value); };
  const auto plain_iterable = [](const Value& value) {
    return value.is(Kind::kDictView) || value.is(Kind::kList) || value.is(Kind::kTuple) || value.is(Kind::kDict) ||
           value.is(Kind::kIterator);
  };
  if (set_operator(op) && ((view(left) && plain_iterable(right)) || (view(right) && plain_iterable(left))))
    return set_binary(in, op, left, right);
  if (left.is(Kind::kDict) && right.is(Kind::kDict)) return dict_binary(in, op, left.as<Dict>(), right.as<Dict>());
  return not_implemented();
}

Value container_in_place(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (left.is(Kind::kList)) {
    List* list = left.as<List>();
    if (op == Operator::kAdd) {
      const List* more = in.collect(right);
      if (list->items.count + std::size_t{more->items.count} > kMaxElements) throw BudgetExceeded{"memory"};
      for (const Value& item : more->items) list->items.push(in.arena, item);
      return left;
    }
    if (op == Operator::kMul && is_any_integer(right)) {
      const Value made = repeated(in, left, right);
      if (made.unknown()) return made;
      list->items = made.as<List>()->items;
      return left;
    }
    return {};
  }
  if (left.is(Kind::kSet) && !left.as<Set>()->frozen && set_operator(op) && set_like(right)) {
    set_combine_in_place(in, op, left.as<Set>(), as_set(in, right));
    return left;
  }
  if (left.is(Kind::kDict) && op == Operator::kBitOr) {
    Dict* dict = left.as<Dict>();
    if (const Value& other = unwrap(right); other.is(Kind::kDict)) {
      merge(in, dict, other.as<Dict>());
      return left;
    }
    for (const Value& pair : in.collect(right)->items) {
      const List* both = in.collect(pair);
      if (both->items.count != 2)
        in.raise_value_error("dictionary update sequence element has the wrong length; 2 is required");
      in.set_item(left, both->items[0], both->items[1]);
    }
    return left;
  }
  return {};
}

}  // namespace ckptlint::python
