// The itertools module.  Every iterator is lazy; the combinatoric ones keep the pools that Python keeps too.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "library/builtins/methods.h"
#include "library/library.h"
#include "python/limits.h"

namespace ckptlint::python {
namespace {

// The mutable state of an iterator: a list whose places have fixed meanings.
Value state_of(Interpreter& in, std::initializer_list<Value> parts) {
  List* state = in.list(parts.size());
  for (const Value& part : parts) state->items.push(in.arena, part);
  return Value::of(state);
}
ArenaVector<Value>& parts(const Value& state) { return state.as<List>()->items; }

// make_iterator, or the Unknown as which the whole function ends.
#define ITERATOR_OVER(name, value)                  \
  const Value name = make_iterator(in, value);      \
  if (name.unknown()) return name

bool endless(const Value& iterator) {
  return iterator.is(Kind::kIterator) && iterator.as<IteratorObject>()->state.endless != 0;
}

std::int64_t count_argument(Interpreter& in, const Value& value, const char* message) {
  const std::int64_t count = in.to_int(value);
  if (count < 0) in.raise_value_error(message);
  return count;
}

// ---- without end

// State: next, step.
Value count_next(Interpreter& in, const Arguments&, const Value& state) {
  const Value value = parts(state)[0];
  const Value after = in.binary(Operator::kAdd, value, parts(state)[1]);
  parts(state)[0] = after;
  return value;
}
Value count(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[2];
  in.bind("count", arguments, "start=, step=", out);
  const Value zero = Value::of(0);
  const Value one = Value::of(1);
  return lazy_iterator(in, "count", count_next, state_of(in, {out[0].missing() ? zero : out[0], out[1].missing() ? one : out[1]}), true);
}

// State: iterator, saved elements, position among them.
Value cycle_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  List* saved = places[1].as<List>();
  if (!places[0].is_none()) {
    const Value item = next_of(in, places[0]);
    if (!item.missing()) {
      if (saved->items.count >= kMaxElements) throw BudgetExceeded{"memory"};
      saved->items.push(in.arena, item);
      return item;
    }
    places[0] = Value::none();
  }
  if (saved->items.empty()) return {};
  const std::int64_t at = places[2].integer;
  places[2] = Value::of((at + 1) % saved->items.count);
  return saved->items[static_cast<std::size_t>(at)];
}
Value cycle(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "cycle", 1, 1);
  ITERATOR_OVER(iterator, arguments[0]);
  return lazy_iterator(in, "cycle", cycle_next, state_of(in, {iterator, Value::of(in.list()), Value::of(0)}), true);
}

// State: element, how many are left (-1: no end).
Value repeat_next(Interpreter&, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (places[1].integer == 0) return {};
  if (places[1].integer > 0) --places[1].integer;
  return places[0];
}
Value repeat(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[2];
  in.bind("repeat", arguments, "object, times=", out);
  if (out[1].unknown()) return out[1];
  const std::int64_t times = out[1].missing() ? -1 : std::max<std::int64_t>(0, in.to_int(out[1]));
  return lazy_iterator(in, "repeat", repeat_next, state_of(in, {out[0], Value::of(times)}), times < 0);
}

// ---- one after the other

// State: iterator over iterables, current iterator or None.
Value chain_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  while (true) {
    if (!places[1].is_none()) {
      const Value item = next_of(in, places[1]);
      if (!item.missing()) return item;
      places[1] = Value::none();
    }
    const Value iterable = next_of(in, places[0]);
    if (iterable.missing()) return {};
    in.step();
    const Value iterator = make_iterator(in, iterable);
    if (iterator.unknown()) {
      in.note_partial("iterates over what is not known");
      continue;
    }
    places[1] = iterator;
  }
}
Value chained(Interpreter& in, const Value& iterables) {
  ITERATOR_OVER(outer, iterables);
  return lazy_iterator(in, "chain", chain_next, state_of(in, {outer, Value::none()}), endless(outer));
}
Value chain(Interpreter& in, const Arguments& arguments, const Value&) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  return chained(in, in.tuple(arguments.positional + 1, arguments.count - 1));
}
Value chain_from_iterable(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "from_iterable", 1, 1);
  return chained(in, arguments[1]);
}

