// Sets of evaluated values in CPython 3.11's order, for which a table is kept only once the order is asked for.
#include "python/evaluate/sets.h"

#include <memory_resource>
#include <new>

#include "base/python_set.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/hashing.h"
#include "python/values/dict.h"

namespace ckptlint::python {
namespace {

class ArenaMemory : public std::pmr::memory_resource {
 public:
  explicit ArenaMemory(Arena& arena) : arena_(arena) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t) override { return arena_.allocate(bytes); }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  Arena& arena_;
};

struct SameKey {
  bool operator()(const Value& a, const Value& b) const { return equal_keys(a, b); }
};

}  // namespace

// Lives in the arena, as its table does; it is never destroyed.
struct SetOrder {
  explicit SetOrder(Arena& arena) : memory(arena), table(&memory) {}

  ArenaMemory memory;
  HashOrder<Value, SameKey> table;
};

namespace {

SetOrder* new_order(Interpreter& in) { return new (in.arena.allocate(sizeof(SetOrder))) SetOrder(in.arena); }

void forget_order(Set* set) {
  set->order = nullptr;
  set->unordered = true;
}

void add_to_order(Interpreter& in, Set* set, const Value& key) {
  if (const auto hash = known_hash(in, key)) {
    set->order->table.add(key, *hash);
  } else {
    forget_order(set);
  }
}

// The set's table, made now where it only has been added to so far; null where its order is that of adding.
SetOrder* order_of(Interpreter& in, Set* set) {
  if (set->order != nullptr || set->unordered) return set->order;
  in.step(set->items->live);
  set->order = new_order(in);
  for (std::uint32_t i = 0; i < set->items->entries.count && set->order != nullptr; ++i) {
    const Value key = set->items->entries[i].key;
    if (!key.missing()) add_to_order(in, set, key);
  }
  return set->order;
}

// `set` gets the elements that the table has, and the table.
void take_order(Interpreter& in, Set* set, SetOrder* order) {
  set->items = in.dict();
  order->table.visit([&](const Value& key, std::uint64_t) { dict_set(in.arena, set->items, key, Value::none()); });
  set->order = order;
}

void add_members(Interpreter& in, Set* to, const Set* from, const Set* other, bool when_present) {
  for (std::uint32_t i = 0; i < from->items->entries.count; ++i) {
    const Value key = from->items->entries[i].key;
    if (key.missing()) continue;
    if (other != nullptr && (find_key(in, other->items, key) != nullptr) != when_present) continue;
    dict_set(in.arena, to->items, stored_key(in, to->items, key), Value::none());
  }
}

// A combination of sets of which one is in the order of adding.
Set* combined_as_added(Interpreter& in, Operator op, const Set* a, const Set* b) {
  Set* made = in.set();
  made->unordered = true;
  switch (op) {
    case Operator::kBitOr:
      add_members(in, made, a, nullptr, true);
      add_members(in, made, b, nullptr, true);
      break;
    case Operator::kBitAnd:
      add_members(in, made, a, b, true);
      break;
    case Operator::kSub:
      add_members(in, made, a, b, false);
      break;
    default:
      add_members(in, made, a, b, false);
      add_members(in, made, b, a, false);
      break;
  }
  return made;
}

}  // namespace

void set_add(Interpreter& in, Set* set, const Value& item) {
  require_hashable(in, item);
  const Value key = stored_key(in, set->items, item);
  if (dict_find(set->items, key) != nullptr) return;
  dict_set(in.arena, set->items, key, Value::none());
  if (set->order != nullptr) add_to_order(in, set, key);
}

bool set_discard(Interpreter& in, Set* set, const Value& item) {
  const Value key = stored_key(in, set->items, item);
  if (dict_find(set->items, key) == nullptr) return false;
  if (SetOrder* order = order_of(in, set)) {
    if (const auto hash = known_hash(in, key)) order->table.erase(key, *hash);
  }
  return dict_erase(set->items, key);
}

