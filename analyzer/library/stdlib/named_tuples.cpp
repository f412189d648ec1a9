// collections.namedtuple, typing.NamedTuple and typing.TypedDict.
#include <algorithm>
#include <string>
#include <vector>

#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

struct Fields {
  Tuple* names = nullptr;
  Dict* defaults = nullptr;
};

Fields fields_of(Interpreter& in, Class* type) {
  Value* names = in.class_lookup(type, in.intern("_fields"));
  Value* defaults = in.class_lookup(type, in.intern("_field_defaults"));
  if (names == nullptr || as_tuple(*names) == nullptr || defaults == nullptr) {
    in.raise_type_error("'" + std::string(type->name->view()) + "' has no fields");
  }
  return {as_tuple(*names), as_dict(*defaults)};
}

Value wrap(Interpreter& in, Class* type, const Value& tuple) {
  Instance* made = in.instance(type);
  made->payload = tuple;
  return Value::of(made);
}

// The tuple behind a named tuple.  Raises TypeError for another object.
Tuple* tuple_of(Interpreter& in, const Value& self) {
  Tuple* tuple = as_tuple(self);
  if (tuple == nullptr) raise_wrong_receiver(in, self);
  return tuple;
}

// X(a, b=...), called with the class in front.
Value tuple_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, rest] = bind<"_cls, *args, **kwargs">(in, "__new__", arguments);
  auto* type = self_as<Class>(in, cls);
  Fields fields = fields_of(in, type);
  std::vector<Value> values(fields.names->count);
  std::string name(type->name->view());
  if (rest.count > values.size()) {
    in.raise_type_error(name + ".__new__() takes " + std::to_string(values.size() + 1) + " positional arguments but " +
                        std::to_string(rest.count + 1) + " were given");
  }
  std::copy(rest.positional, rest.positional + rest.count, values.begin());
  for (std::size_t k = 0; k < rest.keyword_count; ++k) {
    const Keyword& given = rest.keywords[k];
    std::size_t at = 0;
    while (at < values.size() && as_str(fields.names->items[at])->view() != given.name->view()) ++at;
    if (at == values.size())
      in.raise_type_error(name + ".__new__() got an unexpected keyword argument '" + std::string(given.name->view()) +
                          "'");
    if (!values[at].missing())
      in.raise_type_error(name + ".__new__() got multiple values for argument '" + std::string(given.name->view()) +
                          "'");
    values[at] = given.value;
  }
  std::string lost;
  int lost_count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].missing()) continue;
    Value* found = fields.defaults == nullptr ? nullptr : dict_find(fields.defaults, fields.names->items[i]);
    if (found != nullptr) {
      values[i] = *found;
    } else {
      lost += (lost_count++ == 0 ? "'" : ", '") + in.str(fields.names->items[i]) + "'";
    }
  }
  if (lost_count != 0) {
    in.raise_type_error(name + ".__new__() missing " + std::to_string(lost_count) + " required positional argument" +
                        (lost_count == 1 ? "" : "s") + ": " + lost);
  }
  return wrap(in, type, in.tuple(values.data(), values.size()));
}

Value tuple_get(Interpreter& in, const Arguments& arguments, const Value& index) {
  Tuple* tuple = as_tuple(self_of(arguments));
  if (tuple == nullptr || index.integer >= tuple->count)
    in.raise(in.exception("IndexError"), "tuple index out of range");
  return tuple->items[index.integer];
}

Value tuple_make(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable] = bind<"cls, iterable">(in, "_make", arguments);
  auto* type = self_as<Class>(in, cls);
  List* items = in.collect(iterable);
  if (items->items.count != fields_of(in, type).names->count) {
    in.raise_type_error("Expected " + std::to_string(fields_of(in, type).names->count) + " arguments, got " +
                        std::to_string(items->items.count));
  }
  return wrap(in, type, in.tuple(items->items.items, items->items.count));
}

Value tuple_asdict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "_asdict", arguments);
  Fields fields = fields_of(in, in.type_of(self));
  Tuple* tuple = tuple_of(in, self);
  Dict* made = in.dict();
  for (std::uint32_t i = 0; i < std::min(tuple->count, fields.names->count); ++i)
    dict_set(in.arena, made, fields.names->items[i], tuple->items[i]);
  return Value::of(made);
}

