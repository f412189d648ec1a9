// functools: partial objects, caches, wraps, and the smaller ones.
#include <string>
#include <vector>

#include "library/stdlib/annotations.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// ---- partial

Value partial_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, func, rest] = bind<"self, func=, /, *args, **keywords">(in, "partial", arguments);
  auto* self = self_as<Instance>(in, given_self);
  if (func.missing()) in.raise_type_error("type 'partial' takes at least one argument");
  Value function = func;
  std::vector<Value> positional;
  Dict* keywords = in.dict();
  if (Instance* inner =
          instance_of(in, function, in.classes.partial)) {  // partial(partial(f, a), b) is partial(f, a, b)
    function = own(inner, in.sym.func);
    if (Tuple* bound = as_tuple(own(inner, in.sym.args))) positional.assign(bound->begin(), bound->end());
    if (Dict* bound = as_dict(own(inner, in.sym.keywords))) keywords = dict_copy(in.arena, bound);
  }
  positional.insert(positional.end(), rest.positional, rest.positional + rest.count);
  for (std::size_t i = 0; i < rest.keyword_count; ++i)
    dict_set(in.arena, keywords, rest.keywords[i].name, rest.keywords[i].value);
  set_own(in, self, in.sym.func, function);
  set_own(in, self, in.sym.args, in.tuple(positional.data(), positional.size()));
  set_own(in, self, in.sym.keywords, Value::of(keywords));
  return Value::none();
}

Value partial_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, rest] = bind<"self, /, *args, **keywords">(in, "partial.__call__", arguments);
  auto* self = self_as<Instance>(in, given_self);
  Value function = own(self, in.sym.func);
  Tuple* bound = as_tuple(own(self, in.sym.args));
  Dict* bound_keywords = as_dict(own(self, in.sym.keywords));
  if (function.missing() || bound == nullptr || bound_keywords == nullptr)
    in.raise_type_error("uninitialised partial object");
  std::vector<Value> positional(bound->begin(), bound->end());
  positional.insert(positional.end(), rest.positional, rest.positional + rest.count);
  std::vector<Keyword> keywords;
  for (const Dict::Entry& entry : bound_keywords->entries) {
    if (entry.key.missing()) continue;
    auto* name = entry.key.as<Str>();
    Value given = keyword(rest, name);
    keywords.push_back({name, given.missing() ? entry.value : given});
  }
  for (std::size_t i = 0; i < rest.keyword_count; ++i) {
    const Keyword& given = rest.keywords[i];
    if (dict_find(bound_keywords, given.name) == nullptr) keywords.push_back(given);
  }
  return in.call(function, {positional.data(), positional.size(), keywords.data(), keywords.size()});
}

Value partial_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = self_as<Instance>(in, arguments);
  std::string text = "functools.partial(" + in.repr(own(self, in.sym.func));
  if (Tuple* bound = as_tuple(own(self, in.sym.args))) {
    for (const Value& value : *bound) text += ", " + in.repr(value);
  }
  if (Dict* bound = as_dict(own(self, in.sym.keywords))) {
    for (const Dict::Entry& entry : bound->entries) {
      if (!entry.key.missing()) text += ", " + in.str(entry.key) + "=" + in.repr(entry.value);
    }
  }
  return in.string(text + ")");
}

Value make_partial(Interpreter& in, const Value& function, const Value& positional, const Value& keywords) {
  Instance* made = in.instance(in.classes.partial);
  set_own(in, made, in.sym.func, function);
  set_own(in, made, in.sym.args, positional);
  set_own(in, made, in.sym.keywords, keywords);
  return Value::of(made);
}

