// ModuleList, Sequential and ModuleDict (torch 2.13, torch/nn/modules/container.py).
#include <fmt/format.h>

#include <vector>

#include "library/torch/install.h"
#include "library/torch/nn_module.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

std::uint32_t size_of(const ModuleInstance* self) { return self->modules == nullptr ? 0 : self->modules->live; }

Str* number_name(Interpreter& in, std::int64_t number) { return in.intern(std::to_string(number)); }

std::vector<Dict::Entry> entries_of(const ModuleInstance* self) {
  std::vector<Dict::Entry> entries;
  if (self->modules == nullptr) return entries;
  for (const Dict::Entry& entry : self->modules->entries) {
    if (!entry.key.missing()) entries.push_back(entry);
  }
  return entries;
}

List* values_of(Interpreter& in, const ModuleInstance* self) {
  List* list = in.list();
  for (const Dict::Entry& entry : entries_of(self)) list->items.push(in.arena, entry.value);
  return list;
}

// The modules numbered anew from 0, with the places where they were registered.
void renumber(Interpreter& in, ModuleInstance* self) {
  Dict* table = in.dict();
  std::int64_t next = 0;
  for (const Dict::Entry& entry : entries_of(self))
    dict_set(in.arena, table, number_name(in, next++), entry.value).note = entry.note;
  self->modules = table;
}

std::int64_t wrapped_index(Interpreter& in, const ModuleInstance* self, const Value& key) {
  const std::int64_t index = in.to_int(key), size = size_of(self);
  if (index < -size || index >= size)
    in.raise(in.exception("IndexError"), fmt::format("index {} is out of range", index));
  return index < 0 ? index + size : index;
}

// The entries that a slice selects, by Python's own rules for a list.
List* sliced(Interpreter& in, List* list, const Value& slice) { return in.item(Value::of(list), slice).as<List>(); }

bool has_own(Interpreter& in, const ModuleInstance* self, const char* method) {
  Value* found = in.class_lookup(self->type, in.intern(method));
  return found != nullptr && found->is(Kind::kFunction);
}

void append_to(Interpreter& in, ModuleInstance* self, std::int64_t at, const Value& child) {
  in.step();
  Value* own = in.class_lookup(self->type, in.intern("add_module"));
  if (own != nullptr && own->is(Kind::kFunction)) {
    in.call(*own, {Value::of(self), Value::of(number_name(in, at)), child});
  } else {
    register_module(in, self, number_name(in, at), child);
  }
}

// ---- what both sequences share

Value length(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(std::int64_t{size_of(module_receiver(in, arguments))});
}

Value iterate(Interpreter& in, const Arguments& arguments, const Value&) {
  return iterator_over(in, values_of(in, module_receiver(in, arguments)));
}

Value extend_by(Interpreter& in, ModuleInstance* self, const Value& modules) {
  if (modules.unknown()) {
    in.note_partial(fmt::format("the modules of a {} are {}, which is not known", class_name(self),
                                modules.as<Unknown>()->origin->view()));
    return Value::of(self);
  }
  std::int64_t at = size_of(self);
  if (has_own(in, self, "__len__")) at = in.length(Value::of(self));
  List* list = in.collect(modules);
  for (std::uint32_t i = 0; i < list->items.count; ++i) append_to(in, self, at++, list->items[i]);
  return Value::of(self);
}

Value append(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, module] = bind<"self, module">(in, "append", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  append_to(in, self, has_own(in, self, "__len__") ? in.length(given_self) : size_of(self), module);
  return given_self;
}

void require_iterable(Interpreter& in, const Value& given, std::string_view demand) {
  if (is_no_iterable(in, given))
    in.raise_type_error(fmt::format("{}, but got {}", demand, in.type_of(given)->name->view()));
}

Value extend(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, modules] = bind<"self, modules">(in, "extend", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  require_iterable(in, modules, "ModuleList.extend should be called with an iterable");
  return extend_by(in, self, modules);
}