// State: iterator, next position, start, stop (or -1), step.
Value islice_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  const std::int64_t wanted = places[2].integer;
  if (places[3].integer >= 0 && wanted >= places[3].integer) {
    // Python reads up to the stop and no further.
    while (places[1].integer < places[3].integer && !next_of(in, places[0]).missing()) ++places[1].integer;
    return {};
  }
  while (true) {
    const Value item = next_of(in, places[0]);
    if (item.missing()) return {};
    if (places[1].integer++ == wanted) {
      places[2] = Value::of(wanted + places[4].integer);
      return item;
    }
  }
}
Value islice(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "islice", 2, 4);
  ITERATOR_OVER(iterator, arguments[0]);
  const bool only_stop = arguments.count == 2;
  const auto part = [&](std::size_t i, std::int64_t absent) {
    if (arguments[i].missing() || arguments[i].is_none()) return absent;
    return count_argument(in, arguments[i],
                          only_stop ? "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."
                                    : "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
  };
  const std::int64_t start = only_stop ? 0 : part(1, 0);
  const std::int64_t stop = part(only_stop ? 1 : 2, -1);
  const std::int64_t step = part(3, 1);
  if (step == 0) in.raise_value_error("Step for islice() must be a positive integer or None.");
  return lazy_iterator(in, "islice", islice_next, state_of(in, {iterator, Value::of(0), Value::of(start), Value::of(stop), Value::of(step)}));
}

// ---- by a test

// State: function, iterator, whether the test still decides.  Data of the function: 1 takewhile, 0 dropwhile.
Value takewhile_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (places[1].is_none()) return {};
  const Value item = next_of(in, places[1]);
  if (!item.missing() && in.test(in.call(places[0], {item}))) return item;
  places[1] = Value::none();
  return {};
}
Value dropwhile_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  while (true) {
    const Value item = next_of(in, places[1]);
    if (item.missing()) return {};
    if (places[2].boolean && in.test(in.call(places[0], {item}))) continue;
    places[2] = Value::of(false);
    return item;
  }
}
Value filterfalse_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  while (true) {
    const Value item = next_of(in, places[1]);
    if (item.missing()) return {};
    if (!in.test(places[0].is_none() ? item : in.call(places[0], {item}))) return item;
  }
}
template <NativeFunction next>
Value by_test(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "itertools function", 2, 2);
  if (arguments[0].unknown()) return arguments[0];
  ITERATOR_OVER(iterator, arguments[1]);
  return lazy_iterator(in, "itertools", next, state_of(in, {arguments[0], iterator, Value::of(true)}), endless(iterator));
}

// State: iterator over data, iterator over selectors.
Value compress_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  while (true) {
    const Value item = next_of(in, places[0]);
    const Value selector = item.missing() ? Value{} : next_of(in, places[1]);
    if (selector.missing()) return {};
    if (in.test(selector)) return item;
  }
}
Value compress(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[2];
  in.bind("compress", arguments, "data, selectors", out);
  ITERATOR_OVER(items, out[0]);
  ITERATOR_OVER(selectors, out[1]);
  return lazy_iterator(in, "compress", compress_next, state_of(in, {items, selectors}));
}

// State: function, iterator.
Value starmap_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  const Value item = next_of(in, places[1]);
  if (item.missing() || item.unknown()) return item;
  const List* arguments = in.collect(item);
  return in.call(places[0], Arguments{arguments->items.items, arguments->items.count});
}
Value starmap(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "starmap", 2, 2);
  ITERATOR_OVER(iterator, arguments[1]);
  return lazy_iterator(in, "starmap", starmap_next, state_of(in, {arguments[0], iterator}), endless(iterator));
}

// ---- accumulate, pairwise, zip_longest, tee, groupby

