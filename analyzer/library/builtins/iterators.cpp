// Functions over iterables.  zip, map, enumerate and filter make one element at a time, as Python's do.
#include <fmt/format.h>

#include "library/builtins/builtins.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/signature.h"
#include "python/types/iterator.h"
#include "python/types/methods.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

bool endless(const Value& iterator) {
  return iterator.is(Kind::kIterator) && iterator.as<IteratorObject>()->state.endless != 0;
}

// Iterators over each argument; the Unknown where one cannot be iterated over.
Value iterators_over(Interpreter& in, const Value* iterables, std::size_t count) {
  std::vector<Value> made;
  for (std::size_t i = 0; i < count; ++i) {
    const Value iterator = make_iterator(in, iterables[i]);
    if (iterator.unknown()) return iterator;
    made.push_back(iterator);
  }
  return in.tuple(made.data(), made.size());
}

bool all_endless(const Value& iterators) {
  bool all = true;
  for (const Value& each : *iterators.as<Tuple>()) all = all && endless(each);
  return all;
}

// ---- zip, map, filter, enumerate

[[noreturn]] void raise_uneven(Interpreter& in, std::size_t ended, bool longer) {
  const std::string before = ended == 1 ? "argument 1" : fmt::format("arguments 1-{}", ended);
  in.raise_value_error(
      fmt::format("zip() argument {} is {} than {}", ended + 1, longer ? "longer" : "shorter", before));
}

// State: (iterators, strict).
Value zip_next(Interpreter& in, const Arguments&, const Value& state) {
  const Tuple* iterators = state.as<Tuple>()->items[0].as<Tuple>();
  const bool strict = state.as<Tuple>()->items[1].boolean;
  std::vector<Value> items;
  items.reserve(iterators->count);
  for (std::uint32_t i = 0; i < iterators->count; ++i) {
    const Value item = next_of(in, iterators->items[i]);
    if (!item.missing()) {
      items.push_back(item);
      continue;
    }
    if (strict && i > 0) raise_uneven(in, i, false);
    for (std::uint32_t k = 1; strict && k < iterators->count; ++k) {
      if (!next_of(in, iterators->items[k]).missing()) raise_uneven(in, k, true);
    }
    return {};
  }
  return in.tuple(items.data(), items.size());
}

Value zip(Interpreter& in, const Arguments& arguments, const Value&) {
  bool strict = false;
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].name->view() != "strict") {
      in.raise_type_error(
          fmt::format("zip() got an unexpected keyword argument '{}'", arguments.keywords[i].name->view()));
    }
    strict = in.test(arguments.keywords[i].value);
  }
  const Value iterators = iterators_over(in, arguments.positional, arguments.count);
  if (iterators.unknown()) return iterators;
  if (arguments.count == 0) return list_iterator(in, in.list(), "zip");
  return lazy_iterator(in, "zip", zip_next, in.tuple({iterators, Value::of(strict)}), all_endless(iterators));
}

// State: (function, iterators).
Value map_next(Interpreter& in, const Arguments&, const Value& state) {
  const Tuple* iterators = state.as<Tuple>()->items[1].as<Tuple>();
  std::vector<Value> items;
  items.reserve(iterators->count);
  for (const Value& iterator : *iterators) {
    const Value item = next_of(in, iterator);
    if (item.missing()) return {};
    items.push_back(item);
  }
  return in.call(state.as<Tuple>()->items[0], Arguments{items.data(), items.size()});
}

Value map(Interpreter& in, const Arguments& arguments, const Value&) {
  if (arguments.count < 2) in.raise_type_error("map() must have at least two arguments.");
  check_function(in, arguments, "map", 2, arguments.count);
  const Value iterators = iterators_over(in, arguments.positional + 1, arguments.count - 1);
  if (iterators.unknown()) return iterators;
  return lazy_iterator(in, "map", map_next, in.tuple({arguments[0], iterators}), all_endless(iterators));
}

// State: (function or None, iterator, wanted truth).  An element whose test is not known makes the rest unknown.
Value filter_next(Interpreter& in, const Arguments&, const Value& state) {
  const Tuple* parts = state.as<Tuple>();
  while (true) {
    const Value item = next_of(in, parts->items[1]);
    if (item.missing()) return {};
    const Value& function = parts->items[0];
    const bool by_truth =
        function.is_none() || (function.is(Kind::kClass) && function.as<Class>() == in.classes.boolean);
    const Value answer = by_truth ? item : in.call(function, {item});
    if (in.test(answer) == parts->items[2].boolean) return item;
  }
}

Value filter(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [function, iterable] = function_arguments<"function, iterable">(in, "filter", arguments);
  const Value iterator = make_iterator(in, iterable);
  if (iterator.unknown()) return iterator;
  return lazy_iterator(in, "filter", filter_next, in.tuple({function, iterator, Value::of(true)}), endless(iterator));
}

