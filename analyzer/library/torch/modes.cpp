// no_grad and its relatives: contexts and decorators that leave what they decorate as it is.
#include "library/torch/install.h"
#include "library/torch/state.h"
#include "python/evaluate/signature.h"
#include "python/values/dict.h"

namespace ckptlint::python::torch {
namespace {

enum Effect : std::int64_t { kNoEffect, kGradOff, kGradOn };

bool is_callable(const Value& value) {
  return value.is(Kind::kFunction) || value.is(Kind::kNative) || value.is(Kind::kBoundMethod) || value.is(Kind::kClass);
}

// no_grad(), no_grad(function), @no_grad.
Value construct_mode(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, given, rest] = bind<"cls, given=, *args, **kwargs">(in, "mode", arguments);
  if (rest.count == 0 && is_callable(given)) return given;
  return Value::of(in.instance(self_as<Class>(in, cls)));
}

// set_grad_enabled(mode): takes effect at once.
Value construct_setting(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, mode] = bind<"cls, mode">(in, "set_grad_enabled.__init__", arguments);
  Instance* made = in.instance(self_as<Class>(in, cls));
  made->payload = Value::none();
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.intern("prev"), Value::of(in.torch->grad_enabled));
  in.torch->grad_enabled = in.truth(mode) != Truth::kFalse;
  return Value::of(made);
}

Value enter(Interpreter& in, const Arguments& arguments, const Value& data) {
  Instance* self = self_as<Instance>(in, arguments);
  if (data.integer == kNoEffect) return Value::of(self);
  if (self->attributes == nullptr) self->attributes = in.dict();
  dict_set(in.arena, self->attributes, in.intern("prev"), Value::of(in.torch->grad_enabled));
  in.torch->grad_enabled = data.integer == kGradOn;
  return Value::of(self);
}

Value leave(Interpreter& in, const Arguments& arguments, const Value&) {
  const Instance* self = self_as<Instance>(in, arguments);
  const Value* before = self->attributes == nullptr ? nullptr : dict_find(self->attributes, in.intern("prev"));
  if (before != nullptr && before->is(Kind::kBool)) in.torch->grad_enabled = before->boolean;
  return Value::none();
}

Value decorate(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, orig_func] = bind<"self, orig_func">(in, "__call__", arguments);
  return orig_func;
}

Value is_grad_enabled(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.torch->grad_enabled); }

struct Mode {
  const char* name;
  Effect effect;
  NativeFunction construct = construct_mode;
};
constexpr Mode kModes[] = {{"no_grad", kGradOff},
                           {"inference_mode", kGradOff},
                           {"enable_grad", kGradOn},
                           {"set_grad_enabled", kNoEffect, construct_setting},
                           {"autocast", kNoEffect}};

}  // namespace

void install_modes(Interpreter& in, Module* torch) {
  for (const Mode& mode : kModes) {
    Class* type = in.make_class(mode.name, {in.classes.object});
    type->module = torch;
    type->construct = mode.construct;
    in.method(type, "__enter__", enter, Value::of(std::int64_t{mode.effect}));
    in.method(type, "__exit__", leave);
    in.method(type, "__call__", decorate);
    in.define(torch, mode.name, Value::of(type));
  }
  in.define(torch, "is_grad_enabled", is_grad_enabled);
}

}  // namespace ckptlint::python::torch
