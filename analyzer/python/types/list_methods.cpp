// The methods of list.
#include "python/types/rows.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

List* list_self(Interpreter& in, const Arguments& arguments) {
  return receiver<List>(in, arguments, Kind::kList, "list");
}

Value list_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable] = by_position<"cls, iterable=">(arguments);
  if (!cls.is(Kind::kClass)) in.raise_type_error("list.__new__(X): X is not a type object");
  if (cls.as<Class>() != in.classes.list) return as_instance_of(in, cls, in.classes.list, Value::of(in.list()));
  check_method(in, arguments, "list", 0, 1);
  if (arguments.count == 1) return Value::of(in.list());
  return iterable.unknown() ? iterable : Value::of(in.collect(iterable));
}

Value list_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, iterable] = method_arguments<"self, iterable=">(in, "list", arguments);
  List* self = list_self(in, arguments);
  self->items.count = 0;
  if (arguments.count > 1) self->items = in.collect(iterable)->items;
  return Value::none();
}

Value list_append(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, object] = method_arguments<"self, object">(in, "list.append", arguments);
  in.step();
  list_self(in, arguments)->items.push(in.arena, object);
  return Value::none();
}

Value list_extend(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, iterable] = method_arguments<"self, iterable">(in, "list.extend", arguments);
  const Value self = receiver_of(in, arguments, Kind::kList, "list");
  plain_in_place(in, Operator::kAdd, self, iterable);
  return Value::none();
}

Value list_insert(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, index, object] = method_arguments<"self, index, object">(in, "insert", arguments);
  List* self = list_self(in, arguments);
  if (index.unknown()) in.note_partial("a list is written at a position that is not known");
  in.step(1 + self->items.count / 8);
  self->items.insert(in.arena, static_cast<std::size_t>(clamped_position(in, index, self->items.count)), object);
  return Value::none();
}

Value list_pop(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, index] = method_arguments<"self, index=">(in, "pop", arguments);
  List* self = list_self(in, arguments);
  if (self->items.empty()) in.raise(in.exception("IndexError"), "pop from empty list");
  std::int64_t at = self->items.count - 1;
  if (arguments.count == 2) {
    if (index.unknown()) {
      in.note_partial("a list is shortened at a position that is not known");
      return index;
    }
    at = in.to_int(index);
    if (at < 0) at += self->items.count;
    if (at < 0 || at >= self->items.count) in.raise(in.exception("IndexError"), "pop index out of range");
  }
  const Value item = self->items[static_cast<std::size_t>(at)];
  in.step(1 + (self->items.count - static_cast<std::uint64_t>(at)) / 8);
  self->items.erase(static_cast<std::size_t>(at));
  return item;
}

Value list_remove(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value] = method_arguments<"self, value">(in, "list.remove", arguments);
  List* self = list_self(in, arguments);
  const std::int64_t at = find_item(in, Value::of(self), value, 0, self->items.count);
  if (at < 0) in.raise_value_error("list.remove(x): x not in list");
  self->items.erase(static_cast<std::size_t>(at));
  return Value::none();
}

Value list_clear(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "list.clear", 0, 0);
  list_self(in, arguments)->items.count = 0;
  return Value::none();
}

Value list_copy(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "list.copy", 0, 0);
  return Value::of(in.collect(Value::of(list_self(in, arguments))));
}

Value list_reverse(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "list.reverse", 0, 0);
  auto& items = list_self(in, arguments)->items;
  in.step(items.count / 8);
  for (std::uint32_t i = 0; i < items.count / 2; ++i) std::swap(items[i], items[items.count - 1 - i]);
  return Value::none();
}

Value list_sort(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, reverse] = bind<"self, *, key=, reverse=">(in, "sort", arguments);
  List* list = list_self(in, arguments);
  const bool descending = !reverse.missing() && in.test(reverse);
  if (!sort_values(in, list, key, descending)) in.note_partial("a list is sorted by values that are not known");
  return Value::none();
}

Value list_set_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, value] = method_arguments<"self, key, value">(in, "__setitem__", arguments);
  in.set_item(Value::of(list_self(in, arguments)), key, value);
  return Value::none();
}
Value list_delete_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__delitem__", arguments);
  in.delete_item(Value::of(list_self(in, arguments)), key);
  return Value::none();
}
// `self op= other` of an instance keeps the instance.
Value list_in_place(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, other] = method_arguments<"self, other">(in, data.boolean ? "__iadd__" : "__imul__", arguments);
  const Value self = Value::of(list_self(in, arguments));
  const Value done = plain_in_place(in, data.boolean ? Operator::kAdd : Operator::kMul, self, other);
  return done.missing() ? Value{Kind::kNotImplemented, {}} : instance;
}

}  // namespace

void fill_list(Interpreter& in) {
  Class* list = in.classes.list;
  in.static_method(list, "__new__", list_new);
  add_methods(in, list,
              {{"__init__", known_receiver<list_init>},
               {"append", known_receiver<list_append>},
               {"extend", known_receiver<list_extend>},
               {"insert", known_receiver<list_insert>},
               {"pop", known_receiver<list_pop>},
               {"remove", known_receiver<list_remove>},
               {"clear", known_receiver<list_clear>},
               {"copy", known_receiver<list_copy>},
               {"reverse", known_receiver<list_reverse>},
               {"sort", known_receiver<list_sort>},
               {"__setitem__", known_receiver<list_set_item>},
               {"__delitem__", known_receiver<list_delete_item>}});
  in.method(list, "__iadd__", list_in_place, Value::of(true));
  in.method(list, "__imul__", list_in_place, Value::of(false));
  add_container_methods(in, list, true);
  add_operators(in, list, {"add__", "mul__"});
  add_comparisons(in, list, true);
  add_text_methods(in, list);
  add_methods(in, list,
              {{"index", spread<sequence_position>},
               {"count", spread<sequence_count>},
               {"__reversed__", known_receiver<sequence_reversed>}});
  in.set_class(list, "__hash__", Value::none());
}

}  // namespace ckptlint::python
