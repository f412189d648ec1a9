// collections: OrderedDict, defaultdict and Counter as kinds of dict; the rest is collections.py.
#include <string>
#include <vector>

#include "library/host/embedded.h"
#include "library/stdlib/copy.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// What dict(...) makes of the arguments behind the class.
Dict* made_dict(Interpreter& in, const Arguments& arguments) {
  Value made = in.call(Value::of(in.classes.dict), arguments);
  return made.is(Kind::kDict) ? made.as<Dict>() : in.dict();
}

// A subclass of one of these classes: an instance around an empty dict, which __init__ fills.
Value subclass_instance(Interpreter& in, Class* type) {
  Instance* made = in.instance(type);
  made->payload = Value::of(in.dict());
  return Value::of(made);
}

Dict* self_dict(Interpreter& in, const Value& self) {
  if (Dict* dict = as_dict(self)) return dict;
  in.raise_type_error("a dict is needed, not '" + in.type_name(self) + "'");
}

void merge(Interpreter& in, Dict* into, const Dict* from) {
  for (const Dict::Entry& entry : from->entries) {
    if (!entry.key.missing()) dict_set(in.arena, into, entry.key, entry.value);
  }
}

Value like(Interpreter& in, const Value& self, Dict* dict) {
  if (!self.is(Kind::kInstance)) return Value::of(dict);
  Instance* made = in.instance(self.as<Instance>()->type);
  made->payload = Value::of(dict);
  return Value::of(made);
}

// ---- OrderedDict

Value ordered_construct(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, rest] = bind<"cls, *args, **kwargs">(in, "OrderedDict", arguments);
  auto* type = self_as<Class>(in, cls);
  if (type != in.classes.ordered_dict) return subclass_instance(in, type);
  Dict* made = made_dict(in, rest);
  made->ordered = true;
  return Value::of(made);
}

Value ordered_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, rest] = bind<"self, *args, **kwargs">(in, "OrderedDict", arguments);
  Dict* self = self_dict(in, given_self);
  self->ordered = true;
  merge(in, self, made_dict(in, rest));
  return Value::none();
}

Value ordered_copy(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "copy", arguments);
  Dict* copy = dict_copy(in.arena, self_dict(in, self));
  copy->ordered = true;
  return like(in, self, copy);
}

Value ordered_move_to_end(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, given_last] = bind<"self, key, last=">(in, "move_to_end", arguments);
  Dict* dict = self_dict(in, self);
  Value* found = dict_find(dict, key);
  if (found == nullptr) in.raise(in.exception("KeyError"), in.repr(key));
  Value value = *found;
  bool last = given_last.missing() || in.test(given_last);
  dict_erase(dict, key);
  if (last) {
    dict_set(in.arena, dict, key, value);
    return Value::none();
  }
  Dict* rest = dict_copy(in.arena, dict);
  in.step(rest->live);
  dict_clear(dict);
  dict_set(in.arena, dict, key, value);
  merge(in, dict, rest);
  return Value::none();
}

Value ordered_popitem(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_last] = bind<"self, last=">(in, "popitem", arguments);
  Dict* dict = self_dict(in, self);
  bool last = given_last.missing() || in.test(given_last);
  Value pair;
  for (const Dict::Entry& entry : dict->entries) {
    if (entry.key.missing()) continue;
    pair = in.tuple({entry.key, entry.value});
    if (!last) break;
  }
  if (pair.missing()) in.raise(in.exception("KeyError"), "'dictionary is empty'");
  dict_erase(dict, pair.as<Tuple>()->items[0]);
  return pair;
}

// ---- defaultdict

void set_factory(Interpreter& in, Dict* dict, const Value& factory) {
  if (!factory.missing() && !factory.is_none() && !factory.unknown() && !is_function(factory) &&
      !factory.is(Kind::kClass) && !factory.is(Kind::kInstance)) {
    in.raise_type_error("first argument must be callable or None");
  }
  dict->default_factory = in.arena.make<Value>(factory.missing() ? Value::none() : factory);
}

Value default_construct(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, default_factory, rest] =
      bind<"cls, default_factory=, /, *args, **kwargs">(in, "defaultdict", arguments);
  auto* type = self_as<Class>(in, cls);
  if (type != in.classes.default_dict) return subclass_instance(in, type);
  Dict* made = made_dict(in, rest);
  set_factory(in, made, default_factory);
  return Value::of(made);
}