// State: [iterator, count].
Value enumerate_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& parts = state.as<List>()->items;
  const Value item = next_of(in, parts[0]);
  if (item.missing()) return {};
  const Value count = parts[1];
  parts[1] = in.binary(Operator::kAdd, count, Value::of(1));
  return in.tuple({count, item});
}

Value enumerate(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [iterable, start] = bind<"iterable, start=">(in, "enumerate", arguments);
  const Value iterator = make_iterator(in, iterable);
  if (iterator.unknown()) return iterator;
  List* state = in.list(2);
  state->items.push(in.arena, iterator);
  state->items.push(in.arena, start.missing() ? Value::of(0) : start.unknown() ? start : Value::of(in.to_int(start)));
  return lazy_iterator(in, "enumerate", enumerate_next, Value::of(state), endless(iterator));
}

// ---- reversed, iter, next

// What CPython calls the class of an iterator backwards.
const char* backwards(const Value& sequence) {
  switch (sequence.kind) {
    case Kind::kList:
      return "list_reverseiterator";
    case Kind::kDict:
      return sequence.as<Dict>()->ordered ? "odict_iterator" : "dict_reversekeyiterator";
    case Kind::kDictView: {
      const auto* view = sequence.as<DictView>();
      if (view->dict->ordered) return "odict_iterator";
      return view->view == ViewKind::kKeys     ? "dict_reversekeyiterator"
             : view->view == ViewKind::kValues ? "dict_reversevalueiterator"
                                               : "dict_reverseitemiterator";
    }
    default:
      return "reversed";
  }
}

// State: [sequence, next index] for sequences of evaluated classes.
Value reversed_next(Interpreter& in, const Arguments&, const Value& state) {
  auto& parts = state.as<List>()->items;
  if (parts[1].integer < 0) return {};
  const Value at = parts[1];
  parts[1] = Value::of(at.integer - 1);
  return in.item(parts[0], at);
}

Value reversed(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = function_arguments<"sequence">(in, "reversed", arguments);
  if (given.unknown()) return given;
  Str* const own = in.intern("__reversed__");
  if (const Value* method = in.class_lookup(in.type_of(given), own); method != nullptr && method->is_none())
    in.raise_type_error(fmt::format("'{}' object is not reversible", in.type_name(given)));
  if (const Value answer = try_dunder(in, given, own); !answer.missing()) return answer;
  const Value& plain = unwrap(given);
  switch (plain.kind) {
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kStr:
    case Kind::kBytes:
    case Kind::kRange:
    case Kind::kDict:
    case Kind::kDictView: {
      if (plain.is(Kind::kRange)) {
        const auto* range = plain.as<Range>();
        const std::int64_t size = range->size();
        const std::int64_t last = size == 0 ? range->start : range->start + (size - 1) * range->step;
        std::int64_t before = 0;
        std::int64_t back = 0;
        if (__builtin_sub_overflow(range->start, range->step, &before) ||
            __builtin_sub_overflow(std::int64_t{0}, range->step, &back)) {
          return in.unknown("a range at the end of 64-bit integers");
        }
        return make_iterator(in, make_range(in, last, size == 0 ? last : before, back));
      }
      List* items = in.collect(plain);
      for (std::uint32_t i = 0; i < items->items.count / 2; ++i) {
        std::swap(items->items[i], items->items[items->items.count - 1 - i]);
      }
      return list_iterator(in, items, backwards(plain));
    }
    case Kind::kSet:
    case Kind::kIterator:
      in.raise_type_error(fmt::format("'{}' object is not reversible", in.type_name(given)));
    default:
      break;
  }
  const bool sequence = find_dunder(in, given, in.sym.__getitem__) != nullptr || given.is(Kind::kTensor);
  if (!sequence && !may_have_dunder(given))
    in.raise_type_error(fmt::format("'{}' object is not reversible", in.type_name(given)));
  const Value length = length_value(in, given);
  if (length.unknown()) return length;
  List* state = in.list(2);
  state->items.push(in.arena, given);
  state->items.push(in.arena, Value::of(length.integer - 1));
  return lazy_iterator(in, "reversed", reversed_next, Value::of(state));
}

// State: (callable, sentinel).
Value until_sentinel_next(Interpreter& in, const Arguments&, const Value& state) {
  const Value item = in.call(state.as<Tuple>()->items[0], {});
  return in.equal(item, state.as<Tuple>()->items[1]) ? Value{} : item;
}

Value iter(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, sentinel] = function_arguments<"object, sentinel=">(in, "iter", arguments);
  if (arguments.count == 1) return make_iterator(in, object);
  return lazy_iterator(in, "callable_iterator", until_sentinel_next, in.tuple({object, sentinel}));
}

