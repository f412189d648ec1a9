// Parameter and Buffer: tensors that modules register.
#include "library/torch/install.h"
#include "library/torch/nn_module.h"
#include "library/torch/ops.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

// A subclass of Tensor that torch marks as a parameter rather than wrapping it names the class that it then is.
void keep_subclass(Interpreter& in, Tensor* made, const Tensor* data) {
  if (data->type == nullptr || data->type == in.classes.tensor || made->type != in.classes.parameter) return;
  const Value* marked = in.class_lookup(data->type, in.intern("_parameter_class"));
  if (marked == nullptr || !marked->is(Kind::kClass)) return;
  made->type = marked->as<Class>();
  made->attributes = data->attributes == nullptr ? nullptr : dict_copy(in.arena, data->attributes);
}

// A tensor of class `type` over the elements of `data`.
Tensor* subclass_of(Interpreter& in, Class* type, const Value& data) {
  Tensor* made = nullptr;
  if (data.missing() || data.is_none()) {
    made = make_tensor(in, in.torch->default_dtype, {0}, in.torch->device);
  } else if (data.unknown() || (data.is(Kind::kTensor) && !data.as<Tensor>()->shape_known)) {
    made = make_tensor(in, in.torch->default_dtype, {}, in.torch->device);
    made->shape_known = false;
    if (data.is(Kind::kTensor)) made->dtype = data.as<Tensor>()->dtype;
    in.note_partial(data.unknown() ? std::string("a parameter or buffer is made of ") +
                                         std::string(data.as<Unknown>()->origin->view()) + ", which is not known"
                                   : "a parameter or buffer is made of a tensor whose shape is not known");
  } else if (data.is(Kind::kTensor)) {
    Tensor* source = data.as<Tensor>();
    // Mostly a fresh tensor without elements to share, whose name nobody keeps.
    const bool alone =
        source->base == nullptr && source->views == nullptr && source->contents == nullptr && !source->filled;
    made =
        alone ? make_tensor(in, source->dtype, sizes_of(source), device_of(in, source)) : make_alias(in, source, type);
  } else {
    in.raise(in.exception("AttributeError"), "'" + in.type_name(data) + "' object has no attribute 'detach'");
  }
  made->type = type;
  if (data.is(Kind::kTensor)) keep_subclass(in, made, data.as<Tensor>());
  return made;
}

Value make_parameter_object(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, data, requires_grad] = bind<"cls, data=, requires_grad=">(in, "Parameter.__new__", arguments);
  Tensor* made = subclass_of(in, cls.as<Class>(), data);
  made->requires_grad = requires_grad.missing() || in.truth(requires_grad) != Truth::kFalse;
  made->computed = false;
  if (made->requires_grad && made->shape_known && !is_floating(made->dtype) && !is_complex(made->dtype)) {
    in.raise(in.exception("RuntimeError"), "Only Tensors of floating point and complex dtype can require gradients");
  }
  return Value::of(made);
}

Value make_buffer_object(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, data, persistent] = bind<"cls, data=, *, persistent=">(in, "Buffer.__new__", arguments);
  Tensor* made = subclass_of(in, cls.as<Class>(), data);
  if (data.is(Kind::kTensor)) made->requires_grad = data.as<Tensor>()->requires_grad;
  made->computed = false;
  made->persistent = persistent.missing() || in.test(persistent);
  return Value::of(made);
}

Value make_uninitialized(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, requires_grad, device, given_dtype, persistent] =
      bind<"cls, requires_grad=, device=, dtype=, persistent=">(in, "UninitializedParameter.__new__", arguments);
  const Dtype dtype = given_dtype.is(Kind::kDtype) ? given_dtype.as<DtypeObject>()->dtype : in.torch->default_dtype;
  Tensor* made = make_tensor(in, dtype, {}, in.torch->device);
  made->shape_known = false;
  made->type = cls.as<Class>();
  made->requires_grad = in.is_subclass(made->type, in.classes.parameter);
  return Value::of(made);
}

// UninitializedParameter.materialize(shape): from now on an ordinary parameter.
Value materialize(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given_self, shape, device, given_dtype] =
      bind<"self, shape, device=, dtype=">(in, "materialize", arguments);
  Tensor* self = given_self.as<Tensor>();
  Tensor* shaped = nullptr;
  try {
    const Dtype dtype = given_dtype.is(Kind::kDtype) ? given_dtype.as<DtypeObject>()->dtype : self->dtype;
    shaped = make_tensor(in, dtype, read_sizes(in, shape), device_of(in, self));
  } catch (const Unknowable&) {
    return Value::none();
  }
  self->dtype = shaped->dtype;
  self->rank = shaped->rank;
  self->shape = shaped->shape;
  self->shape_known = true;
  self->type = data.as<Class>();
  return Value::none();
}

Value is_lazy(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [param] = bind<"param">(in, "is_lazy", arguments);
  return Value::of(param.is(Kind::kTensor) && in.type_name(param).starts_with("Uninitialized"));
}

}  // namespace

Value deep_copy_of(Interpreter& in, const Tensor* tensor) {
  if (!is_leaf(tensor)) {
    in.raise(
        in.exception("RuntimeError"),
        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If "
        "you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
        "https://github.com/pytorch/pytorch/pull/103001");
  }
  Tensor* made = tensor->shape_known ? make_clone(in, tensor) : in.arena.make<Tensor>(*tensor);
  made->type = tensor->type;
  made->requires_grad = tensor->requires_grad;
  made->persistent = tensor->persistent;
  made->attributes = nullptr;
  return Value::of(made);
}

Value shallow_copy_of(Interpreter& in, Tensor* tensor) {
  Tensor* made = tensor->shape_known ? make_alias(in, tensor, tensor->type) : in.arena.make<Tensor>(*tensor);
  made->computed = false;
  made->persistent = tensor->persistent;
  made->attributes = tensor->attributes == nullptr ? nullptr : dict_copy(in.arena, tensor->attributes);
  return Value::of(made);
}

void install_parameter(Interpreter& in, Module* nn) {
  Module* home = in.native_module("torch.nn.parameter");
  struct ParameterKind {
    const char* name;
    NativeFunction construct;
    Class** known;
  };
  const ParameterKind kinds[] = {{"Parameter", make_parameter_object, &in.classes.parameter},
                                 {"Buffer", make_buffer_object, &in.classes.buffer}};
  for (const ParameterKind& each : kinds) {
    Class* type = in.make_class(each.name, {in.classes.tensor}, Layout::kTensor);
    type->module = home;
    type->construct = each.construct;
    in.static_method(type, "__new__", each.construct);  // for subclasses that have one of their own
    *each.known = type;
    in.define(home, each.name, Value::of(type));
    in.define(nn, each.name, Value::of(type));
    Class* lazy = in.make_class(std::string("Uninitialized") + each.name, {type}, Layout::kTensor);
    lazy->module = home;
    lazy->construct = make_uninitialized;
    in.static_method(lazy, "__new__", make_uninitialized);
    in.method(lazy, "materialize", materialize, Value::of(type));
    in.define(home, lazy->name->view(), Value::of(lazy));
    in.define(nn, lazy->name->view(), Value::of(lazy));
  }
  in.define(home, "is_lazy", is_lazy);
}

}  // namespace ckptlint::python::torch