// State: iterator, function or None, total (missing before the first), an initial value still to give.
Value accumulate_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (places[3].boolean) {
    places[3] = Value::of(false);
    return places[2];
  }
  const Value item = next_of(in, places[0]);
  if (item.missing()) return {};
  const Value total = parts(state)[2];
  const Value made = total.missing()       ? item
                     : places[1].is_none() ? in.binary(Operator::kAdd, total, item)
                                           : in.call(places[1], {total, item});
  parts(state)[2] = made;
  return made;
}
Value accumulate(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[3];
  in.bind("accumulate", arguments, "iterable, func=, *, initial=", out);
  ITERATOR_OVER(iterator, out[0]);
  const bool initial = !out[2].missing() && !out[2].is_none();
  const Value function = out[1].missing() ? Value::none() : out[1];
  return lazy_iterator(in, "accumulate", accumulate_next,
                       state_of(in, {iterator, function, initial ? out[2] : Value{}, Value::of(initial)}), endless(iterator));
}

// State: iterator, the element before (missing at the start).
Value pairwise_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (places[1].missing()) places[1] = next_of(in, places[0]);
  const Value before = places[1];
  const Value item = before.missing() ? Value{} : next_of(in, places[0]);
  if (item.missing()) return {};
  places[1] = item;
  return in.tuple({before, item});
}
Value pairwise(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "pairwise", 1, 1);
  ITERATOR_OVER(iterator, arguments[0]);
  return lazy_iterator(in, "pairwise", pairwise_next, state_of(in, {iterator, Value{}}), endless(iterator));
}

// State: fill value, then the iterators; None for those that ended.
Value zip_longest_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  std::vector<Value> items;
  bool any = false;
  for (std::uint32_t i = 1; i < places.count; ++i) {
    const Value item = places[i].is_none() ? Value{} : next_of(in, places[i]);
    if (item.missing()) places[i] = Value::none();
    any = any || !item.missing();
    items.push_back(item.missing() ? places[0] : item);
  }
  return any ? in.tuple(items.data(), items.size()) : Value{};
}
Value zip_longest(Interpreter& in, const Arguments& arguments, const Value&) {
  Value fill = Value::none();
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].name->view() != "fillvalue") in.raise_type_error("zip_longest() got an unexpected keyword argument");
    fill = arguments.keywords[i].value;
  }
  const Value state = state_of(in, {fill});
  for (std::size_t i = 0; i < arguments.count; ++i) {
    ITERATOR_OVER(iterator, arguments[i]);
    parts(state).push(in.arena, iterator);
  }
  return lazy_iterator(in, "zip_longest", zip_longest_next, state);
}

// State: what is shared (iterator, elements so far), position.
Value tee_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  auto& shared = parts(places[0]);
  List* seen = shared[1].as<List>();
  const auto at = static_cast<std::size_t>(places[1].integer);
  if (at >= seen->items.count) {
    const Value item = next_of(in, shared[0]);
    if (item.missing()) return {};
    if (seen->items.count >= kMaxElements) throw BudgetExceeded{"memory"};
    seen->items.push(in.arena, item);
  }
  ++places[1].integer;
  return seen->items[at];
}
Value tee(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "tee", 1, 2);
  ITERATOR_OVER(iterator, arguments[0]);
  const std::int64_t count = arguments.count > 1 ? count_argument(in, arguments[1], "n must be >= 0") : 2;
  const Value shared = state_of(in, {iterator, Value::of(in.list())});
  List* made = in.list();
  in.step(static_cast<std::uint64_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    made->items.push(in.arena, lazy_iterator(in, "tee", tee_next, state_of(in, {shared, Value::of(0)}), endless(iterator)));
  }
  return in.tuple(made->items.items, made->items.count);
}

