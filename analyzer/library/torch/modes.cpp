// no_grad and its relatives: contexts and decorators that leave what they decorate as it is.
#include "library/torch/install.h"
#include "library/torch/state.h"
#include "python/values/dict.h"

namespace ckptlint::python::torch {
namespace {

enum Effect : std::int64_t { kNothing, kGradOff, kGradOn };

bool is_callable(const Value& value) {
  return value.is(Kind::kFunction) || value.is(Kind::kNative) || value.is(Kind::kBoundMethod) || value.is(Kind::kClass);
}

// no_grad(), no_grad(function), @no_grad.
Value construct(Interpreter& in, const Arguments& arguments, const Value&) {
  if (arguments.count == 2 && is_callable(arguments[1])) return arguments[1];
  Instance* made = in.instance(arguments[0].as<Class>());
  if (made->type->name->view() == "set_grad_enabled" && arguments.count == 2) {  // takes effect at once
    made->payload = Value::none();
    made->attributes = in.dict();
    dict_set(in.arena, made->attributes, in.intern("prev"), Value::of(in.torch->grad_enabled));
    in.torch->grad_enabled = in.truth(arguments[1]) != Truth::kFalse;
  }
  return Value::of(made);
}

Value enter(Interpreter& in, const Arguments& arguments, const Value& data) {
  Instance* self = arguments[0].as<Instance>();
  if (data.integer == kNothing) return arguments[0];
  if (self->attributes == nullptr) self->attributes = in.dict();
  dict_set(in.arena, self->attributes, in.intern("prev"), Value::of(in.torch->grad_enabled));
  in.torch->grad_enabled = data.integer == kGradOn;
  return arguments[0];
}

Value leave(Interpreter& in, const Arguments& arguments, const Value&) {
  const Instance* self = arguments[0].as<Instance>();
  const Value* before = self->attributes == nullptr ? nullptr : dict_find(self->attributes, in.intern("prev"));
  if (before != nullptr && before->is(Kind::kBool)) in.torch->grad_enabled = before->boolean;
  return Value::none();
}

Value decorate(Interpreter&, const Arguments& arguments, const Value&) { return arguments[1]; }

Value is_grad_enabled(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.torch->grad_enabled); }

struct Mode {
  const char* name;
  Effect effect;
};
constexpr Mode kModes[] = {{"no_grad", kGradOff},
                           {"inference_mode", kGradOff},
                           {"enable_grad", kGradOn},
                           {"set_grad_enabled", kNothing},
                           {"autocast", kNothing}};

}  // namespace

void install_modes(Interpreter& in, Module* torch) {
  for (const Mode& mode : kModes) {
    Class* type = in.make_class(mode.name, {in.classes.object});
    type->module = torch;
    type->construct = construct;
    in.method(type, "__enter__", enter, Value::of(std::int64_t{mode.effect}));
    in.method(type, "__exit__", leave);
    in.method(type, "__call__", decorate);
    in.define(torch, mode.name, Value::of(type));
  }
  in.define(torch, "is_grad_enabled", is_grad_enabled);
}

}  // namespace ckptlint::python::torch