Value default_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, default_factory, rest] =
      bind<"self, default_factory=, /, *args, **kwargs">(in, "defaultdict", arguments);
  Dict* self = self_dict(in, given_self);
  set_factory(in, self, default_factory);
  merge(in, self, made_dict(in, rest));
  return Value::none();
}

Value default_copy(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "copy", arguments);
  return like(in, self, dict_copy(in.arena, self_dict(in, self)));
}

Value get_factory(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value* factory = self_dict(in, self_of(arguments))->default_factory;
  return factory == nullptr ? Value::none() : *factory;
}
Value set_factory_attribute(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, value] = by_position<"self, value">(arguments);
  self_dict(in, self)->default_factory = in.arena.make<Value>(value);
  return Value::none();
}

// ---- Counter

void add_count(Interpreter& in, Dict* counts, const Value& key, const Value& by, bool negative) {
  Value* found = dict_find(counts, key);
  Value now = found == nullptr ? Value::of(0) : *found;
  dict_set(in.arena, counts, key, in.binary(negative ? Operator::kSub : Operator::kAdd, now, by));
}

// A mapping is added; to nothing, its values are taken as they are.
void add_counts(Interpreter& in, Dict* counts, const Dict* from, bool negative) {
  if (counts->live == 0 && !negative) return merge(in, counts, from);
  for (const Dict::Entry& entry : from->entries) {
    if (!entry.key.missing()) add_count(in, counts, entry.key, entry.value, negative);
  }
}

// Counter(...), update(...) and subtract(...): an iterable is counted, a mapping is added.
void count_into(Interpreter& in, Dict* counts, const Value& iterable, const Arguments& keywords, bool negative) {
  if (!iterable.missing() && !iterable.is_none()) {
    if (Dict* from = as_dict(iterable)) {
      add_counts(in, counts, from, negative);
    } else {
      Iteration items;
      Value item;
      if (in.iterate(iterable, items)) {
        while (in.next(items, item)) {
          in.step();
          add_count(in, counts, item, Value::of(1), negative);
        }
      }
    }
  }
  if (keywords.keyword_count != 0) add_counts(in, counts, made_dict(in, keywords), negative);
}

Value counter_construct(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable, rest] = bind<"cls, iterable=, /, **kwds">(in, "Counter.__init__", arguments);
  auto* type = self_as<Class>(in, cls);
  if (type != in.classes.counter) return subclass_instance(in, type);
  Dict* made = in.dict();
  made->counter = true;
  count_into(in, made, iterable, rest, false);
  return Value::of(made);
}

Value counter_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, iterable, rest] = bind<"self, iterable=, /, **kwds">(in, "Counter.__init__", arguments);
  Dict* self = self_dict(in, given_self);
  self->counter = true;
  count_into(in, self, iterable, rest, false);
  return Value::none();
}

template <bool negative>
Value counter_update(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, iterable, rest] =
      bind<"self, iterable=, /, **kwds">(in, negative ? "Counter.subtract" : "Counter.update", arguments);
  count_into(in, self_dict(in, self), iterable, rest, negative);
  return Value::none();
}

Value counter_most_common(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, n] = bind<"self, n=">(in, "most_common", arguments);
  List* pairs = in.list();
  for (const Dict::Entry& entry : self_dict(in, self)->entries) {
    if (!entry.key.missing()) pairs->items.push(in.arena, in.tuple({entry.key, entry.value}));
  }
  Value by_count = in.native_static("count", [](Interpreter&, const Arguments& each, const Value&) {
    const auto [pair] = by_position<"pair">(each);
    return pair.as<Tuple>()->items[1];
  });
  Value sorted = in.call(in.import_name("builtins", "sorted"), {Value::of(pairs)},
                         {{in.intern("key"), by_count}, {in.intern("reverse"), Value::of(true)}});
  if (n.missing() || n.is_none() || !sorted.is(Kind::kList)) return sorted;
  std::int64_t wanted = std::max<std::int64_t>(in.to_int(n), 0);
  auto& items = sorted.as<List>()->items;
  if (static_cast<std::int64_t>(items.count) > wanted) items.count = static_cast<std::uint32_t>(wanted);
  return sorted;
}