// partialmethod(f, ...) on a class reads as a partial of the bound f.
Value partialmethod_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, instance, given_owner] = by_position<"self, instance, owner=">(arguments);
  auto* self = self_as<Instance>(in, given_self);
  Value owner = given_owner;
  Value function = own(self, in.sym.func);
  if (arguments.count > 1 && !instance.is_none()) {
    function = in.bind_to(function, instance, owner.is(Kind::kClass) ? owner.as<Class>() : in.type_of(instance));
  }
  return make_partial(in, function, own(self, in.sym.args), own(self, in.sym.keywords));
}

// ---- wraps

// The documentation is left alone: reading it would parse a function that may never be called.
Value update_wrapper(Interpreter& in, const Value& wrapper, const Value& wrapped) {
  if (wrapper.unknown() || wrapped.unknown()) return wrapper;
  Value found;
  for (Str* name : {in.sym.__module__, in.sym.__name__, in.sym.__qualname__, in.sym.__doc__}) {
    if (in.find_attribute(wrapped, name, found) && !found.unknown()) in.set_attribute(wrapper, name, found);
  }
  Dict* extra = nullptr;
  if (wrapped.is(Kind::kFunction)) extra = wrapped.as<Function>()->attributes;
  if (wrapped.is(Kind::kNative)) extra = wrapped.as<Native>()->attributes;
  if (wrapped.is(Kind::kInstance)) extra = wrapped.as<Instance>()->attributes;
  if (extra != nullptr) {
    for (std::uint32_t i = 0; i < extra->entries.count; ++i) {
      Dict::Entry entry = extra->entries[i];
      if (entry.key.is(Kind::kStr)) in.set_attribute(wrapper, entry.key.as<Str>(), entry.value);
    }
  }
  in.set_attribute(wrapper, in.sym.__wrapped__, wrapped);
  return wrapper;
}

Value functools_update_wrapper(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [wrapper, wrapped, assigned, updated] =
      bind<"wrapper, wrapped, assigned=, updated=">(in, "update_wrapper", arguments);
  return update_wrapper(in, wrapper, wrapped);
}

Value wraps_decorate(Interpreter& in, const Arguments& arguments, const Value& wrapped) {
  const auto [wrapper] = bind<"wrapper">(in, "update_wrapper", arguments);
  return update_wrapper(in, wrapper, wrapped);
}

Value functools_wraps(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [wrapped, assigned, updated] = bind<"wrapped, assigned=, updated=">(in, "wraps", arguments);
  return in.native_static("wraps", wraps_decorate, wrapped);
}

// ---- caches

// The key of a call; kMissing where an argument cannot be a key.
Value call_key(Interpreter& in, const Arguments& arguments) {
  std::vector<Value> parts(arguments.positional, arguments.positional + arguments.count);
  if (arguments.keyword_count != 0) {
    parts.push_back({Kind::kEllipsis, {}});
    for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
      parts.push_back(Value::of(arguments.keywords[i].name));
      parts.push_back(arguments.keywords[i].value);
    }
  }
  for (const Value& part : parts) {
    if (part.unknown() || !hashable(part)) return {};
  }
  return parts.size() == 1 ? parts[0] : in.tuple(parts.data(), parts.size());
}

// `data` is (function, dict).
Value cached_call(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* pair = data.as<Tuple>();
  auto* known = pair->items[1].as<Dict>();
  Value key = call_key(in, arguments);
  if (key.missing()) return in.call(pair->items[0], arguments);
  if (Value* found = dict_find(known, key)) return *found;
  Value result = in.call(pair->items[0], arguments);
  dict_set(in.arena, known, key, result);
  return result;
}

Value cache_clear(Interpreter&, const Arguments&, const Value& data) {
  dict_clear(data.as<Dict>());
  return Value::none();
}

Value cache_info(Interpreter& in, const Arguments&, const Value& data) {
  auto* known = data.as<Dict>();
  List* names = in.list();
  for (const char* name : {"hits", "misses", "maxsize", "currsize"})
    names->items.push(in.arena, Value::of(in.intern(name)));
  const Value type =
      in.call(in.import_name("collections", "namedtuple"), {Value::of(in.intern("CacheInfo")), Value::of(names)});
  const Value live = Value::of(std::int64_t{known->live});
  return in.call(type, {in.unknown("how often a cache was hit"), live, Value::none(), live});
}