// State: iterator, key function or None, the element after the last group (missing: read one), its key, done.
// A group is read whole when it is given: its elements then stay, where Python's vanish with the next group.
Value groupby_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  const auto read = [&] {
    places[2] = next_of(in, places[0]);
    if (!places[2].missing()) places[3] = places[1].is_none() ? places[2] : in.call(places[1], {places[2]});
  };
  if (places[2].missing()) {
    if (places[4].boolean) return {};
    read();
    if (places[2].missing()) return {};
  }
  const Value key = places[3];
  List* group = in.list();
  while (!places[2].missing() && in.equal(places[3], key)) {
    group->items.push(in.arena, places[2]);
    read();
  }
  places[4] = Value::of(places[2].missing());
  return in.tuple({key, list_iterator(in, group)});
}
Value groupby(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[2];
  in.bind("groupby", arguments, "iterable, key=", out);
  ITERATOR_OVER(iterator, out[0]);
  const Value key = out[1].missing() ? Value::none() : out[1];
  return lazy_iterator(in, "groupby", groupby_next, state_of(in, {iterator, key, Value{}, Value{}, Value::of(false)}));
}

// ---- combinatoric iterators
//
// State: the pool or pools as a tuple, the positions of the next result as a list of ints, whether there is one.

Value chosen(Interpreter& in, const Value& pool, const ArenaVector<Value>& positions, bool many_pools) {
  std::vector<Value> items;
  const Tuple* from = pool.as<Tuple>();
  for (std::uint32_t i = 0; i < positions.count; ++i) {
    const Tuple* source = many_pools ? from->items[i].as<Tuple>() : from;
    items.push_back(source->items[positions[i].integer]);
  }
  in.step(items.size());
  return in.tuple(items.data(), items.size());
}

Value product_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (!places[2].boolean) return {};
  auto& at = parts(places[1]);
  const Value result = chosen(in, places[0], at, true);
  const Tuple* pools = places[0].as<Tuple>();
  std::uint32_t i = at.count;
  while (i > 0 && ++at[i - 1].integer >= pools->items[i - 1].as<Tuple>()->count) at[--i] = Value::of(0);
  if (i == 0) places[2] = Value::of(false);
  return result;
}

Value combinations_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (!places[2].boolean) return {};
  auto& at = parts(places[1]);
  const Value result = chosen(in, places[0], at, false);
  const std::int64_t n = places[0].as<Tuple>()->count;
  const std::int64_t r = at.count;
  std::int64_t i = r - 1;
  while (i >= 0 && at[static_cast<std::size_t>(i)].integer == i + n - r) --i;
  if (i < 0) {
    places[2] = Value::of(false);
    return result;
  }
  ++at[static_cast<std::size_t>(i)].integer;
  for (std::int64_t k = i + 1; k < r; ++k) at[static_cast<std::size_t>(k)].integer = at[static_cast<std::size_t>(k - 1)].integer + 1;
  return result;
}

Value replacement_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (!places[2].boolean) return {};
  auto& at = parts(places[1]);
  const Value result = chosen(in, places[0], at, false);
  const std::int64_t n = places[0].as<Tuple>()->count;
  std::int64_t i = static_cast<std::int64_t>(at.count) - 1;
  while (i >= 0 && at[static_cast<std::size_t>(i)].integer == n - 1) --i;
  if (i < 0) {
    places[2] = Value::of(false);
    return result;
  }
  const std::int64_t next = at[static_cast<std::size_t>(i)].integer + 1;
  for (; i < at.count; ++i) at[static_cast<std::size_t>(i)] = Value::of(next);
  return result;
}

// The next arrangement in lexicographic order: the rightmost place that can take a larger unused position does.
Value permutations_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& places = parts(state);
  if (!places[2].boolean) return {};
  auto& at = parts(places[1]);
  const Value result = chosen(in, places[0], at, false);
  const std::int64_t n = places[0].as<Tuple>()->count;
  std::vector<bool> used(static_cast<std::size_t>(n));
  for (const Value& position : at) used[static_cast<std::size_t>(position.integer)] = true;
  in.step(static_cast<std::uint64_t>(n));
  std::int64_t i = static_cast<std::int64_t>(at.count) - 1;
  std::int64_t next = n;
  for (; i >= 0; --i) {
    const std::int64_t current = at[static_cast<std::size_t>(i)].integer;
    used[static_cast<std::size_t>(current)] = false;
    for (next = current + 1; next < n && used[static_cast<std::size_t>(next)]; ++next) {
    }
    if (next < n) break;
  }
  if (i < 0) {
    places[2] = Value::of(false);
    return result;
  }
  for (; i < at.count; ++i) {
    at[static_cast<std::size_t>(i)] = Value::of(next);
    used[static_cast<std::size_t>(next)] = true;
    for (next = 0; next < n && used[static_cast<std::size_t>(next)]; ++next) {
    }
  }
  return result;
}