Value delete_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, idx] = bind<"self, idx">(in, "__delitem__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  List* keys = in.list();
  for (const Dict::Entry& entry : entries_of(self)) keys->items.push(in.arena, entry.key);
  if (idx.unknown()) {
    in.note_partial("an item of a list of modules is deleted at an index that is not known");
    return Value::none();
  }
  if (idx.is(Kind::kSlice)) {
    for (const Value& key : sliced(in, keys, idx)->items) dict_erase(self->modules, key);
  } else {
    dict_erase(self->modules, keys->items[static_cast<std::size_t>(wrapped_index(in, self, idx))]);
  }
  renumber(in, self);
  return Value::none();
}

Value set_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, idx, module] = bind<"self, idx, module">(in, "__setitem__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (idx.unknown()) {
    in.note_partial("an item of a list of modules is replaced at an index that is not known");
    return Value::none();
  }
  const std::int64_t index = wrapped_index(in, self, idx);
  in.set_attribute(given_self, entries_of(self)[static_cast<std::size_t>(index)].key.as<Str>(), module);
  return Value::none();
}

Value pop(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = bind<"self, key">(in, "pop", arguments);
  const Value found = in.item(self, key);
  in.delete_item(self, key);
  return found;
}

Value insert(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, given_index, module] = bind<"self, index, module">(in, "insert", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  const std::int64_t size = size_of(self);
  std::int64_t index = in.to_int(given_index);
  const bool sequential = in.type_name(given_self) == "Sequential";
  if (sequential && (index < -size || index > size))
    in.raise(in.exception("IndexError"), fmt::format("Index out of range: {}", index));
  if (sequential && index < 0) index += size;
  for (std::int64_t i = size; i > index; --i) {
    in.step();
    const Value* before = find_in(self->modules, number_name(in, i - 1));
    if (before == nullptr) in.raise(in.exception("KeyError"), std::to_string(i - 1));
    put_module(in, self, number_name(in, i), *before);
  }
  put_module(in, self, number_name(in, index), module);
  return sequential ? given_self : Value::none();
}

// ---- ModuleList

Value list_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, modules] = bind<"self, modules=">(in, "ModuleList.__init__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  initialize_module(self);
  if (modules.missing() || modules.is_none()) return Value::none();
  if (has_own(in, self, "extend") || has_own(in, self, "__iadd__")) {
    in.in_place(Operator::kAdd, given_self, modules);
  } else {
    require_iterable(in, modules, "ModuleList.extend should be called with an iterable");
    extend_by(in, self, modules);
  }
  return Value::none();
}

Value list_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, idx] = bind<"self, idx">(in, "ModuleList.__getitem__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (idx.unknown()) return idx;
  if (idx.is(Kind::kSlice)) return in.call(Value::of(self->type), {Value::of(sliced(in, values_of(in, self), idx))});
  const std::int64_t index = wrapped_index(in, self, idx);
  const Value* found = find_in(self->modules, number_name(in, index));
  if (found == nullptr) in.raise(in.exception("KeyError"), std::to_string(index));
  return *found;
}

Value list_add(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, other] = bind<"self, other">(in, "__add__", arguments);
  const Value made = in.call(data, {});
  extend_by(in, made.as<ModuleInstance>(), self);
  return extend_by(in, made.as<ModuleInstance>(), other);
}

// ---- Sequential

Dict* ordered_dict(Interpreter& in, const Value& value) {
  if (value.is(Kind::kDict)) return in.type_of(value) == in.classes.ordered_dict ? value.as<Dict>() : nullptr;
  if (value.is(Kind::kInstance) && in.is_subclass(value.as<Instance>()->type, in.classes.ordered_dict) &&
      value.as<Instance>()->payload.is(Kind::kDict)) {
    return value.as<Instance>()->payload.as<Dict>();
  }
  return nullptr;
}

void put_named(Interpreter& in, ModuleInstance* self, const Value& key, const Value& child) {
  if (!key.is(Kind::kStr))
    in.raise_type_error(fmt::format("module name should be a string. Got {}", torch_typename(in, key)));
  register_module(in, self, in.intern(key.as<Str>()->view()), child);
}

Value sequential_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, args] = bind<"self, *args">(in, "Sequential.__init__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  initialize_module(self);
  if (args.count == 1) {
    if (Dict* given = ordered_dict(in, *args.positional)) {
      for (std::uint32_t i = 0; i < given->entries.count; ++i) {
        const Dict::Entry entry = given->entries[i];
        if (!entry.key.missing()) put_named(in, self, entry.key, entry.value);
      }
      return Value::none();
    }
  }
  for (std::size_t i = 0; i < args.count; ++i) append_to(in, self, static_cast<std::int64_t>(i), args[i]);
  return Value::none();
}