Value set_pop(Interpreter& in, Set* set) {
  if (set->items->live == 0) return {};
  if (SetOrder* order = order_of(in, set)) {
    const Value item = *order->table.pop();
    dict_erase(set->items, item);
    return item;
  }
  for (const Dict::Entry& entry : set->items->entries) {
    in.step();
    if (entry.key.missing()) continue;
    const Value item = entry.key;
    dict_erase(set->items, item);
    return item;
  }
  return {};
}

void set_clear(Set* set) {
  dict_clear(set->items);
  set->order = nullptr;
  set->unordered = false;
}

Set* set_copy(Interpreter& in, Set* set, bool frozen) {
  in.step(set->items->live / 4);
  Set* made = in.set(frozen);
  if (SetOrder* order = order_of(in, set)) {
    SetOrder* copied = new_order(in);
    copied->table.merge(order->table);
    take_order(in, made, copied);
  } else {
    made->items = dict_copy(in.arena, set->items);
    made->unordered = true;
  }
  return made;
}

List* set_members(Interpreter& in, Set* set) {
  List* members = in.list(set->items->live);
  if (SetOrder* order = order_of(in, set)) {
    order->table.visit([&](const Value& key, std::uint64_t) { members->items.push(in.arena, key); });
  } else {
    for (const Dict::Entry& entry : set->items->entries) {
      if (!entry.key.missing()) members->items.push(in.arena, entry.key);
    }
  }
  return members;
}

void set_extend(Interpreter& in, Set* set, const Value& iterable) {
  if (iterable.is(Kind::kSet)) return set_combine_in_place(in, Operator::kBitOr, set, iterable.as<Set>());
  Iteration each;
  if (!in.iterate(iterable, each)) return;
  if (iterable.is(Kind::kDict)) {
    if (SetOrder* order = order_of(in, set)) order->table.make_room(iterable.as<Dict>()->live);
  }
  Value item;
  while (in.next(each, item)) set_add(in, set, item);
}

Set* set_of(Interpreter& in, const Value& iterable, bool frozen) {
  if (iterable.is(Kind::kSet)) return set_copy(in, iterable.as<Set>(), frozen);
  Set* made = in.set(frozen);
  set_extend(in, made, iterable);
  return made;
}

Set* set_of_constants(Interpreter& in, const List* items) {
  Set* constant = in.set();
  for (const Value& item : items->items) set_add(in, constant, item);
  return set_copy(in, constant, false);
}

Set* set_combined(Interpreter& in, Operator op, Set* a, Set* b) {
  in.step(a->items->live + b->items->live);
  const SetOrder* left = order_of(in, a);
  const SetOrder* right = order_of(in, b);
  if (left == nullptr || right == nullptr) return combined_as_added(in, op, a, b);
  SetOrder* order = new_order(in);
  switch (op) {
    case Operator::kBitOr:
      order->table.merge(left->table);
      order->table.merge(right->table);
      break;
    case Operator::kBitAnd:
      if (a == b) {
        order->table.merge(left->table);
      } else {
        order->table.intersect(left->table, right->table);
      }
      break;
    case Operator::kSub:
      order->table.difference(left->table, right->table);
      break;
    default:
      order->table.merge(right->table);
      order->table.toggle(left->table);
      break;
  }
  Set* made = in.set();
  take_order(in, made, order);
  return made;
}

void set_combine_in_place(Interpreter& in, Operator op, Set* set, Set* other) {
  SetOrder* own = order_of(in, set);
  const SetOrder* right = order_of(in, other);
  if (own != nullptr && right != nullptr && op != Operator::kBitAnd) {
    in.step(set->items->live + other->items->live);
    if (op == Operator::kBitOr) own->table.merge(right->table);
    if (op == Operator::kSub) own->table.subtract(right->table);
    if (op == Operator::kBitXor) own->table.toggle(right->table);
    take_order(in, set, own);
    return;
  }
  const Set* made = set_combined(in, op, set, other);
  set->items = made->items;
  set->order = made->order;
  set->unordered = made->unordered;
}

}  // namespace ckptlint::python