Value make_cached(Interpreter& in, const Value& function) {
  if (function.unknown()) return function;
  Value known = Value::of(in.dict());
  Value wrapper = in.native("lru_cache", cached_call, in.tuple({function, known}));
  set_native_attribute(in, wrapper, "cache_clear", in.native_static("cache_clear", cache_clear, known));
  set_native_attribute(in, wrapper, "cache_info", in.native_static("cache_info", cache_info, known));
  return update_wrapper(in, wrapper, function);
}

Value lru_cache_decorate(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [user_function] = bind<"user_function">(in, "decorating_function", arguments);
  return make_cached(in, user_function);
}

// The size is not honoured: what is cached here is a function of its arguments, and the step budget bounds the calls.
Value functools_lru_cache(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [maxsize, typed] = bind<"maxsize=, typed=">(in, "lru_cache", arguments);
  if (is_function(maxsize) || maxsize.is(Kind::kClass) || maxsize.is(Kind::kInstance)) return make_cached(in, maxsize);
  return in.native_static("lru_cache", lru_cache_decorate);
}

Value functools_cache(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [user_function] = bind<"user_function">(in, "cache", arguments);
  return make_cached(in, user_function);
}

Value functools_cached_property(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [func] = bind<"func">(in, "cached_property", arguments);
  auto* made = in.arena.make<Property>();
  made->kind = Kind::kProperty;
  made->getter = func;
  made->cached = true;
  Value name;
  if (func.is(Kind::kFunction))
    made->name = func.as<Function>()->name;
  else if (in.find_attribute(func, in.sym.__name__, name) && name.is(Kind::kStr))
    made->name = in.intern(name.as<Str>()->view());
  return Value::of(made);
}

// ---- the rest

Value functools_reduce(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [function, iterable, initial] = by_position<"function, iterable, initial=">(arguments);
  if (arguments.count < 2)
    in.raise_type_error("reduce expected at least 2 arguments, got " + std::to_string(arguments.count));
  Iteration items;
  if (!in.iterate(iterable, items)) return in.unknown("reduce over an unknown iterable");
  Value result = initial, item;
  if (result.missing() && !in.next(items, result))
    in.raise_type_error("reduce() of empty iterable with no initial value");
  while (in.next(items, item)) {
    in.step();
    result = in.call(function, {result, item});
  }
  return result;
}

struct Derived {
  const char* name;
  const char* root;
  bool swap_truth;  // the root's answer negated
  int with_equal;   // 0: alone, 1: `or equal`, 2: `and not equal`
};
constexpr Derived kDerived[] = {
    {"__gt__", "__lt__", true, 2}, {"__le__", "__lt__", false, 1}, {"__ge__", "__lt__", true, 0},
    {"__ge__", "__le__", true, 1}, {"__lt__", "__le__", false, 2}, {"__gt__", "__le__", true, 0},
    {"__lt__", "__gt__", true, 2}, {"__ge__", "__gt__", false, 1}, {"__le__", "__gt__", true, 0},
    {"__le__", "__ge__", true, 1}, {"__gt__", "__ge__", false, 2}, {"__lt__", "__ge__", true, 0},
};

Value derived_comparison(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, other] = by_position<"self, other">(arguments);
  const Derived& how = kDerived[data.integer];
  Value answer = in.call(in.attribute(self, in.intern(how.root)), {other});
  if (answer.is(Kind::kNotImplemented) || answer.unknown()) return answer;
  bool result = in.test(answer) != how.swap_truth;
  if (how.with_equal == 1) result = result || in.equal(self, other);
  if (how.with_equal == 2) result = result && !in.equal(self, other);
  return Value::of(result);
}

