// The class torch.Tensor: its attributes, its special methods, and the evaluator's hooks for tensors.
#include <fmt/format.h>

#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/split.h"
#include "library/torch/install.h"
#include "library/torch/listed_names.h"
#include "library/torch/nn_module.h"
#include "library/torch/operands.h"
#include "library/torch/operators.h"
#include "library/torch/tensor_data.h"
#include "library/torch/views.h"
#include "python/evaluate/signature.h"
#include "python/values/dict.h"

namespace ckptlint::python::torch {
namespace {

// ---- attributes

Value get_shape(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tensor* self = self_as<Tensor>(in, arguments);
  return self->shape_known ? size_value(in, sizes_of(self)) : in.unknown("the shape of a tensor");
}
Value get_ndim(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tensor* self = self_as<Tensor>(in, arguments);
  return self->shape_known ? Value::of(static_cast<std::int64_t>(self->rank)) : in.unknown("the shape of a tensor");
}
Value get_dtype(Interpreter& in, const Arguments& arguments, const Value&) {
  return dtype_value(in, self_as<Tensor>(in, arguments)->dtype);
}
Value get_device(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto* self = self_as<Tensor>(in, arguments);
  const bool is_parameter = self->type != nullptr && in.is_subclass(self->type, in.classes.parameter);
  const bool all_on_meta = in.torch->parameters_on_meta && in.torch->registered_anew == nullptr;
  return Value::of(all_on_meta && is_parameter ? device(in, "meta") : device_of(in, self));
}

Value get_data(Interpreter& in, const Arguments& arguments, const Value&) {
  Tensor* self = self_as<Tensor>(in, arguments);
  if (!self->shape_known) return in.unknown("the data of a tensor of unknown shape");
  Tensor* made = make_alias(in, self, in.classes.tensor);
  made->requires_grad = made->computed = false;
  return Value::of(made);
}

Value set_data_of(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, data] = by_position<"self, data">(arguments);
  Tensor* self = self_as<Tensor>(in, given_self);
  if (data.is(Kind::kTensor) && data.as<Tensor>()->shape_known) {
    set_data(in, self, data.as<Tensor>());
  } else if (data.unknown() || data.is(Kind::kTensor)) {
    release(in, self);
    self->shape_known = false;
    self->rank = 0;
    ++self->writes;
  } else {
    in.raise_type_error("Variable data has to be a tensor, but got " + in.type_name(data));
  }
  return Value::none();
}

Value get_requires_grad(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(self_as<Tensor>(in, arguments)->requires_grad);
}

Value get_is_leaf(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(is_leaf(self_as<Tensor>(in, arguments)));
}

// Which operation a tensor comes from is not kept.
Value get_grad_fn(Interpreter& in, const Arguments& arguments, const Value&) {
  return is_leaf(self_as<Tensor>(in, arguments)) ? Value::none() : in.unknown("the operation that a tensor comes from");
}

Value set_requires_grad(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, requires_grad] = by_position<"self, requires_grad">(arguments);
  Tensor* self = self_as<Tensor>(in, given_self);
  const bool wanted = in.truth(requires_grad) == Truth::kTrue;
  if (wanted && !is_floating(self->dtype) && !is_complex(self->dtype)) {
    in.raise(in.exception("RuntimeError"), "only Tensors of floating point dtype can require gradients");
  }
  if (!wanted) refuse_other_grad(in, self);
  self->requires_grad = wanted;
  return Value::none();
}

Value get_persistent(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(self_as<Tensor>(in, arguments)->persistent);
}
Value set_persistent(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, persistent] = by_position<"self, persistent">(arguments);
  self_as<Tensor>(in, self)->persistent = in.truth(persistent) != Truth::kFalse;
  return Value::none();
}

Value get_none(Interpreter&, const Arguments&, const Value&) { return Value::none(); }
Value get_zero(Interpreter&, const Arguments&, const Value&) { return Value::of(0); }
Value get_false(Interpreter&, const Arguments&, const Value&) { return Value::of(false); }

Value get_is_meta(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(is_meta(in, self_as<Tensor>(in, arguments)));
}

template <int kType>
Value get_is_on(Interpreter& in, const Arguments& arguments, const Value&) {
  constexpr const char* kTypes[] = {"cpu", "cuda", "mps", "xpu"};
  return Value::of(device_of(in, self_as<Tensor>(in, arguments))->type->view() == kTypes[kType]);
}

Value get_item_size(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(item_size(self_as<Tensor>(in, arguments)->dtype));
}

Value get_bytes(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tensor* self = self_as<Tensor>(in, arguments);
  if (!self->shape_known) return in.unknown("the size of a tensor");
  return Value::of(numel(self) * item_size(self->dtype));
}