Value next(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [iterator, fallback] = function_arguments<"iterator, default=">(in, "next", arguments);
  return next_element(in, iterator, fallback);
}

Value aiter(Interpreter&, const Arguments& arguments, const Value&) { return arguments[0]; }

// ---- reductions

// min and max; data is the operator that a better element satisfies against the best so far.
Value extreme(Interpreter& in, const Arguments& arguments, const Value& data) {
  const char* name = data.integer == 0 ? "min" : "max";
  const Operator better = data.integer == 0 ? Operator::kLess : Operator::kGreater;
  Value key;
  Value fallback;
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    const std::string_view keyword = arguments.keywords[i].name->view();
    if (keyword == "key") {
      key = arguments.keywords[i].value;
    } else if (keyword == "default") {
      fallback = arguments.keywords[i].value;
    } else {
      in.raise_type_error(fmt::format("{}() got an unexpected keyword argument '{}'", name, keyword));
    }
  }
  if (key.is_none()) key = Value{};
  if (arguments.count == 0) in.raise_type_error(fmt::format("{} expected at least 1 argument, got 0", name));
  if (arguments.count > 1 && !fallback.missing()) {
    in.raise_type_error(fmt::format("Cannot specify a default for {}() with multiple positional arguments", name));
  }
  const Value items = arguments.count == 1 ? arguments[0] : in.tuple(arguments.positional, arguments.count);
  if (items.unknown()) return items;
  Iteration each;
  if (!in.iterate(items, each)) return in.unknown(fmt::format("{}() of elements that are not known", name));
  Value item;
  Value best;
  Value best_key;
  Value met;
  while (in.next(each, item)) {
    const Value item_key = key.missing() ? item : in.call(key, {item});
    if (!best.missing()) {
      const Value answer = in.compare(better, item_key, best_key);
      const Truth truth = in.truth(answer);
      if (truth == Truth::kUnknown && met.missing())
        met = answer.unknown() ? answer : in.unknown("an order that is not known");
      if (truth != Truth::kTrue) continue;
    } else if (item_key.unknown()) {
      met = item_key;
    }
    best = item;
    best_key = item_key;
  }
  if (!met.missing()) return met;
  if (!best.missing()) return best;
  if (!fallback.missing()) return fallback;
  in.raise_value_error(fmt::format("{}() arg is an empty sequence", name));
}

Value sum(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [iterable, start] = bind<"iterable, start=">(in, "sum", arguments);
  if (iterable.unknown()) return iterable;
  Value total = start.missing() ? Value::of(0) : start;
  if (unwrap(total).is(Kind::kStr)) in.raise_type_error("sum() can't sum strings [use ''.join(seq) instead]");
  Iteration each;
  if (!in.iterate(iterable, each)) return in.unknown("the sum of elements that are not known");
  Value item;
  while (in.next(each, item)) total = in.binary(Operator::kAdd, total, item);
  return total;
}

// any and all; data is the truth that decides.
Value quantified(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [iterable] = function_arguments<"iterable">(in, data.boolean ? "any" : "all", arguments);
  if (iterable.unknown()) return iterable;
  Iteration each;
  if (!in.iterate(iterable, each)) return in.unknown("a test of elements that are not known");
  const Truth decisive = truth_of(data.boolean);
  Value item;
  Value met;
  while (in.next(each, item)) {
    const Truth truth = in.truth(item);
    if (truth == decisive) return Value::of(data.boolean);
    if (truth == Truth::kUnknown && met.missing())
      met = item.unknown() ? item : in.unknown("a condition that is not known");
  }
  return met.missing() ? Value::of(!data.boolean) : met;
}

Value sorted(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [iterable, key, given_reverse] = bind<"iterable, *, key=, reverse=">(in, "sorted", arguments);
  if (iterable.unknown()) return iterable;
  List* items = in.collect(iterable);
  const bool reverse = !given_reverse.missing() && in.test(given_reverse);
  if (sort_values(in, items, key, reverse)) return Value::of(items);
  return in.unknown("a sorted list whose order is not known");
}

}  // namespace

void fill_iterators(Interpreter& in) {
  define_all(in, in.builtins,
             {{"zip", zip},
              {"map", map},
              {"filter", filter},
              {"enumerate", enumerate},
              {"reversed", reversed},
              {"iter", iter},
              {"next", next},
              {"sum", sum},
              {"sorted", sorted},
              {"aiter", aiter}});
  in.define(in.builtins, "min", extreme, Value::of(0));
  in.define(in.builtins, "max", extreme, Value::of(1));
  in.define(in.builtins, "any", quantified, Value::of(true));
  in.define(in.builtins, "all", quantified, Value::of(false));
}

}  // namespace ckptlint::python
