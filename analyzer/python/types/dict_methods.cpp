// The methods of dict.
#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/types/dict.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

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
    put_item(in, dict, both->items[0], both->items[1]);
  }
}

Value dict_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, from] = by_position<"cls, iterable=">(arguments);
  if (!cls.is(Kind::kClass)) in.raise_type_error("dict.__new__(X): X is not a type object");
  Dict* made = in.dict();
  if (cls.as<Class>() != in.classes.dict) return as_instance_of(in, cls, in.classes.dict, Value::of(made));
  if (arguments.count > 2)
    in.raise_type_error(fmt::format("dict expected at most 1 argument, got {}", arguments.count - 1));
  if (arguments.count == 2) {
    if (from.unknown()) return from;
    update_dict(in, Value::of(made), from);
  }
  add_keywords(in, made, arguments);
  return Value::of(made);
}

// Also dict.update().
Value dict_update(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, from] = by_position<"self, iterable=">(arguments);
  Dict* self = dict_self(in, arguments);
  if (arguments.count > 2)
    in.raise_type_error(fmt::format("update expected at most 1 argument, got {}", arguments.count - 1));
  if (arguments.count == 2) update_dict(in, Value::of(self), from);
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
  put_item(in, self, key, value);
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
Value dict_view(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self] = by_position<"self">(arguments);
  if (self.unknown()) return self;
  check_method(in, arguments, data.integer == 0 ? "keys" : data.integer == 1 ? "values" : "items", 0, 0);
  return make_view(in, dict_self(in, arguments), static_cast<ViewKind>(data.integer));
}

Value dict_get_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__getitem__", arguments);
  dict_self(in, arguments);
  return dict_item(in, self, key);
}
Value dict_set_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, value] = method_arguments<"self, key, value">(in, "__setitem__", arguments);
  put_item(in, dict_self(in, arguments), key, value);
  return Value::none();
}
Value dict_delete_item(Interpreter& in, const Arguments& arguments, const Value&) {
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
    plain_in_place(in, Operator::kBitOr, Value::of(dict), plain);
    return;
  }
  if (is_mapping(in, from)) {
    const Value keys = in.call_method(from, in.intern("keys"));
    if (keys.unknown()) return in.note_partial("a dict is filled from what is not known");
    for (const Value& key : in.collect(keys)->items) put_item(in, dict, key, in.item(from, key));
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
               {"__getitem__", known_receiver<dict_get_item>},
               {"__setitem__", known_receiver<dict_set_item>},
               {"__delitem__", known_receiver<dict_delete_item>},
               {"__reversed__", known_receiver<dict_reversed>},
               {"__ior__", known_receiver<dict_or_in_place>}});
  constexpr const char* kViews[] = {"keys", "values", "items"};
  for (int i = 0; i < 3; ++i) in.method(dict, kViews[i], dict_view, Value::of(i));
}

}  // namespace ckptlint::python