template <int kName>
Value get_transposed(Interpreter& in, const Arguments& arguments, const Value&) {
  constexpr const char* kNames[] = {"T", "mT", "H", "mH"};
  if (!self_as<Tensor>(in, arguments)->shape_known) return in.unknown("a tensor of unknown shape");
  return transposed_attribute(in, self_as<Tensor>(in, arguments), kNames[kName]);
}

// .real and .imag: of a real tensor the tensor itself.
Value get_part(Interpreter& in, const Arguments& arguments, const Value&) {
  Tensor* self = self_as<Tensor>(in, arguments);
  if (!is_complex(self->dtype) || !self->shape_known) return Value::of(self);
  return Value::of(make_tensor(in, real_of(self->dtype), sizes_of(self), device_of(in, self)));
}

Value get_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  Tensor* self = self_as<Tensor>(in, arguments);
  if (self->attributes == nullptr) self->attributes = in.dict();
  return Value::of(self->attributes);
}

Value get_layout(Interpreter& in, const Arguments&, const Value&) { return in.import_name("torch", "strided"); }

struct Attribute {
  const char* name;
  NativeFunction get;
  NativeFunction set = nullptr;
};

Value set_nothing(Interpreter&, const Arguments&, const Value&) { return Value::none(); }

constexpr Attribute kAttributes[] = {
    {"shape", get_shape},
    {"ndim", get_ndim},
    {"dtype", get_dtype},
    {"device", get_device},
    {"layout", get_layout},
    {"data", get_data, set_data_of},
    {"requires_grad", get_requires_grad, set_requires_grad},
    {"grad", get_none, set_nothing},
    {"grad_fn", get_grad_fn},
    {"_grad", get_none, set_nothing},
    {"_base", get_none},
    {"is_leaf", get_is_leaf},
    {"retains_grad", get_false},
    {"output_nr", get_zero},
    {"_version", get_zero},
    {"names", get_none, set_nothing},
    {"is_meta", get_is_meta},
    {"is_cpu", get_is_on<0>},
    {"is_cuda", get_is_on<1>},
    {"is_mps", get_is_on<2>},
    {"is_xpu", get_is_on<3>},
    {"is_sparse", get_false},
    {"is_sparse_csr", get_false},
    {"is_quantized", get_false},
    {"is_nested", get_false},
    {"is_mkldnn", get_false},
    {"is_xla", get_false},
    {"itemsize", get_item_size},
    {"nbytes", get_bytes},
    {"T", get_transposed<0>},
    {"mT", get_transposed<1>},
    {"H", get_transposed<2>},
    {"mH", get_transposed<3>},
    {"real", get_part},
    {"imag", get_part},
    {"__dict__", get_dict},
};

// ---- special methods

Value tensor_length(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tensor* self = self_as<Tensor>(in, arguments);
  if (!self->shape_known) return in.unknown("the length of a tensor");
  if (self->rank == 0) in.raise_type_error("len() of a 0-d tensor");
  return Value::of(self->shape[0]);
}

Value iterator(Interpreter& in, const Arguments& arguments, const Value&) {
  Tensor* self = self_as<Tensor>(in, arguments);
  if (!self->shape_known) return in.unknown("the rows of a tensor");
  if (self->rank == 0) in.raise_type_error("iteration over a 0-d tensor");
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->state.source = Value::of(self);
  return Value::of(made);
}

Truth truth(Interpreter& in, Tensor* self) {
  if (!self->shape_known) return Truth::kUnknown;
  const std::int64_t count = numel(self);
  if (count == 0) in.raise(in.exception("RuntimeError"), "Boolean value of Tensor with no values is ambiguous");
  if (count > 1)
    in.raise(in.exception("RuntimeError"), "Boolean value of Tensor with more than one value is ambiguous");
  try {
    return read_item(in, self) != 0 ? Truth::kTrue : Truth::kFalse;
  } catch (const Unknowable&) {
    return Truth::kUnknown;
  }
}

Value as_bool(Interpreter& in, const Arguments& arguments, const Value&) {
  const Truth answer = truth(in, self_as<Tensor>(in, arguments));
  return answer == Truth::kUnknown ? in.unknown("the truth of a tensor") : Value::of(answer == Truth::kTrue);
}

