// The itertools module.  Every iterator is lazy; the combinatoric ones keep the pools that Python keeps too.
#include "library/stdlib/itertools.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "library/stdlib/install.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

// make_iterator, or the Unknown as which the whole function ends.
// NOLINTBEGIN(bugprone-macro-parentheses): it declares `name`
#define ITERATOR_OVER(name, value)             \
  const Value name = make_iterator(in, value); \
  if (name.unknown()) return name
// NOLINTEND(bugprone-macro-parentheses)

bool endless(const Value& iterator) {
  return iterator.is(Kind::kIterator) && iterator.as<IteratorObject>()->state.endless != 0;
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
  const auto [start, step] = bind<"start=, step=">(in, "count", arguments);
  const Value zero = Value::of(0);
  const Value one = Value::of(1);
  return lazy_iterator(in, "count", count_next,
                       state_of(in, {start.missing() ? zero : start, step.missing() ? one : step}), true);
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
  const auto [iterable] = function_arguments<"iterable">(in, "cycle", arguments);
  ITERATOR_OVER(iterator, iterable);
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
  const auto [object, given_times] = bind<"object, times=">(in, "repeat", arguments);
  if (given_times.unknown()) return given_times;
  const std::int64_t times = given_times.missing() ? -1 : std::max<std::int64_t>(0, in.to_int(given_times));
  return lazy_iterator(in, "repeat", repeat_next, state_of(in, {object, Value::of(times)}), times < 0);
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
  const auto [cls, iterable] = method_arguments<"cls, iterable">(in, "from_iterable", arguments);
  return chained(in, iterable);
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
  const auto [iterable, first, second, given_step] = by_position<"iterable, start, stop=, step=">(arguments);
  ITERATOR_OVER(iterator, iterable);
  const bool only_stop = second.missing();
  const auto part = [&in, only_stop](const Value& given, std::int64_t absent) {
    if (given.missing() || given.is_none()) return absent;
    return count_argument(in, given,
                          only_stop ? "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."
                                    : "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
  };
  const std::int64_t start = only_stop ? 0 : part(first, 0);
  const std::int64_t stop = part(only_stop ? first : second, -1);
  const std::int64_t step = part(given_step, 1);
  if (step == 0) in.raise_value_error("Step for islice() must be a positive integer or None.");
  return lazy_iterator(in, "islice", islice_next,
                       state_of(in, {iterator, Value::of(0), Value::of(start), Value::of(stop), Value::of(step)}));
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
Value by_test(Interpreter& in, const Arguments& arguments, const char* name, NativeFunction next) {
  const auto [predicate, iterable] = function_arguments<"predicate, iterable">(in, name, arguments);
  if (predicate.unknown()) return predicate;
  ITERATOR_OVER(iterator, iterable);
  return lazy_iterator(in, name, next, state_of(in, {predicate, iterator, Value::of(true)}), endless(iterator));
}
Value takewhile(Interpreter& in, const Arguments& arguments, const Value&) {
  return by_test(in, arguments, "takewhile", takewhile_next);
}
Value dropwhile(Interpreter& in, const Arguments& arguments, const Value&) {
  return by_test(in, arguments, "dropwhile", dropwhile_next);
}
Value filterfalse(Interpreter& in, const Arguments& arguments, const Value&) {
  return by_test(in, arguments, "filterfalse", filterfalse_next);
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
  const auto [data, given_selectors] = bind<"data, selectors">(in, "compress", arguments);
  ITERATOR_OVER(items, data);
  ITERATOR_OVER(selectors, given_selectors);
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
  const auto [function, iterable] = function_arguments<"function, iterable">(in, "starmap", arguments);
  ITERATOR_OVER(iterator, iterable);
  return lazy_iterator(in, "starmap", starmap_next, state_of(in, {function, iterator}), endless(iterator));
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
  const auto [iterable, func, given_initial] = bind<"iterable, func=, *, initial=">(in, "accumulate", arguments);
  ITERATOR_OVER(iterator, iterable);
  const bool initial = !given_initial.missing() && !given_initial.is_none();
  const Value function = func.missing() ? Value::none() : func;
  return lazy_iterator(in, "accumulate", accumulate_next,
                       state_of(in, {iterator, function, initial ? given_initial : Value{}, Value::of(initial)}),
                       endless(iterator));
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
  const auto [iterable] = function_arguments<"iterable">(in, "pairwise", arguments);
  ITERATOR_OVER(iterator, iterable);
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
    if (arguments.keywords[i].name->view() != "fillvalue")
      in.raise_type_error("zip_longest() got an unexpected keyword argument");
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
  const auto [iterable, n] = function_arguments<"iterable, n=">(in, "tee", arguments);
  ITERATOR_OVER(iterator, iterable);
  const std::int64_t count = arguments.count > 1 ? count_argument(in, n, "n must be >= 0") : 2;
  const Value shared = state_of(in, {iterator, Value::of(in.list())});
  List* made = in.list();
  in.step(static_cast<std::uint64_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    made->items.push(in.arena,
                     lazy_iterator(in, "_tee", tee_next, state_of(in, {shared, Value::of(0)}), endless(iterator)));
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
  return in.tuple({key, list_iterator(in, group, "_grouper")});
}
Value groupby(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [iterable, given_key] = bind<"iterable, key=">(in, "groupby", arguments);
  ITERATOR_OVER(iterator, iterable);
  const Value key = given_key.missing() ? Value::none() : given_key;
  return lazy_iterator(in, "groupby", groupby_next, state_of(in, {iterator, key, Value{}, Value{}, Value::of(false)}));
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
              {"takewhile", takewhile},
              {"dropwhile", dropwhile},
              {"filterfalse", filterfalse},
              {"compress", compress},
              {"starmap", starmap},
              {"accumulate", accumulate},
              {"pairwise", pairwise},
              {"zip_longest", zip_longest},
              {"tee", tee},
              {"groupby", groupby}});
  fill_combinatorics(in, itertools);
  Class* chains = in.make_class("chain", {in.classes.object});
  in.static_method(chains, "__new__", chain);
  in.class_method(chains, "from_iterable", spread<chain_from_iterable>);
  in.define(itertools, "chain", Value::of(chains));
}

}  // namespace ckptlint::python
