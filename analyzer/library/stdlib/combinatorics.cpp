// The iterators of itertools that combine elements of pools.
#include <algorithm>
#include <vector>

#include "library/stdlib/itertools.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"

namespace ckptlint::python {
namespace {

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
  for (std::int64_t k = i + 1; k < r; ++k)
    at[static_cast<std::size_t>(k)].integer = at[static_cast<std::size_t>(k - 1)].integer + 1;
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
    if (arguments.keywords[i].name->view() != "repeat")
      in.raise_type_error("product() got an unexpected keyword argument");
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
                       state_of(in, {in.tuple(pools.data(), pools.size()),
                                     positions(in, static_cast<std::int64_t>(pools.size()), false), Value::of(some)}));
}

// Data: 0 combinations, 1 with replacement, 2 permutations.
Value combinatoric(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  static constexpr const char* kNames[] = {"combinations", "combinations_with_replacement", "permutations"};
  const char* const name = kNames[data.integer];
  const auto [iterable, given_r] =
      data.integer == 2 ? bind<"iterable, r=">(in, name, arguments) : bind<"iterable, r">(in, name, arguments);
  const Value pool = pool_of(in, iterable);
  const std::int64_t n = pool.as<Tuple>()->count;
  const std::int64_t r =
      given_r.missing() || given_r.is_none() ? n : count_argument(in, given_r, "r must be non-negative");
  const bool some = data.integer == 1 ? n > 0 || r == 0 : r <= n;
  const NativeFunction next = data.integer == 0   ? combinations_next
                              : data.integer == 1 ? replacement_next
                                                  : permutations_next;
  return lazy_iterator(in, name, next,
                       state_of(in, {pool, positions(in, some ? r : 0, data.integer != 1), Value::of(some)}));
}

}  // namespace

void fill_combinatorics(Interpreter& in, Module* itertools) {
  in.define(itertools, "product", spread<product>);
  in.define(itertools, "combinations", combinatoric, Value::of(0));
  in.define(itertools, "combinations_with_replacement", combinatoric, Value::of(1));
  in.define(itertools, "permutations", combinatoric, Value::of(2));
}

}  // namespace ckptlint::python
