// dict, with the kinds of it that collections has: OrderedDict, defaultdict, Counter.
#include "python/types/dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// ---- slots

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

void put(Interpreter& in, Dict* dict, const Value& key, const Value& value) {
  require_hashable(in, key);
  if (key.unknown()) in.note_partial("a dict is written under a key that is not known");
  dict_set(in.arena, dict, stored_key(in, dict, key), value);
}

void dict_set_item(Interpreter& in, const Value& object, const Value& key, const Value& value) {
  put(in, object.as<Dict>(), key, value);
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

// ---- methods

Dict* dict_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Dict>(in, arguments, Kind::kDict, "dict");
}

void add_keywords(Interpreter& in, Dict* dict, const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    dict_set(in.arena, dict, arguments.keywords[i].name, arguments.keywords[i].value);
  }
}

void add_pairs(Interpreter& in, Dict* dict, const Value& pairs) {
  Iteration each;
  if (!in.iterate(pairs, each)) return;
  Value pair;
  for (std::int64_t at = 0; in.next(each, pair); ++at) {
    if (pair.unknown()) {
      in.note_partial("a dict is filled from what is not known");
      continue;
    }
    const bool iterable = !unwrap(pair).is_number() && !pair.is_none();
    if (!iterable)
      in.raise_type_error(fmt::format("cannot convert dictionary update sequence element #{} to a sequence", at));
    const List* both = in.collect(pair);
    if (both->items.count != 2) {
      in.raise_value_error(
          fmt::format("dictionary update sequence element #{} has length {}; 2 is required", at, both->items.count));
    }
    put(in, dict, both->items[0], both->items[1]);
  }
}

Value dict_new(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!arguments[0].is(Kind::kClass)) in.raise_type_error("dict.__new__(X): X is not a type object");
  Dict* made = in.dict();
  if (arguments[0].as<Class>() != in.classes.dict)
    return as_instance_of(in, arguments[0], in.classes.dict, Value::of(made));
  if (arguments.count > 2)
    in.raise_type_error(fmt::format("dict expected at most 1 argument, got {}", arguments.count - 1));
  if (arguments.count == 2) {
    if (arguments[1].unknown()) return arguments[1];
    update_dict(in, Value::of(made), arguments[1]);
  }
  add_keywords(in, made, arguments);
  return Value::of(made);
}

// Also dict.update().
Value dict_update(Interpreter& in, const Arguments& arguments, const Value&) {
  Dict* self = dict_self(in, arguments);
  if (arguments.count > 2)
    in.raise_type_error(fmt::format("update expected at most 1 argument, got {}", arguments.count - 1));
  if (arguments.count == 2) update_dict(in, Value::of(self), arguments[1]);
  add_keywords(in, self, arguments);
  return Value::none();
}

Value dict_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, key, fallback] = method_arguments<"self, key, default=">(in, "get", arguments);
  Dict* self = dict_self(in, arguments);
  require_hashable(in, key);
  if (key.unknown()) return key;
  const Value* found = find_key(in, self, key);
  return found != nullptr ? *found : arguments.count > 2 ? fallback : Value::none();
}

Value dict_setdefault(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, key, fallback] = method_arguments<"self, key, default=">(in, "setdefault", arguments);
  Dict* self = dict_self(in, arguments);
  require_hashable(in, key);
  if (const Value* found = find_key(in, self, key)) return *found;
  const Value value = arguments.count > 2 ? fallback : Value::none();
  put(in, self, key, value);
  return value;
}

Value dict_pop(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_key, fallback] = method_arguments<"self, key, default=">(in, "pop", arguments);
  Dict* self = dict_self(in, arguments);
  require_hashable(in, given_key);
  if (given_key.unknown()) {
    if (self->live != 0) in.note_partial("a key that is not known is deleted");
    return given_key;
  }
  const Value key = stored_key(in, self, given_key);
  if (const Value* found = dict_find(self, key)) {
    const Value value = *found;
    dict_erase(self, key);
    return value;
  }
  if (arguments.count > 2) return fallback;
  raise_key_error(in, given_key);
}

Value dict_popitem(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "popitem", 0, 0);
  Dict* self = dict_self(in, arguments);
  if (self->live == 0) in.raise(in.exception("KeyError"), "popitem(): dictionary is empty");
  // Erased entries at the end are dropped as they appear: the last one is live.
  const Dict::Entry last = self->entries.back();
  dict_erase(self, last.key);
  return in.tuple({last.key, last.value});
}

Value dict_clear_all(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "clear", 0, 0);
  dict_clear(dict_self(in, arguments));
  return Value::none();
}

