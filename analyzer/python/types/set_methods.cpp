// The methods of set and frozenset.
#include "python/evaluate/containers.h"
#include "python/evaluate/sets.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Set* set_self(Interpreter& in, const Arguments& arguments) { return receiver<Set>(in, arguments, Kind::kSet, "set"); }

// The elements of any iterable as a set; sets themselves as they are, also those behind instances.
Set* elements_as_set(Interpreter& in, const Value& value) {
  const Value& plain = unwrap(value);
  return plain.is(Kind::kSet) ? plain.as<Set>() : set_of(in, plain.is(Kind::kDict) ? plain : value);
}

// What is walked where a value is taken for its elements.
const Value& walked(const Value& value) {
  const Value& plain = unwrap(value);
  return plain.is(Kind::kSet) || plain.is(Kind::kDict) ? plain : value;
}

// set(value), frozenset(value).
Set* made_of(Interpreter& in, const Value& value, bool frozen) { return set_of(in, walked(value), frozen); }

Value set_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable] = by_position<"cls, iterable=">(arguments);
  if (!cls.is(Kind::kClass)) in.raise_type_error("set.__new__(X): X is not a type object");
  if (cls.as<Class>() != in.classes.set) return as_instance_of(in, cls, in.classes.set, Value::of(in.set()));
  check_method(in, arguments, "set", 0, 1);
  if (arguments.count == 1) return Value::of(in.set());
  return iterable.unknown() ? iterable : Value::of(made_of(in, iterable, false));
}

Value set_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, iterable] = method_arguments<"self, iterable=">(in, "set", arguments);
  Set* self = set_self(in, arguments);
  const Set* made = arguments.count > 1 ? made_of(in, iterable, false) : in.set();
  self->items = made->items;
  self->order = made->order;
  self->unordered = made->unordered;
  return Value::none();
}

Value frozenset_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable] = method_arguments<"cls, iterable=">(in, "frozenset", arguments);
  Set* made = in.set(true);
  if (arguments.count > 1) made = made_of(in, iterable, true);
  return as_instance_of(in, cls, in.classes.frozenset, Value::of(made));
}

Value set_add_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, item] = method_arguments<"self, item">(in, "set.add", arguments);
  set_add(in, set_self(in, arguments), item);
  return Value::none();
}

// discard, and remove where data says that an absent element is an error.
Value set_take(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, item] = by_position<"self, item">(arguments);
  if (instance.unknown()) return instance;
  check_method(in, arguments, data.boolean ? "set.remove" : "set.discard", 1, 1);
  Set* self = set_self(in, arguments);
  if (!unwrap(item).is(Kind::kSet)) require_hashable(in, item);
  if (item.unknown()) {
    if (self->items->live != 0) in.note_partial("an element that is not known leaves a set");
    return Value::none();
  }
  if (!set_discard(in, self, item) && data.boolean) raise_key_error(in, item);
  return Value::none();
}

Value set_pop(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "set.pop", 0, 0);
  const Value item = set_pop(in, set_self(in, arguments));
  if (!item.missing()) return item;
  in.raise(in.exception("KeyError"), "pop from an empty set");
}

Value set_clear(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "set.clear", 0, 0);
  set_clear(set_self(in, arguments));
  return Value::none();
}

Value set_copy(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "set.copy", 0, 0);
  Set* self = set_self(in, arguments);
  return Value::of(set_copy(in, self, self->frozen));
}

// The elements of an iterable that are in the set, in its order.
Set* common_in_turn(Interpreter& in, const Set* set, const Value& iterable) {
  Set* made = in.set();
  for (const Value& item : in.collect(iterable)->items) {
    if (dict_find(set->items, stored_key(in, set->items, item)) != nullptr) set_add(in, made, item);
  }
  return made;
}

// union, intersection, difference, symmetric_difference of any number of iterables; data is the operator.
Value set_combined(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto op = static_cast<Operator>(data.integer);
  const bool one = op == Operator::kBitXor;
  check_method(in, arguments, "set operation", one ? 1 : 0, one ? 1 : arguments.count);
  Set* self = set_self(in, arguments);
  Set* made = op == Operator::kBitOr || arguments.count == 1 ? set_copy(in, self, self->frozen) : self;
  for (std::size_t i = 1; i < arguments.count; ++i) {
    const bool plain = !unwrap(arguments[i]).is(Kind::kSet);
    if (op == Operator::kBitAnd && plain) {
      made = common_in_turn(in, made, arguments[i]);
      continue;
    }
    if (op == Operator::kBitOr) {
      set_extend(in, made, walked(arguments[i]));
    } else if (op == Operator::kSub && plain) {
      if (made == self) made = set_copy(in, self, self->frozen);
      set_combine_in_place(in, op, made, elements_as_set(in, arguments[i]));
    } else {
      made = set_combined(in, op, made, elements_as_set(in, arguments[i]));
    }
  }
  made->frozen = self->frozen;
  return Value::of(made);
}