Value pool_of(Interpreter& in, const Value& iterable) {
  const List* items = in.collect(iterable);
  return in.tuple(items->items.items, items->items.count);
}

Value positions(Interpreter& in, std::int64_t count, bool ascending) {
  in.step(static_cast<std::uint64_t>(count));
  List* made = in.list();
  for (std::int64_t i = 0; i < count; ++i) made->items.push(in.arena, Value::of(ascending ? i : std::int64_t{0}));
  return Value::of(made);
}

Value product(Interpreter& in, const Arguments& arguments, const Value&) {
  std::int64_t times = 1;
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].name->view() != "repeat") in.raise_type_error("product() got an unexpected keyword argument");
    times = count_argument(in, arguments.keywords[i].value, "repeat argument cannot be negative");
  }
  std::vector<Value> pools;
  bool some = true;
  for (std::size_t i = 0; i < arguments.count; ++i) {
    pools.push_back(pool_of(in, arguments[i]));
    some = some && pools.back().as<Tuple>()->count != 0;
  }
  const std::size_t given = pools.size();
  if (given * static_cast<std::uint64_t>(times) > 100'000) return in.unknown("a product of very many iterables");
  if (times == 0) pools.clear();
  for (std::int64_t k = 1; k < times; ++k) {
    for (std::size_t i = 0; i < given; ++i) pools.push_back(pools[i]);
  }
  if (times == 0) some = true;
  return lazy_iterator(in, "product", product_next,
                       state_of(in, {in.tuple(pools.data(), pools.size()), positions(in, static_cast<std::int64_t>(pools.size()), false), Value::of(some)}));
}

// Data: 0 combinations, 1 with replacement, 2 permutations.
Value combinatoric(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  Value out[2];
  in.bind("combinations", arguments, data.integer == 2 ? "iterable, r=" : "iterable, r", out);
  const Value pool = pool_of(in, out[0]);
  const std::int64_t n = pool.as<Tuple>()->count;
  const std::int64_t r = out[1].missing() || out[1].is_none() ? n : count_argument(in, out[1], "r must be non-negative");
  const bool some = data.integer == 1 ? n > 0 || r == 0 : r <= n;
  const NativeFunction next = data.integer == 0 ? combinations_next : data.integer == 1 ? replacement_next : permutations_next;
  return lazy_iterator(in, "combinations", next, state_of(in, {pool, positions(in, some ? r : 0, data.integer != 1), Value::of(some)}));
}

#undef ITERATOR_OVER

}  // namespace

void install_itertools(Interpreter& in) {
  Module* itertools = in.native_module("itertools", false);
  define_all(in, itertools,
             {{"count", spread<count>},
              {"cycle", cycle},
              {"repeat", repeat},
              {"islice", spread<islice>},
              {"takewhile", by_test<takewhile_next>},
              {"dropwhile", by_test<dropwhile_next>},
              {"filterfalse", by_test<filterfalse_next>},
              {"compress", compress},
              {"starmap", starmap},
              {"accumulate", accumulate},
              {"pairwise", pairwise},
              {"zip_longest", zip_longest},
              {"tee", tee},
              {"groupby", groupby},
              {"product", spread<product>}});
  in.define(itertools, "combinations", combinatoric, Value::of(0));
  in.define(itertools, "combinations_with_replacement", combinatoric, Value::of(1));
  in.define(itertools, "permutations", combinatoric, Value::of(2));
  Class* chains = in.make_class("chain", {in.classes.object});
  in.static_method(chains, "__new__", chain);
  in.class_method(chains, "from_iterable", spread<chain_from_iterable>);
  in.define(itertools, "chain", Value::of(chains));
}

}  // namespace ckptlint::python
