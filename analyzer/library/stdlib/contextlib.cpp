// contextlib.contextmanager; the rest of the module is contextlib.py.
#include <vector>

#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/generators.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// What a function decorated with @contextmanager returns has the attributes that CPython's has: `gen`, the generator,
// and what it was made of.  Evaluated code can write to them.
Value make_context(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* parts = data.as<Tuple>();  // (class, function)
  Value keywords = Value::of(in.dict());
  for (std::size_t i = 0; i < arguments.keyword_count; ++i)
    dict_set(in.arena, keywords.as<Dict>(), arguments.keywords[i].name, arguments.keywords[i].value);
  Instance* made = in.instance(parts->items[0].as<Class>());
  set_own(in, made, "gen", make_generator(in, parts->items[1].as<Function>(), arguments));
  set_own(in, made, "func", parts->items[1]);
  set_own(in, made, "args", in.tuple(arguments.positional, arguments.count));
  set_own(in, made, "kwds", keywords);
  return Value::of(made);
}

Value generator_of(Interpreter& in, const Value& context) { return in.attribute(context, in.intern("gen")); }

// Of a context that is made anew for each call of what it decorates.
Value new_generator(Interpreter& in, const Value& context) {
  const Value function = in.attribute(context, in.intern("func"));
  const Value positional = in.attribute(context, in.intern("args"));
  const Value named = in.attribute(context, in.intern("kwds"));
  if (!function.is(Kind::kFunction) || !positional.is(Kind::kTuple) || !named.is(Kind::kDict))
    return in.unknown("a generator");
  std::vector<Keyword> keywords;
  for (const Dict::Entry& entry : named.as<Dict>()->entries) {
    if (entry.key.is(Kind::kStr)) keywords.push_back({in.intern(entry.key.as<Str>()->view()), entry.value});
  }
  auto* given = positional.as<Tuple>();
  return make_generator(in, function.as<Function>(), {given->items, given->count, keywords.data(), keywords.size()});
}

// What a generator makes of a StopIteration that was thrown in, as it does not let one out.
bool stands_for(Interpreter& in, const Value& exception, const Value& thrown) {
  return in.is_instance(thrown, Value::of(in.exception("StopIteration"))) &&
         in.is_instance(exception, Value::of(in.exception("RuntimeError"))) &&
         own(exception.as<Instance>(), in.sym.__cause__).same(thrown);
}

Value enter(Interpreter& in, const Value& generator) {
  if (generator.unknown()) return generator;
  Value result;
  const Value yielded = step_iterator(in, generator, Value::none(), {}, result);
  if (yielded.missing()) in.raise(in.exception("RuntimeError"), "generator didn't yield");
  return yielded;
}

// The generator goes on behind its yield, where the exception, if there is one, is raised.  Whether it was swallowed.
Value leave(Interpreter& in, const Value& generator, const Value& type, const Value& value) {
  const bool raised = !type.missing() && !type.is_none();
  const Value thrown = raised ? thrown_exception(in, type, value) : Value{};
  for (const Value& each : {generator, thrown}) {
    if (each.unknown()) return each;
  }
  Value result;
  try {
    if (step_iterator(in, generator, Value::none(), thrown, result).missing()) return Value::of(raised);
  } catch (const PyRaise& again) {
    const Value& given = value.missing() || value.is_none() ? thrown : value;
    const bool same = raised && (again.exception.same(given) || stands_for(in, again.exception, thrown));
    if (same) return Value::of(false);
    throw;
  }
  in.raise(in.exception("RuntimeError"), raised ? "generator didn't stop after throw()" : "generator didn't stop");
}

Value context_enter(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value self = self_of(arguments);
  for (const char* name : {"args", "kwds", "func"}) in.delete_attribute(self, in.intern(name));
  return enter(in, generator_of(in, self));
}

Value context_exit(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, type, value] = by_position<"self, type, value">(arguments);
  return leave(in, generator_of(in, self), type, value);
}

// A context used as a decorator: a new one around each call.  `data` is (context, function).
Value decorated_call(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* pair = data.as<Tuple>();
  const Value generator = new_generator(in, pair->items[0]);
  enter(in, generator);
  Value result;
  try {
    result = in.call(pair->items[1], arguments);
  } catch (const PyRaise& raised) {
    const Value type = Value::of(in.type_of(raised.exception));
    if (in.truth(leave(in, generator, type, raised.exception)) != Truth::kTrue) throw;  // where it was raised first
    return Value::none();
  }
  leave(in, generator, {}, {});
  return result;
}

Value context_decorate(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, func] = by_position<"self, func">(arguments);
  Value wrapper = in.native("decorated", decorated_call, in.tuple({self, func}));
  return in.call(in.call(in.import_name("functools", "wraps"), {func}), {wrapper});
}

Value contextmanager(Interpreter& in, const Arguments& arguments, const Value& type) {
  const auto [func] = bind<"func">(in, "contextmanager", arguments);
  if (!func.is(Kind::kFunction)) return func;
  Value made = in.native("contextmanager", make_context, in.tuple({type, func}));
  return in.call(in.call(in.import_name("functools", "wraps"), {func}), {made});
}

}  // namespace

void install_contextlib(Interpreter& in) {
  Module* module = in.native_module("_contextlib", false);
  Class* type = in.make_class("_GeneratorContextManager", {in.classes.object});
  type->construct = [](Interpreter& inner, const Arguments&, const Value&) {
    return inner.unknown("a context manager made without a generator");
  };
  in.method(type, "__enter__", context_enter);
  in.method(type, "__exit__", context_exit);
  in.method(type, "__call__", context_decorate);
  in.define(module, "_GeneratorContextManager", Value::of(type));
  in.define(module, "contextmanager", contextmanager, Value::of(type));
  in.embedded_module("contextlib", embedded_text("stdlib/contextlib.py"), false);
}

}  // namespace ckptlint::python