// int(x), float(x), x.__index__().
enum Conversion : std::int64_t { kToInt, kToFloat, kToIndex };
Value convert(Interpreter& in, const Arguments& arguments, const Value& data) {
  Tensor* self = self_as<Tensor>(in, arguments);
  if (!self->shape_known) return in.unknown("an element of a tensor");
  if (data.integer == kToIndex && (numel(self) != 1 || !(is_integral(self->dtype) || self->dtype == Dtype::kBool))) {
    in.raise_type_error("only integer tensors of a single element can be converted to an index");
  }
  if (numel(self) != 1) in.raise_value_error("only one element tensors can be converted to Python scalars");
  try {
    const double value = read_item(in, self);
    if (data.integer == kToFloat) return Value::of(value);
    if (value != value) in.raise_value_error("cannot convert float NaN to integer");
    if (value > 9e18 || value < -9e18) return in.unknown("a large integer");
    return Value::of(static_cast<std::int64_t>(value));
  } catch (const Unknowable& reason) {
    return in.unknown(reason.why);
  }
}

// What torch prints depends on every element; only the summary of meta tensors is modelled.
Value repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tensor* self = self_as<Tensor>(in, arguments);
  if (!self->shape_known || !is_meta(in, self)) return in.unknown("the text of a tensor");
  std::string size = text_of(sizes_of(self));
  size = "(" + size.substr(1, size.size() - 2) + (self->rank == 1 ? ",)" : ")");
  std::string text = fmt::format("tensor(..., device='{}', size={}", text_of(device_of(in, self)), size);
  if (self->dtype != in.torch->default_dtype) text += fmt::format(", dtype=torch.{}", torch_name(self->dtype));
  if (self->requires_grad) text += ", requires_grad=True";
  return in.string(text + ")");
}

Value format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, format_spec] = by_position<"self, format_spec">(arguments);
  Tensor* self = self_as<Tensor>(in, given_self);
  const std::string spec = format_spec.is(Kind::kStr) ? std::string(format_spec.as<Str>()->view()) : "";
  if (self->shape_known && self->rank == 0 && !is_meta(in, self)) {
    try {
      return in.format_value(item_value(self->dtype, read_item(in, self)), spec);
    } catch (const Unknowable& reason) {
      return in.unknown(reason.why);
    }
  }
  if (!spec.empty()) in.raise_type_error("unsupported format string passed to Tensor.__format__");
  return repr(in, arguments, {});
}

Value contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, element] = by_position<"self, element">(arguments);
  const Tensor* self = self_as<Tensor>(in, given_self);
  if (!element.is_number() && !element.is(Kind::kTensor)) {
    in.raise(in.exception("RuntimeError"),
             "Tensor.__contains__ only supports Tensor or scalar, but you passed in a " + in.type_name(element) + ".");
  }
  const Known elements = known(self);
  if (!self->shape_known || !elements.known || !element.is_number() || numel(self) > kMaxContents)
    return in.unknown("whether a tensor contains a value");
  for (std::int64_t i = 0; i < numel(self); ++i) {
    if (elements[i] == element.as_double()) return Value::of(true);
  }
  return Value::of(false);
}

Value get_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, idx] = by_position<"self, idx">(arguments);
  return tensor_item(in, self_as<Tensor>(in, self), idx);
}
Value set_tensor_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, idx, value] = by_position<"self, idx, value">(arguments);
  tensor_set_item(in, self_as<Tensor>(in, self), idx, value);
  return Value::none();
}

Value identity_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(self_as<Tensor>(in, arguments)) >> 4));
}

// ---- hooks

Value attribute(Interpreter& in, Tensor* tensor, Str* name) {
  Value* found = in.class_lookup(tensor->type, name);
  if (found != nullptr && found->is(Kind::kProperty)) return in.bind_to(*found, Value::of(tensor), tensor->type);
  if (tensor->attributes != nullptr) {
    if (Value* own = dict_find(tensor->attributes, name)) return *own;
  }
  if (found != nullptr) return in.bind_to(*found, Value::of(tensor), tensor->type);
  // Asked for with each parameter, since transformers looks there for marks of its own.
  static const std::unordered_set<std::string_view> names = [] {
    const std::vector<std::string_view> words = split(kTensorNames, ' ');
    return std::unordered_set<std::string_view>(words.begin(), words.end() - 1);  // the last is empty
  }();
  if (names.contains(name->view())) return in.unknown("torch.Tensor." + std::string(name->view()));
  return {};
}

bool set_attribute(Interpreter& in, Tensor* tensor, Str* name, const Value& value) {
  Value* found = in.class_lookup(tensor->type, name);
  if (found != nullptr && found->is(Kind::kProperty)) {
    const Property* property = found->as<Property>();
    if (property->setter.missing()) {
      in.raise(in.exception("AttributeError"),
               fmt::format("attribute '{}' of 'torch._C.TensorBase' objects is not writable", name->view()));
    }
    in.call(property->setter, {Value::of(tensor), value});
    return true;
  }
  if (tensor->attributes == nullptr) tensor->attributes = in.dict();
  dict_set(in.arena, tensor->attributes, name, value);
  return true;
}

