// set and frozenset: what they do as values; their order is that of python/evaluate/sets.h.
#include "python/types/set.h"

#include <utility>

#include "base/python_hash.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/printer.h"
#include "python/evaluate/sets.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Class* class_of_set(Interpreter& in, const Value& value) {
  return value.as<Set>()->frozen ? in.classes.frozenset : in.classes.set;
}

Value set_length(Interpreter&, const Value& value) { return Value::of(std::int64_t{value.as<Set>()->items->live}); }

std::optional<std::uint64_t> set_hash(Interpreter& in, const Value& value, int depth) {
  const auto* set = value.as<Set>();
  if (!set->frozen) return std::nullopt;
  PythonFrozensetHash hash;
  for (const Dict::Entry& entry : set->items->entries) {
    if (entry.key.missing()) continue;
    in.step();
    const auto each = known_hash(in, entry.key, depth - 1);
    if (!each) return std::nullopt;
    hash.add(*each);
  }
  return hash.value();
}

void repr_set(Printer& printer, const Value& value) {
  printer.container(value, "set(...)", [&] {
    auto* set = value.as<Set>();
    const auto& all = set_members(printer.in, set)->items;
    if (all.empty()) {
      printer.out += set->frozen ? "frozenset()" : "set()";
      return;
    }
    printer.out += set->frozen ? "frozenset({" : "{";
    printer.items(all.begin(), all.end());
    printer.out += set->frozen ? "})" : "}";
  });
}

bool iterate_set(Interpreter& in, const Value& iterable, Iteration& out) {
  out.step = iterable.as<Set>()->items->live;
  out.next_method = Value::of(set_members(in, iterable.as<Set>()));
  out.source = iterable;
  return true;
}

bool next_of_set(Interpreter& in, Iteration& iteration, Value& out) {
  if (iteration.source.as<Set>()->items->live != iteration.step)
    in.raise(in.exception("RuntimeError"), "Set changed size during iteration");
  const auto& members = iteration.next_method.as<List>()->items;
  const auto at = static_cast<std::size_t>(iteration.at++);
  if (at >= members.count) return false;
  out = members[at];
  return true;
}

Truth set_contains(Interpreter& in, const Value& container, const Value& value) {
  // A set may be looked for in a set of frozen ones.
  return value.is(Kind::kSet) ? among(in, container, value) : has_key(in, container.as<Set>()->items, value);
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

Value combined(Interpreter& in, Operator op, const Value& left, const Value& right) {
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

bool set_operator(Operator op) {
  return op == Operator::kBitOr || op == Operator::kBitAnd || op == Operator::kBitXor || op == Operator::kSub;
}

Value set_in_place(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (left.as<Set>()->frozen || !set_operator(op) || !set_like(right)) return {};
  set_combine_in_place(in, op, left.as<Set>(), as_set(in, right));
  return left;
}

}  // namespace

constinit const TypeSlots kSetSlots = {
    .type_of = class_of_set,
    .truth = truth_by_length,
    .length = set_length,
    .hash = set_hash,
    .repr = repr_set,
    .iterate = iterate_set,
    .next = next_of_set,
    .contains = set_contains,
    .equal = set_equal,
    .order = set_order,
    .binary = set_binary,
    .in_place = set_in_place,
};

// ---- shared with views

bool set_like(const Value& value) {
  return value.is(Kind::kSet) || (value.is(Kind::kDictView) && value.as<DictView>()->view != ViewKind::kValues);
}

Truth set_equal(Interpreter& in, const Value& left, const Value& right) {
  if (!set_like(left) || !set_like(right))
    return truth_of(left.kind == right.kind && equal_keys(left, right));  // values of a dict
  return in.length(left) == in.length(right) ? subset(in, left, right) : Truth::kFalse;
}

Value set_order(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (!set_like(left) || !set_like(right)) return {};
  const bool down = op == Operator::kGreater || op == Operator::kGreaterEqual;
  const Value& small = down ? right : left;
  const Value& large = down ? left : right;
  const bool strict = op == Operator::kLess || op == Operator::kGreater;
  if (strict && in.length(small) >= in.length(large)) return Value::of(false);
  return value_of(in, subset(in, small, large));
}

Value set_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (!set_operator(op)) return not_implemented();
  if (set_like(left) && set_like(right)) return combined(in, op, left, right);
  // With keys or items on one side, the other may be any iterable.
  const auto view = [](const Value& value) { return value.is(Kind::kDictView) && set_like(value); };
  const auto plain_iterable = [](const Value& value) {
    return value.is(Kind::kDictView) || value.is(Kind::kList) || value.is(Kind::kTuple) || value.is(Kind::kDict) ||
           value.is(Kind::kIterator);
  };
  const bool one_view = (view(left) && plain_iterable(right)) || (view(right) && plain_iterable(left));
  return one_view ? combined(in, op, left, right) : not_implemented();
}

}  // namespace ckptlint::python