Value dict_copy_of(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "copy", 0, 0);
  const Dict* self = dict_self(in, arguments);
  in.step(self->live / 4);
  return Value::of(dict_copy(in.arena, self));
}

Value dict_from_keys(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable, given_value] = method_arguments<"cls, iterable, value=">(in, "fromkeys", arguments);
  if (iterable.unknown()) return iterable;
  const Value value = arguments.count > 2 ? given_value : Value::none();
  const Value made = in.call(cls, {});
  for (const Value& key : in.collect(iterable)->items) in.set_item(made, key, value);
  return made;
}

// keys, values and items; data is the kind.
Value view_of_dict(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (arguments[0].unknown()) return arguments[0];
  check_method(in, arguments, data.integer == 0 ? "keys" : data.integer == 1 ? "values" : "items", 0, 0);
  return make_view(in, dict_self(in, arguments), static_cast<ViewKind>(data.integer));
}

Value get_dict_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__getitem__", arguments);
  dict_self(in, arguments);
  return dict_item(in, self, key);
}
Value set_dict_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, value] = method_arguments<"self, key, value">(in, "__setitem__", arguments);
  put(in, dict_self(in, arguments), key, value);
  return Value::none();
}
Value delete_dict_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__delitem__", arguments);
  in.delete_item(Value::of(dict_self(in, arguments)), key);
  return Value::none();
}
Value dict_or_in_place(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = method_arguments<"self, other">(in, "__ior__", arguments);
  update_dict(in, Value::of(dict_self(in, arguments)), other);
  return self;
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

bool is_mapping(Interpreter& in, const Value& value) {
  if (unwrap(value).is(Kind::kDict)) return true;
  Value keys;
  return value.is(Kind::kInstance) && in.find_attribute(value, in.intern("keys"), keys);
}

void update_dict(Interpreter& in, const Value& receiver, const Value& from) {
  if (from.unknown()) return in.note_partial("a dict is filled from what is not known");
  Dict* dict = unwrap(receiver).as<Dict>();
  const Value& plain = unwrap(from);
  // An evaluated class that changed how it is iterated over or read is asked, as any mapping is.
  bool overridden = false;
  if (from.is(Kind::kInstance) && plain.is(Kind::kDict)) {
    for (Str* name : {in.intern("keys"), in.sym.__iter__}) {
      const Value* method = in.class_lookup(from.as<Instance>()->type, name);
      overridden = overridden || (method != nullptr && method->is(Kind::kFunction));
    }
  }
  if (plain.is(Kind::kDict) && !overridden) {
    dict_in_place(in, Operator::kBitOr, Value::of(dict), plain);
    return;
  }
  if (is_mapping(in, from)) {
    const Value keys = in.call_method(from, in.intern("keys"));
    if (keys.unknown()) return in.note_partial("a dict is filled from what is not known");
    for (const Value& key : in.collect(keys)->items) put(in, dict, key, in.item(from, key));
    return;
  }
  add_pairs(in, dict, from);
}

Value dict_reversed(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(*dict_find(in.builtins->attributes, in.intern("reversed")), {builtin_self(in, arguments)});
}

void fill_dict(Interpreter& in) {
  Class* dict = in.classes.dict;
  in.static_method(dict, "__new__", dict_new);
  in.class_method(dict, "fromkeys", dict_from_keys);
  add_container_methods(in, dict, false);
  add_operators(in, dict, {"or__"});
  add_comparisons(in, dict, false);
  add_text_methods(in, dict);
  in.set_class(dict, "__hash__", Value::none());
  add_methods(in, dict,
              {{"__init__", known_receiver<dict_update>},
               {"update", known_receiver<dict_update>},
               {"get", known_receiver<dict_get>},
               {"setdefault", known_receiver<dict_setdefault>},
               {"pop", known_receiver<dict_pop>},
               {"popitem", known_receiver<dict_popitem>},
               {"clear", known_receiver<dict_clear_all>},
               {"copy", known_receiver<dict_copy_of>},
               {"__getitem__", known_receiver<get_dict_item>},
               {"__setitem__", known_receiver<set_dict_item>},
               {"__delitem__", known_receiver<delete_dict_item>},
               {"__reversed__", known_receiver<dict_reversed>},
               {"__ior__", known_receiver<dict_or_in_place>}});
  constexpr const char* kViews[] = {"keys", "values", "items"};
  for (int i = 0; i < 3; ++i) in.method(dict, kViews[i], view_of_dict, Value::of(i));
}

}  // namespace ckptlint::python
