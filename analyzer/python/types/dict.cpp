// dict: what it does as a value, with the kinds of it that collections has: OrderedDict, defaultdict, Counter.
#include "python/types/dict.h"

#include <algorithm>
#include <vector>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Class* class_of_dict(Interpreter& in, const Value& value) {
  const auto* dict = value.as<Dict>();
  if (dict->ordered) return in.classes.ordered_dict;
  return dict->counter                      ? in.classes.counter
         : dict->default_factory != nullptr ? in.classes.default_dict
                                            : in.classes.dict;
}

Value dict_length(Interpreter&, const Value& value) { return Value::of(std::int64_t{value.as<Dict>()->live}); }

// A Counter shows its most common keys first, where the counts can be ordered.
const Dict* by_count(Interpreter& in, const Dict* counts) {
  std::vector<Dict::Entry> entries;
  for (const Dict::Entry& entry : counts->entries) {
    if (entry.key.missing()) continue;
    if (!entry.value.is_number()) return counts;
    entries.push_back(entry);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.value.as_double() > b.value.as_double(); });
  Dict* sorted = in.dict();
  for (const Dict::Entry& entry : entries) dict_set(in.arena, sorted, entry.key, entry.value);
  return sorted;
}

void repr_entries(Printer& printer, const Dict* dict) {
  printer.out += '{';
  bool first = true;
  // By index: a __repr__ may change the dict.
  for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
    const Dict::Entry entry = dict->entries[i];
    if (entry.key.missing()) continue;
    if (!first) printer.out += ", ";
    first = false;
    printer.repr(entry.key);
    printer.out += ": ";
    printer.repr(entry.value);
    if (printer.full()) return;
  }
  printer.out += '}';
}

void repr_ordered(Printer& printer, const Dict* dict) {
  printer.out += "OrderedDict(";
  if (dict->live != 0) {
    std::vector<Value> pairs;
    for (const Dict::Entry& entry : dict->entries) {
      if (!entry.key.missing()) pairs.push_back(printer.in.tuple({entry.key, entry.value}));
    }
    printer.out += '[';
    printer.items(pairs.data(), pairs.data() + pairs.size());
    printer.out += ']';
  }
  printer.out += ')';
}

void repr_dict(Printer& printer, const Value& value) {
  printer.container(value, "{...}", [&] {
    const auto* dict = value.as<Dict>();
    if (dict->counter) {
      printer.out += "Counter(";
      if (dict->live != 0) repr_entries(printer, by_count(printer.in, dict));
      printer.out += ')';
    } else if (dict->ordered) {
      repr_ordered(printer, dict);
    } else if (dict->default_factory != nullptr) {
      printer.out += "defaultdict(";
      printer.repr(*dict->default_factory);
      printer.out += ", ";
      repr_entries(printer, dict);
      printer.out += ')';
    } else {
      repr_entries(printer, dict);
    }
  });
}

bool iterate_dict(Interpreter&, const Value& iterable, Iteration& out) {
  out.step = iterable.as<Dict>()->live;
  out.source = iterable;
  return true;
}

bool next_of_dict(Interpreter& in, Iteration& iteration, Value& out) {
  const auto* entry = next_entry(in, iteration, iteration.source.as<Dict>());
  if (entry == nullptr) return false;
  out = entry->key;
  return true;
}

Truth dict_contains(Interpreter& in, const Value& container, const Value& value) {
  return has_key(in, container.as<Dict>(), value);
}

Value plain_dict_item(Interpreter& in, const Value& object, const Value& key) {
  return key.unknown() ? key : dict_item(in, object, key);
}

void dict_set_item(Interpreter& in, const Value& object, const Value& key, const Value& value) {
  put_item(in, object.as<Dict>(), key, value);
}

