// Questions about dtypes: finfo, iinfo, promote_types, result_type, can_cast.
#include <fmt/format.h>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "python/evaluate/signature.h"
#include "python/values/dict.h"

namespace ckptlint::python::torch {
namespace {

void set(Interpreter& in, Instance* object, std::string_view name, const Value& value) {
  if (object->attributes == nullptr) object->attributes = in.dict();
  dict_set(in.arena, object->attributes, in.intern(name), value);
}

Dtype dtype_argument(Interpreter& in, const char* function, const Value& value, Dtype otherwise) {
  if (value.missing() || value.is_none()) return otherwise;
  if (!value.is(Kind::kDtype)) {
    in.raise_type_error(std::string(function) + "(): argument 'type' (position 1) must be torch.dtype, not " +
                        in.type_name(value));
  }
  return value.as<DtypeObject>()->dtype;
}

Value make_finfo(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, type] = bind<"cls, type=">(in, "finfo", arguments);
  if (type.unknown()) return type;
  const Dtype dtype = dtype_argument(in, "finfo", type, in.torch->default_dtype);
  if (!is_floating(dtype) && !is_complex(dtype))
    in.raise_type_error("torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'");
  const FloatLimits limits = float_limits(real_of(dtype));
  Instance* made = in.instance(self_as<Class>(in, cls));
  set(in, made, "bits", Value::of(bits(real_of(dtype))));
  set(in, made, "eps", Value::of(limits.eps));
  set(in, made, "max", Value::of(limits.max));
  set(in, made, "min", Value::of(limits.min));
  set(in, made, "tiny", Value::of(limits.tiny));
  set(in, made, "smallest_normal", Value::of(limits.tiny));
  set(in, made, "resolution", Value::of(limits.resolution));
  set(in, made, "dtype", in.string(torch_name(dtype)));
  return Value::of(made);
}

Value make_iinfo(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, type] = bind<"cls, type">(in, "iinfo", arguments);
  if (type.unknown()) return type;
  const Dtype dtype = dtype_argument(in, "iinfo", type, Dtype::kInt64);
  if (!is_integral(dtype))
    in.raise_type_error("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'");
  const IntLimits limits = int_limits(dtype);
  Instance* made = in.instance(self_as<Class>(in, cls));
  set(in, made, "bits", Value::of(bits(dtype)));
  set(in, made, "min", Value::of(limits.min));
  const bool fits = limits.max <= 0x7fffffffffffffffULL;
  set(in, made, "max",
      fits ? Value::of(static_cast<std::int64_t>(limits.max)) : in.unknown("torch.iinfo(torch.uint64).max"));
  set(in, made, "dtype", in.string(torch_name(dtype)));
  return Value::of(made);
}

Value limits_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = self_as<Instance>(in, arguments);
  const auto number = [&](const char* name) {
    const Value value = in.attribute(Value::of(self), in.intern(name));
    return value.is(Kind::kFloat) ? fmt::format("{:.6g}", value.real) : in.str(value);
  };
  const std::string dtype = in.str(in.attribute(Value::of(self), in.sym.dtype));
  if (self->type->name->view() == "iinfo") {
    return in.string(fmt::format("iinfo(min={}, max={}, dtype={})", number("min"), number("max"), dtype));
  }
  return in.string(fmt::format("finfo(resolution={}, min={}, max={}, eps={}, smallest_normal={}, tiny={}, dtype={})",
                               number("resolution"), number("min"), number("max"), number("eps"),
                               number("smallest_normal"), number("tiny"), dtype));
}

Value promote_types(Call& call, Arg type1, Arg type2) {
  const Dtype a = type1.dtype(Dtype::kFloat32), b = type2.dtype(Dtype::kFloat32);
  const auto joined = promote(a, b);
  if (joined) return dtype_value(call.in, *joined);
  call.runtime_error(std::string(is_float8(a) || is_float8(b) ? "Promotion for Float8 Types"
                                                              : "Promotion for uint16, uint32, uint64 types") +
                     " is not supported, attempted to promote " + std::string(scalar_name(a)) + " and " +
                     std::string(scalar_name(b)));
}

Value result_type_of(Call& call, Arg tensor1, Arg tensor2) {
  const Operand both[] = {operand(tensor1), operand(tensor2)};
  return dtype_value(call.in, result_type(call.in, both));
}

// Complex to real, floating to integral and anything to bool lose what cannot be had back.
Value can_cast(Call&, Arg given_from, Arg given_to) {
  const Dtype from = given_from.dtype(Dtype::kFloat32), to = given_to.dtype(Dtype::kFloat32);
  if (is_complex(from) && !is_complex(to)) return Value::of(false);
  if (is_floating(from) && !is_floating(to) && !is_complex(to)) return Value::of(false);
  return Value::of(from == Dtype::kBool || to != Dtype::kBool);
}

Value is_tensor(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = bind<"obj">(in, "is_tensor", arguments);
  return obj.unknown() ? obj : Value::of(obj.is(Kind::kTensor));
}

constexpr Op kTypeFunctionsOps[] = {
    op<"type1, type2", promote_types>("promote_types", kFunction),
    op<"tensor, other", result_type_of>("result_type", kFunction),
    op<"from_, to", can_cast>("can_cast", kFunction),
};

}  // namespace

void install_type_functions(Interpreter& in, Module* torch) {
  install_ops(in, torch, kTypeFunctionsOps);
  in.define(torch, "is_tensor", is_tensor);
  struct Limits {
    const char* name;
    NativeFunction construct;
  };
  for (const Limits& each : {Limits{"finfo", make_finfo}, Limits{"iinfo", make_iinfo}}) {
    Class* type = in.make_class(each.name, {in.classes.object});
    type->module = torch;
    type->construct = each.construct;
    in.method(type, "__repr__", limits_repr);
    in.define(torch, each.name, Value::of(type));
  }
}

}  // namespace ckptlint::python::torch