Value functools_total_ordering(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls] = bind<"cls">(in, "total_ordering", arguments);
  if (!cls.is(Kind::kClass)) return cls;
  auto* type = cls.as<Class>();
  auto defined = [&](Str* name) {
    for (Class* base : type->mro) {
      if (base != in.classes.object && !own(base, name).missing()) return true;
    }
    return false;
  };
  Str* root = nullptr;
  for (Str* name : {in.sym.__lt__, in.sym.__gt__, in.sym.__le__, in.sym.__ge__}) {
    if (root == nullptr && defined(name)) root = name;
  }
  if (root == nullptr) in.raise_value_error("must define at least one ordering operation: < > <= >=");
  for (std::size_t i = 0; i < std::size(kDerived); ++i) {
    if (root->view() != kDerived[i].root || defined(in.intern(kDerived[i].name))) continue;
    in.set_class(type, kDerived[i].name, in.native(kDerived[i].name, derived_comparison, Value::of(i)));
  }
  return cls;
}

Value comparison_key(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, other] = by_position<"self, other">(arguments);
  Str* object = in.intern("obj");
  if (!self.is(Kind::kInstance) || !other.is(Kind::kInstance)) return {Kind::kNotImplemented, {}};
  auto* left = self.as<Instance>();
  Value answer = in.call(own(left, in.sym.func), {own(left, object), own(other.as<Instance>(), object)});
  return in.compare(static_cast<Operator>(data.integer), answer, Value::of(0));
}

Value make_comparison_key(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [obj] = bind<"obj">(in, "K", arguments);
  auto* pair = data.as<Tuple>();
  Instance* made = in.instance(pair->items[0].as<Class>());
  set_own(in, made, in.sym.func, pair->items[1]);
  set_own(in, made, "obj", obj);
  return Value::of(made);
}

Value functools_cmp_to_key(Interpreter& in, const Arguments& arguments, const Value& key_class) {
  const auto [mycmp] = bind<"mycmp">(in, "cmp_to_key", arguments);
  return in.native_static("K", make_comparison_key, in.tuple({key_class, mycmp}));
}

// ---- singledispatch: `data` is (default, dict of class -> function, index of the argument that decides)

Value dispatched(const Tuple* state, Class* type) {
  auto* registry = state->items[1].as<Dict>();
  for (Class* base : type->mro) {
    if (Value* found = dict_find(registry, Value::of(base))) return *found;
  }
  return state->items[0];
}

Value dispatch_call(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* state = data.as<Tuple>();
  auto at = static_cast<std::size_t>(state->items[2].integer);
  if (arguments.count <= at) in.raise_type_error("singledispatch function requires at least 1 positional argument");
  if (arguments[at].unknown()) return arguments[at];
  return in.call(dispatched(state, in.type_of(arguments[at])), arguments);
}

Value dispatch_register_class(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [func] = bind<"func">(in, "register", arguments);
  auto* pair = data.as<Tuple>();
  dict_set(in.arena, pair->items[0].as<Dict>(), pair->items[1], func);
  return func;
}

// register(cls), register(cls, f) and, by the annotation of its first parameter, register(f).
Value dispatch_register(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [cls, func] = bind<"cls, func=">(in, "register", arguments);
  auto* registry = data.as<Tuple>()->items[1].as<Dict>();
  if (cls.is(Kind::kClass) && (func.missing() || func.is_none())) {
    return in.native_static("register", dispatch_register_class, in.tuple({Value::of(registry), cls}));
  }
  if (cls.is(Kind::kClass)) {
    dict_set(in.arena, registry, cls, func);
    return func;
  }
  if (cls.is(Kind::kFunction)) {
    Function* function = cls.as<Function>();
    prepare_function(in, function);
    for (const Parameter& parameter : function->code->parameters) {
      if (parameter.annotation == nullptr) continue;
      Value type = annotation_value(in, function->module, parameter.annotation);
      Value members;
      if (type.is(Kind::kClass)) {
        dict_set(in.arena, registry, type, cls);
        return cls;
      }
      if (type.is(Kind::kInstance) && in.find_attribute(type, in.sym.__args__, members) && members.is(Kind::kTuple)) {
        for (const Value& member : *members.as<Tuple>()) dict_set(in.arena, registry, member, cls);
        return cls;
      }
      break;
    }
  }
  in.note_partial("singledispatch: a function registered by an annotation that is not known");
  return cls;
}