void dict_delete_item(Interpreter& in, const Value& object, const Value& key) {
  Dict* dict = object.as<Dict>();
  require_hashable(in, key);
  if (key.unknown()) return in.note_partial("a key that is not known is deleted");
  if (!dict_erase(dict, stored_key(in, dict, key))) raise_key_error(in, key);
}

Truth dict_equal(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kDict)) return Truth::kFalse;
  const auto* a = left.as<Dict>();
  auto* b = right.as<Dict>();
  if (a->live != b->live) return Truth::kFalse;
  const bool in_order = a->ordered && b->ordered;
  Truth answer = Truth::kTrue;
  std::uint32_t place = 0;  // in b
  for (std::uint32_t i = 0; i < a->entries.count; ++i) {
    const Dict::Entry entry = a->entries[i];
    if (entry.key.missing()) continue;
    in.step();
    const Value* other = dict_find(b, entry.key);
    if (other == nullptr) return Truth::kFalse;
    if (in_order) {
      while (place < b->entries.count && b->entries[place].key.missing()) ++place;
      if (place >= b->entries.count || !equal_keys(b->entries[place++].key, entry.key)) return Truth::kFalse;
    }
    const Truth item = in.equality(entry.value, *other);
    if (item == Truth::kFalse) return item;
    if (item == Truth::kUnknown) answer = item;
  }
  return answer;
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

Value dict_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (!left.is(Kind::kDict) || !right.is(Kind::kDict)) return not_implemented();
  const auto* a = left.as<Dict>();
  const auto* b = right.as<Dict>();
  if (a->counter && b->counter && op != Operator::kBitXor) return counter_binary(in, op, a, b);
  if (op != Operator::kBitOr) return not_implemented();
  Dict* made = dict_copy(in.arena, a);
  merge(in, made, b);
  return Value::of(made);
}

Value dict_in_place(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op != Operator::kBitOr) return {};
  if (const Value& other = unwrap(right); other.is(Kind::kDict)) {
    merge(in, left.as<Dict>(), other.as<Dict>());
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

}  // namespace

constinit const TypeSlots kDictSlots = {
    .type_of = class_of_dict,
    .truth = truth_by_length,
    .length = dict_length,
    .repr = repr_dict,
    .iterate = iterate_dict,
    .next = next_of_dict,
    .contains = dict_contains,
    .item = plain_dict_item,
    .set_item = dict_set_item,
    .delete_item = dict_delete_item,
    .equal = dict_equal,
    .binary = dict_binary,
    .in_place = dict_in_place,
};

void put_item(Interpreter& in, Dict* dict, const Value& key, const Value& value) {
  require_hashable(in, key);
  if (key.unknown()) in.note_partial("a dict is written under a key that is not known");
  dict_set(in.arena, dict, stored_key(in, dict, key), value);
}

Value dict_item(Interpreter& in, const Value& receiver, const Value& key) {
  Dict* dict = unwrap(receiver).as<Dict>();
  require_hashable(in, key);
  if (key.unknown()) return key;
  if (const Value* found = find_key(in, dict, key)) return *found;
  if (const Value answer = try_dunder(in, receiver, in.sym.__missing__, {key}); !answer.missing()) return answer;
  if (dict->counter) return Value::of(0);
  if (dict->default_factory != nullptr && !dict->default_factory->is_none()) {
    const Value made = in.call(*dict->default_factory, {});
    in.set_item(receiver, key, made);
    return made;
  }
  raise_key_error(in, key);
}

const Dict::Entry* next_entry(Interpreter& in, Iteration& iteration, const Dict* dict) {
  if (dict->live != static_cast<std::uint64_t>(iteration.step)) {
    in.raise(in.exception("RuntimeError"), "dictionary changed size during iteration");
  }
  while (iteration.at < dict->entries.count) {
    const Dict::Entry& entry = dict->entries[static_cast<std::size_t>(iteration.at++)];
    if (!entry.key.missing()) return &entry;
  }
  return nullptr;
}

}  // namespace ckptlint::python