Value tuple_replace(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, kwds] = bind<"self, /, **kwds">(in, "_replace", arguments);
  Class* type = in.type_of(self);
  Fields fields = fields_of(in, type);
  Tuple* tuple = tuple_of(in, self);
  std::vector<Value> values(tuple->begin(), tuple->end());
  for (std::size_t k = 0; k < kwds.keyword_count; ++k) {
    bool found = false;
    for (std::uint32_t i = 0; i < fields.names->count; ++i) {
      if (as_str(fields.names->items[i])->view() != kwds.keywords[k].name->view()) continue;
      values[i] = kwds.keywords[k].value;
      found = true;
    }
    if (!found)
      in.raise_value_error("Got unexpected field names: ['" + std::string(kwds.keywords[k].name->view()) + "']");
  }
  return wrap(in, type, in.tuple(values.data(), values.size()));
}

Value tuple_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  Class* type = in.type_of(self);
  Fields fields = fields_of(in, type);
  Tuple* tuple = tuple_of(in, self);
  std::string text = std::string(type->name->view()) + "(";
  for (std::uint32_t i = 0; i < std::min(tuple->count, fields.names->count); ++i) {
    text += (i == 0 ? "" : ", ") + in.str(fields.names->items[i]) + "=" + in.repr(tuple->items[i]);
  }
  return in.string(text + ")");
}

// Gives a class derived from tuple its fields.
void set_fields(Interpreter& in, Class* type, const std::vector<Value>& names, Dict* defaults) {
  in.set_class(type, "_fields", in.tuple(names.data(), names.size()));
  in.set_class(type, "__match_args__", in.tuple(names.data(), names.size()));
  in.set_class(type, "_field_defaults", Value::of(defaults));
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto* getter = in.arena.make<Property>();
    getter->kind = Kind::kProperty;
    getter->name = in.intern(as_str(names[i])->view());
    getter->getter = in.native("field", tuple_get, Value::of(i));
    in.set_class(type, getter->name->view(), Value::of(getter));
  }
}

// What every named tuple has; set on the class itself so that it goes before tuple's own.
void set_methods(Interpreter& in, Class* type) {
  if (own(type, in.sym.__new__).missing()) in.static_method(type, "__new__", tuple_new);
  if (own(type, in.sym.__repr__).missing()) in.method(type, "__repr__", tuple_repr);
  in.class_method(type, "_make", tuple_make);
  in.method(type, "_asdict", tuple_asdict);
  in.method(type, "_replace", tuple_replace);
}

Value make_tuple_class(Interpreter& in, Str* name, const std::vector<Value>& names, Dict* defaults) {
  Value made = in.make_class_from_parts(nullptr, name, in.tuple({Value::of(in.classes.tuple)}), in.dict(), nullptr, 0);
  set_fields(in, made.as<Class>(), names, defaults);
  set_methods(in, made.as<Class>());
  return made;
}

std::vector<Value> field_names(Interpreter& in, const Value& given) {
  Value list = given;
  if (Str* text = as_str(given)) {
    Value cleaned = in.call_method(in.string(text->view()), in.intern("replace"), {in.string(","), in.string(" ")});
    list = in.call_method(cleaned, in.intern("split"));
  }
  std::vector<Value> names;
  for (const Value& item : in.collect(list)->items) {
    if (as_str(item) == nullptr) in.raise_type_error("Type names and field names must be strings");
    names.push_back(Value::of(in.intern(as_str(item)->view())));
  }
  return names;
}

Value namedtuple(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [type_name, given_field_names, rename, given_defaults, module] =
      bind<"typename, field_names, *, rename=, defaults=, module=">(in, "namedtuple", arguments);
  if (type_name.unknown() || given_field_names.unknown()) return in.unknown("a named tuple with unknown fields");
  if (as_str(type_name) == nullptr) in.raise_type_error("Type names and field names must be strings");
  std::vector<Value> names = field_names(in, given_field_names);
  Dict* defaults = in.dict();
  if (!given_defaults.missing() && !given_defaults.is_none()) {
    List* values = in.collect(given_defaults);
    if (values->items.count > names.size()) in.raise_type_error("Got more default values than field names");
    std::size_t first = names.size() - values->items.count;
    for (std::uint32_t i = 0; i < values->items.count; ++i)
      dict_set(in.arena, defaults, names[first + i], values->items[i]);
  }
  return make_tuple_class(in, in.intern(as_str(type_name)->view()), names, defaults);
}

// ---- NamedTuple