Value counter_elements(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "Counter.elements", arguments);
  List* all = in.list();
  for (const Dict::Entry& entry : self_dict(in, self)->entries) {
    if (entry.key.missing() || !entry.value.is_integral()) continue;
    for (std::int64_t i = 0; i < entry.value.as_int(); ++i) {
      in.step();
      all->items.push(in.arena, entry.key);
    }
  }
  return in.call(in.import_name("builtins", "iter"), {Value::of(all)});
}

Value counter_total(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "Counter.total", arguments);
  Value total = Value::of(0);
  for (const Dict::Entry& entry : self_dict(in, self)->entries) {
    if (!entry.key.missing()) total = in.binary(Operator::kAdd, total, entry.value);
  }
  return total;
}

// + - & |: counts are added, subtracted, and the lower or higher kept; only positive ones stay.
template <Operator op>
Value counter_binary(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  Dict* left = as_dict(self);
  Dict* right = as_dict(other);
  if (left == nullptr || right == nullptr || !right->counter) return {Kind::kNotImplemented, {}};
  Dict* made = in.dict();
  made->counter = true;
  auto combine = [&](const Value& key) {
    Value* a = dict_find(left, key);
    Value* b = dict_find(right, key);
    Value x = a == nullptr ? Value::of(0) : *a, y = b == nullptr ? Value::of(0) : *b;
    Value result;
    if (op == Operator::kAdd || op == Operator::kSub)
      result = in.binary(op, x, y);
    else
      result = in.test(in.compare(op == Operator::kBitAnd ? Operator::kLess : Operator::kGreater, x, y)) ? x : y;
    if (in.test(in.compare(Operator::kGreater, result, Value::of(0)))) dict_set(in.arena, made, key, result);
  };
  for (const Dict* side : {left, right}) {
    for (const Dict::Entry& entry : side->entries) {
      in.step();
      if (!entry.key.missing() && dict_find(made, entry.key) == nullptr) combine(entry.key);
    }
  }
  return Value::of(made);
}

Class* kind_of_dict(Interpreter& in, Module* module, const char* name, NativeFunction construct, NativeFunction init,
                    NativeFunction copy) {
  Class* type = in.make_class(name, {in.classes.dict}, Layout::kDict);
  type->construct = construct;
  in.method(type, "__init__", init);
  in.method(type, "copy", copy);
  in.method(type, "__copy__", copy);
  in.define(module, name, Value::of(type));
  return type;
}

}  // namespace

void install_collections(Interpreter& in) {
  Module* module = in.native_module("collections", false);
  Class* ordered = in.classes.ordered_dict =
      kind_of_dict(in, module, "OrderedDict", ordered_construct, ordered_init, ordered_copy);
  in.method(ordered, "move_to_end", ordered_move_to_end);
  in.method(ordered, "popitem", ordered_popitem);
  Class* defaults = in.classes.default_dict =
      kind_of_dict(in, module, "defaultdict", default_construct, default_init, default_copy);
  in.property(defaults, "default_factory", get_factory, set_factory_attribute);
  Class* counter = in.classes.counter =
      kind_of_dict(in, module, "Counter", counter_construct, counter_init, default_copy);
  in.method(counter, "update", counter_update<false>);
  in.method(counter, "subtract", counter_update<true>);
  in.method(counter, "most_common", counter_most_common);
  in.method(counter, "elements", counter_elements);
  in.method(counter, "total", counter_total);
  in.method(counter, "__add__", counter_binary<Operator::kAdd>);
  in.method(counter, "__sub__", counter_binary<Operator::kSub>);
  in.method(counter, "__and__", counter_binary<Operator::kBitAnd>);
  in.method(counter, "__or__", counter_binary<Operator::kBitOr>);
  for (const char* name : {"deque", "ChainMap", "UserDict", "UserList", "UserString"})
    define_lazy(in, module, name, "_collections", name);
  define_lazy(in, module, "namedtuple", "_named_tuples", "namedtuple");
  in.embedded_module("_collections", embedded_text("stdlib/collections.py"), false);
}

}  // namespace ckptlint::python