bool comparable(Operator op) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
    case Operator::kBitAnd:
    case Operator::kBitOr:
    case Operator::kBitXor:
    case Operator::kShiftLeft:
    case Operator::kShiftRight:
      return true;
    default:
      return false;
  }
}

bool operand_like(const Value& value) {
  return value.is(Kind::kTensor) || value.is_number() || value.is(Kind::kBigInt) ||
         (value.is(Kind::kInstance) && value.as<Instance>()->payload.is_number());
}

Value binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (left.unknown()) return left;
  if (right.unknown()) return right;
  for (const Value& side : {left, right}) {
    const Value unknown = find_unknown(in, side);
    if (!unknown.missing()) return unknown;
  }
  if (!operand_like(left) || !operand_like(right)) {
    if (op == Operator::kEqual) return Value::of(false);
    if (op == Operator::kNotEqual) return Value::of(true);
    if (left.is(Kind::kInstance) || right.is(Kind::kInstance))
      return in.unknown("arithmetic of a tensor and another object");
    return {Kind::kNotImplemented, {}};
  }
  in.step();
  try {
    if (comparable(op)) return operator_comparison(in, op, left, right);
    const Value result =
        op == Operator::kMatMul ? operator_matmul(in, left, right) : operator_arithmetic(in, op, left, right);
    const auto has_grad = [](const Value& side) { return side.is(Kind::kTensor) && side.as<Tensor>()->requires_grad; };
    if (in.torch->grad_enabled && result.is(Kind::kTensor) && (has_grad(left) || has_grad(right)))
      result.as<Tensor>()->requires_grad = result.as<Tensor>()->computed = true;
    return result;
  } catch (const Unknowable& reason) {
    return reason.value.missing() ? in.unknown(reason.why) : reason.value;
  }
}

Value unary(Interpreter& in, Operator op, const Value& operand) {
  const char* method = op == Operator::kNegate ? "neg" : op == Operator::kInvert ? "bitwise_not" : "positive";
  return in.call_method(operand, in.intern(method), {});
}

// x += y, where the tensor itself changes.
struct InPlaceName {
  const char* name;
  const char* method;
};
constexpr InPlaceName kInPlaceNames[] = {
    {"__iadd__", "add_"},
    {"__isub__", "sub_"},
    {"__imul__", "mul_"},
    {"__itruediv__", "div_"},
    {"__ifloordiv__", "floor_divide_"},
    {"__imod__", "remainder_"},
    {"__ipow__", "pow_"},
    {"__iand__", "bitwise_and_"},
    {"__ior__", "bitwise_or_"},
    {"__ixor__", "bitwise_xor_"},
    {"__neg__", "neg"},
    {"__invert__", "bitwise_not"},
    {"__pos__", "positive"},
    {"__abs__", "abs"},
};

}  // namespace

void install_tensor_class(Interpreter& in, Module* torch) {
  Class* type = in.classes.tensor = in.make_class("Tensor", {in.classes.object}, Layout::kTensor);
  type->module = torch;
  in.define(torch, "Tensor", Value::of(type));
  for (const Attribute& each : kAttributes) in.property(type, each.name, each.get, each.set);
  in.property(type, "persistent", get_persistent, set_persistent);
  in.method(type, "__len__", tensor_length);
  in.method(type, "__iter__", iterator);
  in.method(type, "__bool__", as_bool);
  in.method(type, "__int__", convert, Value::of(std::int64_t{kToInt}));
  in.method(type, "__float__", convert, Value::of(std::int64_t{kToFloat}));
  in.method(type, "__index__", convert, Value::of(std::int64_t{kToIndex}));
  in.method(type, "__repr__", repr);
  in.method(type, "__str__", repr);
  in.method(type, "__format__", format);
  in.method(type, "__contains__", contains);
  in.method(type, "__getitem__", get_item);
  in.method(type, "__setitem__", set_tensor_item);
  in.method(type, "__hash__", identity_hash);

  in.hooks.tensor_attribute = attribute;
  in.hooks.tensor_set_attribute = set_attribute;
  in.hooks.tensor_item = tensor_item;
  in.hooks.tensor_set_item = tensor_set_item;
  in.hooks.tensor_binary = binary;
  in.hooks.tensor_unary = unary;
  in.hooks.tensor_truth = truth;
  in.hooks.tensor_deep_copy = deep_copy_of;
  in.hooks.tensor_shallow_copy = shallow_copy_of;
}

void install_operator_methods(Interpreter& in) {
  for (const InPlaceName& each : kInPlaceNames) {
    Value* method = dict_find(in.classes.tensor->attributes, in.intern(each.method));
    if (method != nullptr) in.set_class(in.classes.tensor, each.name, *method);
  }
}

}  // namespace ckptlint::python::torch