Value dispatch_dispatch(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [cls] = bind<"cls">(in, "dispatch", arguments);
  auto* state = data.as<Tuple>();
  return cls.is(Kind::kClass) ? dispatched(state, cls.as<Class>()) : state->items[0];
}

Value make_dispatch(Interpreter& in, const Arguments& arguments, const Value& at) {
  const auto [func] = bind<"func">(in, "singledispatch", arguments);
  Dict* registry = in.dict();
  dict_set(in.arena, registry, Value::of(in.classes.object), func);
  Value state = in.tuple({func, Value::of(registry), at});
  Value made = in.native("singledispatch", dispatch_call, state);
  set_native_attribute(in, made, "register", in.native_static("register", dispatch_register, state));
  set_native_attribute(in, made, "dispatch", in.native_static("dispatch", dispatch_dispatch, state));
  set_native_attribute(in, made, "registry", state.as<Tuple>()->items[1]);
  return update_wrapper(in, made, func);
}

}  // namespace

void install_functools(Interpreter& in) {
  Module* module = in.native_module("functools", false);
  Class* partial = in.classes.partial = in.make_class("partial", {in.classes.object});
  in.method(partial, "__init__", partial_init);
  in.method(partial, "__call__", partial_call);
  in.method(partial, "__repr__", partial_repr);
  in.define(module, "partial", Value::of(partial));
  Class* partialmethod = in.make_class("partialmethod", {in.classes.object});
  in.method(partialmethod, "__init__", partial_init);
  in.method(partialmethod, "__get__", partialmethod_get);
  in.define(module, "partialmethod", Value::of(partialmethod));
  Class* key = in.make_class("K", {in.classes.object});
  in.method(key, "__lt__", comparison_key, Value::of(static_cast<int>(Operator::kLess)));
  in.method(key, "__gt__", comparison_key, Value::of(static_cast<int>(Operator::kGreater)));
  in.method(key, "__le__", comparison_key, Value::of(static_cast<int>(Operator::kLessEqual)));
  in.method(key, "__ge__", comparison_key, Value::of(static_cast<int>(Operator::kGreaterEqual)));
  in.method(key, "__eq__", comparison_key, Value::of(static_cast<int>(Operator::kEqual)));
  in.define(module, "cmp_to_key", functools_cmp_to_key, Value::of(key));
  in.define(module, "update_wrapper", functools_update_wrapper);
  in.define(module, "wraps", functools_wraps);
  in.define(module, "lru_cache", functools_lru_cache);
  in.define(module, "cache", functools_cache);
  in.define(module, "cached_property", functools_cached_property);
  in.define(module, "reduce", functools_reduce);
  in.define(module, "total_ordering", functools_total_ordering);
  in.define(module, "singledispatch", make_dispatch, Value::of(0));
  in.define(module, "singledispatchmethod", make_dispatch, Value::of(1));
  Value assignments =
      in.tuple({Value::of(in.sym.__module__), Value::of(in.sym.__name__), Value::of(in.sym.__qualname__),
                Value::of(in.sym.__doc__), Value::of(in.sym.__annotations__)});
  in.define(module, "WRAPPER_ASSIGNMENTS", assignments);
  in.define(module, "WRAPPER_UPDATES", in.tuple({Value::of(in.sym.__dict__)}));
}

}  // namespace ckptlint::python
