// contextlib.contextmanager; the rest of the module is contextlib.py.
#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"
#include "python/evaluate/suspended_call.h"

namespace ckptlint::python {
namespace {

// What a function decorated with @contextmanager returns.
struct GeneratorContext : Instance {
  Value function;
  Value arguments;  // tuple
  Value keywords;   // dict
  SuspendedCall* call = nullptr;
};

Class* context_class(Interpreter& in) {
  return dict_find(in.native_module("_contextlib", false)->attributes, in.intern("_GeneratorContextManager"))
      ->as<Class>();
}

Value make_context(Interpreter& in, const Arguments& arguments, const Value& function) {
  auto* made = in.arena.make<GeneratorContext>();
  made->kind = Kind::kInstance;
  made->type = context_class(in);
  made->function = function;
  made->arguments = in.tuple(arguments.positional, arguments.count);
  Dict* keywords = in.dict();
  for (std::size_t i = 0; i < arguments.keyword_count; ++i)
    dict_set(in.arena, keywords, arguments.keywords[i].name, arguments.keywords[i].value);
  made->keywords = Value::of(keywords);
  return Value::of(made);
}

SuspendedCall* start(Interpreter& in, const GeneratorContext* context) {
  auto* positional = context->arguments.as<Tuple>();
  std::vector<Keyword> keywords;
  for (const Dict::Entry& entry : context->keywords.as<Dict>()->entries) {
    if (entry.key.is(Kind::kStr)) keywords.push_back({entry.key.as<Str>(), entry.value});
  }
  Arguments arguments{positional->items, positional->count, keywords.data(), keywords.size()};
  static_assert(std::is_trivially_destructible_v<SuspendedCall>);
  return new (in.arena.allocate(sizeof(SuspendedCall))) SuspendedCall(in, context->function.as<Function>(), arguments);
}

GeneratorContext* context_of(Interpreter& in, const Value& self) {
  Instance* context = instance_of(in, self, context_class(in));
  if (context == nullptr) raise_wrong_receiver(in, self);
  return static_cast<GeneratorContext*>(context);
}

Value context_enter(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = context_of(in, self_of(arguments));
  self->call = start(in, self);
  Value yielded;
  if (!self->call->resume(in, Value::none(), {}, yielded))
    in.raise(in.exception("RuntimeError"), "generator didn't yield");
  return yielded;
}

Value context_exit(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, type, value] = by_position<"self, type, value">(arguments);
  auto* self = context_of(in, instance);
  Value thrown = value.missing() || value.is_none() ? Value{} : value;
  if (self->call == nullptr) return Value::of(false);
  SuspendedCall* call = self->call;
  self->call = nullptr;
  Value yielded;
  try {
    if (call->resume(in, Value::none(), thrown, yielded)) {
      in.raise(in.exception("RuntimeError"),
               thrown.missing() ? "generator didn't stop" : "generator didn't stop after throw()");
    }
  } catch (const PyRaise& raised) {
    if (!thrown.missing() && raised.exception.same(thrown)) return Value::of(false);
    throw;
  }
  return Value::of(!thrown.missing());
}

// A context used as a decorator: a new one around each call.  `data` is (context, function).
Value decorated_call(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* pair = data.as<Tuple>();
  auto* context = pair->items[0].as<GeneratorContext>();
  SuspendedCall* call = start(in, context);
  Value yielded;
  if (!call->resume(in, Value::none(), {}, yielded)) in.raise(in.exception("RuntimeError"), "generator didn't yield");
  Value result;
  try {
    result = in.call(pair->items[1], arguments);
  } catch (const PyRaise& raised) {
    try {
      call->resume(in, Value::none(), raised.exception, yielded);
    } catch (const PyRaise& again) {
      if (again.exception.same(raised.exception)) throw raised;  // where it was raised first
      throw;
    }
    return Value::none();  // the generator swallowed it
  }
  call->resume(in, Value::none(), {}, yielded);
  return result;
}

Value context_decorate(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, func] = by_position<"self, func">(arguments);
  context_of(in, self);
  Value wrapper = in.native("decorated", decorated_call, in.tuple({self, func}));
  return in.call(in.call(in.import_name("functools", "wraps"), {func}), {wrapper});
}

Value contextmanager(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [func] = bind<"func">(in, "contextmanager", arguments);
  if (!func.is(Kind::kFunction)) return func;
  Value made = in.native("contextmanager", make_context, func);
  return in.call(in.call(in.import_name("functools", "wraps"), {func}), {made});
}

}  // namespace

void install_contextlib(Interpreter& in) {
  Module* module = in.native_module("_contextlib", false);
  Class* type = in.make_class("_GeneratorContextManager", {in.classes.object});
  type->construct = [](Interpreter& inner, const Arguments&, const Value&) {
    return inner.unknown("a context manager made without a generator");  // `in.instance` would make too small a struct
  };
  in.method(type, "__enter__", context_enter);
  in.method(type, "__exit__", context_exit);
  in.method(type, "__call__", context_decorate);
  in.define(module, "_GeneratorContextManager", Value::of(type));
  in.define(module, "contextmanager", contextmanager);
  in.embedded_module("contextlib", embedded_text("stdlib/contextlib.py"), false);
}

}  // namespace ckptlint::python