Value sequential_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, idx] = bind<"self, idx">(in, "Sequential.__getitem__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (idx.unknown()) return idx;
  const std::vector<Dict::Entry> entries = entries_of(self);
  if (!idx.is(Kind::kSlice)) return entries[static_cast<std::size_t>(wrapped_index(in, self, idx))].value;
  List* pairs = in.list();
  for (const Dict::Entry& entry : entries) pairs->items.push(in.arena, in.tuple({entry.key, entry.value}));
  const Value chosen = in.call(Value::of(in.classes.ordered_dict), {Value::of(sliced(in, pairs, idx))});
  return in.call(Value::of(self->type), {chosen});
}

void check_sequential(Interpreter& in, const Value& value, const Value& type) {
  if (is_module(value) && in.is_subclass(value.as<Instance>()->type, type.as<Class>())) return;
  in.raise_value_error(fmt::format("add operator supports only objects of Sequential class, but {} is given.",
                                   in.repr(Value::of(in.type_of(value)))));
}

Value sequential_add(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, other] = bind<"self, other">(in, "Sequential.__add__", arguments);
  check_sequential(in, other, data);
  return list_add(in, arguments, data);
}

Value sequential_add_in_place(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, other] = bind<"self, other">(in, "Sequential.__iadd__", arguments);
  check_sequential(in, other, data);
  return extend_by(in, module_receiver(in, self), other);
}

std::int64_t factor(Interpreter& in, const Value& value) {
  if (!value.is_integral())
    in.raise_type_error(fmt::format("unsupported operand type(s) for *: 'Sequential' and '{}'", in.type_name(value)));
  if (value.as_int() <= 0)
    in.raise_value_error(fmt::format("Non-positive multiplication factor {} for Sequential", value.as_int()));
  return value.as_int();
}

Value sequential_multiply(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, other] = bind<"self, other">(in, "Sequential.__mul__", arguments);
  const Value made = in.call(data, {});
  for (std::int64_t i = factor(in, other); i > 0; --i, in.step()) extend_by(in, made.as<ModuleInstance>(), self);
  return made;
}

Value sequential_multiply_in_place(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, other] = bind<"self, other">(in, "Sequential.__imul__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  List* modules = values_of(in, self);
  for (std::int64_t i = factor(in, other); i > 1; --i, in.step()) extend_by(in, self, Value::of(modules));
  return given_self;
}

Value sequential_forward(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "Sequential.forward", arguments);
  Value out = input;
  List* modules = values_of(in, module_receiver(in, self));
  for (std::uint32_t i = 0; i < modules->items.count && !out.unknown(); ++i) out = in.call(modules->items[i], {out});
  return out;
}

// ---- ModuleDict

Value dict_update(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, given] = bind<"self, modules">(in, "ModuleDict.update", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (given.unknown()) {
    in.note_partial("the modules of a ModuleDict are not known");
    return Value::none();
  }
  require_iterable(in, given, "ModuleDict.update should be called with an iterable of key/value pairs");
  Value items;
  if (in.find_attribute(given, in.intern("items"), items)) {
    for (const Value& pair : in.collect(in.call(items, {}))->items)
      put_named(in, self, in.item(pair, Value::of(0)), in.item(pair, Value::of(1)));
    return Value::none();
  }
  std::int64_t at = 0;
  for (const Value& pair : in.collect(given)->items) {
    if (is_no_iterable(in, pair)) {
      in.raise_type_error(fmt::format("ModuleDict update sequence element #{} should be Iterable; is{}", at,
                                      in.type_of(pair)->name->view()));
    }
    if (in.length(pair) != 2) {
      in.raise_value_error(
          fmt::format("ModuleDict update sequence element #{} has length {}; 2 is required", at, in.length(pair)));
    }
    in.set_item(given_self, in.item(pair, Value::of(0)), in.item(pair, Value::of(1)));
    ++at;
  }
  return Value::none();
}