// The same in place: update, intersection_update, ...
Value set_updated(Interpreter& in, const Arguments& arguments, const Value& data) {
  Set* self = set_self(in, arguments);
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) {
    in.note_partial("a set is changed by what is not known");
    return Value::none();
  }
  for (std::size_t i = 1; i < arguments.count; ++i) {
    const auto op = static_cast<Operator>(data.integer);
    if (op == Operator::kBitOr) {
      set_extend(in, self, walked(arguments[i]));
    } else {
      set_combine_in_place(in, op, self, elements_as_set(in, arguments[i]));
    }
  }
  return Value::none();
}

// Data: 0 issubset, 1 issuperset, 2 isdisjoint.
Value set_relation(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [instance, given_other] = method_arguments<"self, other">(in, "set comparison", arguments);
  const Value self = Value::of(set_self(in, arguments));
  const Value other = Value::of(elements_as_set(in, given_other));
  if (data.integer == 0) return in.compare(Operator::kLessEqual, self, other);
  if (data.integer == 1) return in.compare(Operator::kGreaterEqual, self, other);
  const Value common = plain_binary(in, Operator::kBitAnd, self, other);
  return Value::of(common.as<Set>()->items->live == 0);
}

Value set_in_place(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, other] = method_arguments<"self, other">(in, "set operation", arguments);
  const Value self = Value::of(set_self(in, arguments));
  const Value done = plain_in_place(in, static_cast<Operator>(data.integer), self, unwrap(other));
  return done.missing() ? Value{Kind::kNotImplemented, {}} : instance;
}

}  // namespace

void fill_set(Interpreter& in) {
  auto& c = in.classes;
  const auto data = [](Operator op) { return Value::of(static_cast<std::int64_t>(op)); };
  in.static_method(c.set, "__new__", set_new);
  in.static_method(c.frozenset, "__new__", spread<frozenset_new>);
  for (Class* type : {c.set, c.frozenset}) {
    add_container_methods(in, type, false);
    add_operators(in, type, {"and__", "or__", "sub__", "xor__"});
    add_comparisons(in, type, true);
    add_text_methods(in, type);
    in.method(type, "copy", known_receiver<set_copy>);
    in.method(type, "union", set_combined, data(Operator::kBitOr));
    in.method(type, "intersection", set_combined, data(Operator::kBitAnd));
    in.method(type, "difference", set_combined, data(Operator::kSub));
    in.method(type, "symmetric_difference", set_combined, data(Operator::kBitXor));
    in.method(type, "issubset", set_relation, Value::of(0));
    in.method(type, "issuperset", set_relation, Value::of(1));
    in.method(type, "isdisjoint", set_relation, Value::of(2));
  }
  in.set_class(c.set, "__hash__", Value::none());
  add_methods(in, c.set,
              {{"__init__", known_receiver<set_init>},
               {"add", known_receiver<set_add_item>},
               {"pop", known_receiver<set_pop>},
               {"clear", known_receiver<set_clear>}});
  in.method(c.set, "remove", set_take, Value::of(true));
  in.method(c.set, "discard", set_take, Value::of(false));
  in.method(c.set, "update", set_updated, data(Operator::kBitOr));
  in.method(c.set, "intersection_update", set_updated, data(Operator::kBitAnd));
  in.method(c.set, "difference_update", set_updated, data(Operator::kSub));
  in.method(c.set, "symmetric_difference_update", set_updated, data(Operator::kBitXor));
  in.method(c.set, "__ior__", set_in_place, data(Operator::kBitOr));
  in.method(c.set, "__iand__", set_in_place, data(Operator::kBitAnd));
  in.method(c.set, "__isub__", set_in_place, data(Operator::kSub));
  in.method(c.set, "__ixor__", set_in_place, data(Operator::kBitXor));
}

}  // namespace ckptlint::python