// class X(NamedTuple): the annotated names are the fields, the values given to them the defaults.
Value named_tuple_finish(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = self_as<Class>(in, arguments);
  Dict* annotations = as_dict(own(type, in.sym.__annotations__));
  if (annotations == nullptr || in.class_lookup(type, in.intern("_fields")) != nullptr) return Value::none();
  std::vector<Value> names;
  Dict* defaults = in.dict();
  for (const Dict::Entry& entry : annotations->entries) {
    if (!entry.key.is(Kind::kStr)) continue;
    Str* name = in.intern(entry.key.as<Str>()->view());
    names.push_back(Value::of(name));
    Value value = own(type, name);
    if (!value.missing())
      dict_set(in.arena, defaults, name, value);
    else if (defaults->live != 0) {
      in.raise_type_error("Non-default namedtuple field " + std::string(name->view()) + " cannot follow default field");
    }
  }
  set_fields(in, type, names, defaults);
  set_methods(in, type);
  return Value::none();
}

// NamedTuple("X", [("a", int), ...])
Value named_tuple_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, given_name, given_fields] = by_position<"cls, typename, fields=">(arguments);
  Str* name = as_str(given_name);
  if (name == nullptr) in.raise_type_error("NamedTuple() missing 1 required positional argument: 'typename'");
  std::vector<Value> names;
  if (!given_fields.missing()) {
    for (const Value& item : in.collect(given_fields)->items) {
      Tuple* pair = as_tuple(item);
      if (pair == nullptr || pair->count == 0 || as_str(pair->items[0]) == nullptr)
        in.raise_type_error("NamedTuple fields are (name, type) pairs");
      names.push_back(Value::of(in.intern(as_str(pair->items[0])->view())));
    }
  }
  for (std::size_t k = 0; k < arguments.keyword_count; ++k) names.push_back(Value::of(arguments.keywords[k].name));
  return make_tuple_class(in, in.intern(name->view()), names, in.dict());
}

// ---- TypedDict: a class whose instances are plain dicts

Value typed_dict_finish(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = self_as<Class>(in, arguments);
  Dict* merged = in.dict();
  for (std::uint32_t i = type->mro.count; i-- > 0;) {
    Dict* from = as_dict(own(type->mro[i], in.sym.__annotations__));
    if (from == nullptr) continue;
    for (const Dict::Entry& entry : from->entries) {
      if (!entry.key.missing()) dict_set(in.arena, merged, entry.key, entry.value);
    }
  }
  Value total = keyword(arguments, in.intern("total"));
  bool is_total = total.missing() || in.test(total);
  Set* keys = in.set(true);
  for (const Dict::Entry& entry : merged->entries) {
    if (!entry.key.missing()) dict_set(in.arena, keys->items, entry.key, Value::none());
  }
  in.set_class(type, "__annotations__", Value::of(merged));
  in.set_class(type, "__total__", Value::of(is_total));
  in.set_class(type, "__required_keys__", Value::of(is_total ? keys : in.set(true)));
  in.set_class(type, "__optional_keys__", Value::of(is_total ? in.set(true) : keys));
  return Value::none();
}

Value typed_dict_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, given_name, given_fields] = by_position<"cls, typename, fields=">(arguments);
  auto* type = self_as<Class>(in, cls);
  if (!type->native) return in.call(Value::of(in.classes.dict), without_first(arguments));
  Str* name = as_str(given_name);  // TypedDict("X", {"a": int})
  if (name == nullptr) in.raise_type_error("TypedDict() missing 1 required positional argument: 'typename'");
  Dict* body = in.dict();
  Dict* fields = as_dict(given_fields);
  dict_set(in.arena, body, in.sym.__annotations__,
           Value::of(fields == nullptr ? in.dict() : dict_copy(in.arena, fields)));
  return in.make_class_from_parts(nullptr, in.intern(name->view()), in.tuple({cls}), body, arguments.keywords,
                                  arguments.keyword_count);
}

Value ignored_init_subclass(Interpreter&, const Arguments&, const Value&) { return Value::none(); }

}  // namespace

void install_named_tuples(Interpreter& in) {
  Module* module = in.native_module("_named_tuples", false);
  in.define(module, "namedtuple", namedtuple);
  Class* named = in.make_class("NamedTuple", {in.classes.tuple}, Layout::kTuple);
  named->construct = nullptr;
  named->finish = named_tuple_finish;
  in.static_method(named, "__new__", named_tuple_new);
  in.class_method(named, "__init_subclass__", ignored_init_subclass);
  in.define(module, "NamedTuple", Value::of(named));
  Class* typed = in.make_class("TypedDict", {in.classes.dict}, Layout::kDict);
  typed->construct = nullptr;
  typed->finish = typed_dict_finish;
  in.static_method(typed, "__new__", typed_dict_new);
  in.class_method(typed, "__init_subclass__", ignored_init_subclass);
  in.define(module, "TypedDict", Value::of(typed));
}

}  // namespace ckptlint::python