Value dict_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, modules] = bind<"self, modules=">(in, "ModuleDict.__init__", arguments);
  initialize_module(module_receiver(in, self));
  if (!modules.missing() && !modules.is_none()) in.call_method(self, in.intern("update"), {modules});
  return Value::none();
}

Value dict_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = bind<"self, key">(in, "ModuleDict.__getitem__", arguments);
  if (key.unknown()) return key;
  return in.item(Value::of(modules_of(in, module_receiver(in, self))), key);
}

Value dict_set_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, module] = bind<"self, key, module">(in, "ModuleDict.__setitem__", arguments);
  put_named(in, module_receiver(in, self), key, module);
  return Value::none();
}

Value dict_delete_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = bind<"self, key">(in, "ModuleDict.__delitem__", arguments);
  in.delete_item(Value::of(modules_of(in, module_receiver(in, self))), key);
  return Value::none();
}

Value dict_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = bind<"self, key">(in, "ModuleDict.__contains__", arguments);
  if (key.unknown()) return key;
  return Value::of(in.contains(Value::of(modules_of(in, module_receiver(in, self))), key));
}

// keys(), values(), items() and iteration, of the table itself.
Value dict_view(Interpreter& in, const Arguments& arguments, const Value& data) {
  return in.call_method(Value::of(modules_of(in, module_receiver(in, arguments))), data.as<Str>());
}

Value dict_iterate(Interpreter& in, const Arguments& arguments, const Value&) {
  List* keys = in.list();
  for (const Dict::Entry& entry : entries_of(module_receiver(in, arguments))) keys->items.push(in.arena, entry.key);
  return iterator_over(in, keys);
}

Value dict_pop(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value found = dict_item(in, arguments, {});
  dict_delete_item(in, arguments, {});
  return found;
}

Value dict_clear_all(Interpreter& in, const Arguments& arguments, const Value&) {
  dict_clear(modules_of(in, module_receiver(in, arguments)));
  return Value::none();
}

Class* container(Interpreter& in, Module* nn, Module* home, const char* name) {
  Class* type = in.make_class(name, {in.classes.nn_module}, Layout::kModule);
  type->module = home;
  in.define(home, name, Value::of(type));
  in.define(nn, name, Value::of(type));
  return type;
}

}  // namespace

void install_containers(Interpreter& in, Module* nn) {
  Module* home = in.native_module("torch.nn.modules.container");
  Class* list = container(in, nn, home, "ModuleList");
  Class* sequential = container(in, nn, home, "Sequential");
  for (Class* type : {list, sequential}) {
    in.method(type, "__len__", length);
    in.method(type, "__iter__", iterate);
    in.method(type, "__setitem__", set_item);
    in.method(type, "__delitem__", delete_item);
    in.method(type, "append", append);
    in.method(type, "extend", extend);
    in.method(type, "insert", insert);
    in.method(type, "pop", pop);
  }
  in.method(list, "__init__", list_init);
  in.method(list, "__getitem__", list_item);
  in.method(list, "__add__", list_add, Value::of(list));
  in.method(list, "__iadd__", extend);
  const Value itself = Value::of(sequential);
  in.method(sequential, "__init__", sequential_init);
  in.method(sequential, "__getitem__", sequential_item);
  in.method(sequential, "__add__", sequential_add, itself);
  in.method(sequential, "__iadd__", sequential_add_in_place, itself);
  in.method(sequential, "__mul__", sequential_multiply, itself);
  in.method(sequential, "__rmul__", sequential_multiply, itself);
  in.method(sequential, "__imul__", sequential_multiply_in_place);
  in.method(sequential, "forward", sequential_forward);

  Class* dict = container(in, nn, home, "ModuleDict");
  in.method(dict, "__init__", dict_init);
  in.method(dict, "__getitem__", dict_item);
  in.method(dict, "__setitem__", dict_set_item);
  in.method(dict, "__delitem__", dict_delete_item);
  in.method(dict, "__contains__", dict_contains);
  in.method(dict, "__len__", length);
  in.method(dict, "__iter__", dict_iterate);
  in.method(dict, "update", dict_update);
  in.method(dict, "pop", dict_pop);
  in.method(dict, "clear", dict_clear_all);
  for (const char* name : {"keys", "values", "items"}) in.method(dict, name, dict_view, Value::of(in.intern(name)));
}

}  // namespace ckptlint::python::torch
