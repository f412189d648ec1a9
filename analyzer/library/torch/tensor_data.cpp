// Tensors from Python values: torch.tensor, as_tensor, from_numpy, and the class constructors torch.Tensor,
// FloatTensor, ...
#include "library/torch/tensor_data.h"

#include "library/torch/install.h"
#include "library/torch/ops.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

constexpr int kMaxDepth = 24;

// The items of what torch takes for a sequence; null for a scalar.
const Value* sequence_items(Interpreter& in, const Value& value, std::size_t& count) {
  if (value.is(Kind::kList)) {
    count = value.as<List>()->items.size();
    return value.as<List>()->items.items;
  }
  if (value.is(Kind::kTuple)) {
    count = value.as<Tuple>()->count;
    return value.as<Tuple>()->items;
  }
  if (value.is(Kind::kRange)) {
    if (value.as<Range>()->size() > 4 * kMaxContents) give_up("a tensor of a long range");
  } else if (value.is(Kind::kInstance)) {
    const Value& payload = value.as<Instance>()->payload;
    if (payload.is(Kind::kList) || payload.is(Kind::kTuple)) return sequence_items(in, payload, count);
    if (payload.is_number()) return nullptr;
    // numpy's arrays, and anything else that turns itself into a list.
    Value method;
    if (!in.find_attribute(value, in.intern("tolist"), method)) return nullptr;
    const Value list = in.call(method, {});
    if (list.unknown()) throw Unknowable{list, ""};
    return sequence_items(in, list, count);
  } else {
    return nullptr;
  }
  List* list = in.collect(value);
  count = list->items.size();
  return list->items.items;
}

// The type of one of numpy's arrays or scalars; empty for other values.
std::optional<Dtype> numpy_dtype(Interpreter& in, const Value& value) {
  Value dtype;
  if (!value.is(Kind::kInstance) || !in.find_attribute(value, in.sym.dtype, dtype) || !dtype.is(Kind::kInstance))
    return std::nullopt;
  return dtype_of_torch_name(in.str(dtype));
}

// The sizes of one of numpy's arrays that is too large for its elements to be known.
bool forgotten_array(Interpreter& in, const Value& value, Sizes& sizes) {
  Value shape, data;
  if (!value.is(Kind::kInstance) || !in.find_attribute(value, in.sym.shape, shape) || !shape.is(Kind::kTuple))
    return false;
  if (!in.find_attribute(value, in.intern("_data"), data) || !data.is_none()) return false;
  sizes = read_sizes(in, shape);
  return true;
}

struct Reader {
  Interpreter& in;
  Sizes sizes;
  Dtype inferred = Dtype::kBool;
  bool any = false;
  bool known = true;
  bool keep = true;  // few enough to remember
  ArenaVector<double> elements;

  void scalar(const Value& value) {
    in.step();
    Dtype dtype = Dtype::kInt64;
    double number = 0;
    if (value.is(Kind::kBool)) {
      dtype = Dtype::kBool;
      number = value.boolean;
    } else if (value.is(Kind::kInt)) {
      number = static_cast<double>(value.integer);
      if (number > kMaxExact || number < -kMaxExact) known = false;
    } else if (value.is(Kind::kFloat)) {
      dtype = in.torch->default_dtype;
      number = value.real;
    } else if (value.is(Kind::kTensor)) {
      Tensor* tensor = value.as<Tensor>();
      if (numel(tensor) != 1) in.raise_value_error("only one element tensors can be converted to Python scalars");
      dtype = tensor->dtype;
      try {
        number = read_item(in, tensor);
      } catch (const Unknowable&) {
        known = false;
      }
    } else if (value.unknown()) {
      throw Unknowable{value, ""};
    } else if (value.is(Kind::kInstance) && value.as<Instance>()->payload.is_number()) {
      number = value.as<Instance>()->payload.as_double();
      const bool integral = value.as<Instance>()->payload.is_integral();
      dtype = numpy_dtype(in, value).value_or(integral ? Dtype::kInt64 : in.torch->default_dtype);
    } else if (value.is(Kind::kStr)) {
      in.raise_type_error("new(): invalid data type 'str'");
    } else if (value.is(Kind::kBigInt)) {
      in.raise_value_error("Overflow when unpacking long long");
    } else {
      in.raise(in.exception("RuntimeError"), "Could not infer dtype of " + in.type_name(value));
    }
    inferred = any ? promote(inferred, dtype).value_or(dtype) : dtype;
    any = true;
    if (keep) elements.push(in.arena, number);
    if (elements.size() > kMaxContents) keep = false;
  }

  // The element of an array without dimensions; other values as they are.
  Value without_array(const Value& value) {
    Value shape, method;
    if (!value.is(Kind::kInstance) || !value.as<Instance>()->payload.missing()) return value;
    if (!in.find_attribute(value, in.sym.shape, shape) || !shape.is(Kind::kTuple) || shape.as<Tuple>()->count != 0)
      return value;
    return in.find_attribute(value, in.intern("tolist"), method) ? in.call(method, {}) : value;
  }

  void shape(const Value& given, int depth) {
    const Value value = without_array(given);
    if (value.is(Kind::kTensor) && depth != 0 && value.as<Tensor>()->rank != 0) {
      for (std::int64_t size : sizes_of(value.as<Tensor>())) sizes.push(size);
      return;
    }
    std::size_t count = 0;
    const Value* items = sequence_items(in, value, count);
    if (items == nullptr && count == 0 && !is_sequence(value)) return;
    if (depth == kMaxDepth) in.raise_value_error("too many dimensions");
    sizes.push(static_cast<std::int64_t>(count));
    if (items != nullptr && count != 0) shape(items[0], depth + 1);
  }

  static bool is_sequence(const Value& value) {
    return value.is(Kind::kList) || value.is(Kind::kTuple) || value.is(Kind::kRange) ||
           (value.is(Kind::kInstance) && !value.as<Instance>()->payload.is_number());
  }

  void read(const Value& given, int depth) {
    const Value value = without_array(given);
    if (depth == sizes.rank) {
      if (is_sequence(value)) in.raise_type_error("not a sequence");
      return scalar(value);
    }
    if (value.is(Kind::kTensor)) return spread(value.as<Tensor>(), depth);
    std::size_t count = 0;
    const Value* items = sequence_items(in, value, count);
    if (items == nullptr && !is_sequence(value)) in.raise_type_error("not a sequence");
    if (static_cast<std::int64_t>(count) != sizes[depth]) {
      in.raise_value_error("expected sequence of length " + std::to_string(sizes[depth]) + " at dim " +
                           std::to_string(depth) + " (got " + std::to_string(count) + ")");
    }
    for (std::size_t i = 0; items != nullptr && i < count; ++i) read(items[i], depth + 1);
  }

  // A tensor among the items: torch takes its elements one by one.
  void spread(Tensor* tensor, int depth) {
    if (tensor->rank != sizes.rank - depth)
      in.raise_value_error("only one element tensors can be converted to Python scalars");
    const Known source = torch::known(tensor);
    const std::int64_t count = numel(tensor);
    inferred = any ? promote(inferred, tensor->dtype).value_or(tensor->dtype) : tensor->dtype;
    any = true;
    known = known && source.known;
    for (std::int64_t i = 0; keep && i < count; ++i) {
      in.step();
      elements.push(in.arena, source[i]);
      if (elements.size() > kMaxContents) keep = false;
    }
  }
};

Value tensor(Call& call, Arg data, Arg given_dtype, Arg given_device) {
  Device* given = given_device.absent() ? nullptr : device_of(call.in, given_device.value());
  std::optional<Dtype> dtype;
  if (!given_dtype.absent()) dtype = given_dtype.dtype(Dtype::kFloat32);
  if (data.is_tensor()) {
    Tensor* source = data.tensor();
    Device* device = given != nullptr                      ? given
                     : call.torch.device != call.torch.cpu ? call.torch.device
                                                           : device_of(call.in, source);
    return Value::of(converted(call.in, source, dtype.value_or(source->dtype), device, true));
  }
  return Value::of(tensor_of(call.in, data.value(), dtype, given != nullptr ? given : call.torch.device));
}

// As torch.tensor, without a copy where nothing changes.
Value as_tensor(Call& call, Arg obj, Arg dtype, Arg given_device, Rest) {
  if (!obj.is_tensor()) return tensor(call, obj, dtype, given_device);
  Tensor* source = obj.tensor();
  Device* device = !given_device.absent()                ? device_of(call.in, given_device.value())
                   : call.torch.device != call.torch.cpu ? call.torch.device
                                                         : device_of(call.in, source);
  return Value::of(converted(call.in, source, dtype.dtype(source->dtype), device, false));
}

Value new_tensor(Call& call, Tensor* model, Arg data, Arg dtype, Arg given_device) {
  Device* device = given_device.absent() ? device_of(call.in, model) : device_of(call.in, given_device.value());
  if (data.is_tensor())
    return Value::of(converted(call.in, data.tensor(), dtype.dtype(data.tensor()->dtype), device, true));
  return Value::of(tensor_of(call.in, data.value(), dtype.dtype(model->dtype), device));
}

Value scalar_tensor(Call& call, Arg s, Arg dtype, Arg device) {
  return Value::of(make_scalar(call.in, dtype.dtype(call.torch.default_dtype),
                               device.absent() ? call.torch.device : device_of(call.in, device.value()), s.number()));
}

// numpy's dtypes are its own, and its default is float64.
Value from_numpy(Call& call, Arg ndarray) {
  if (ndarray.is_tensor()) return ndarray.value();
  Value dtype;
  std::optional<Dtype> wanted;
  if (call.in.find_attribute(ndarray.value(), call.in.sym.dtype, dtype)) {
    if (dtype.unknown()) throw Unknowable{dtype, ""};
    wanted = dtype_of_torch_name(call.in.str(dtype));
  }
  Tensor* made = tensor_of(call.in, ndarray.value(), wanted, call.torch.cpu);
  if (!wanted && is_floating(made->dtype))
    return Value::of(converted(call.in, made, Dtype::kFloat64, call.torch.cpu, false));
  return Value::of(made);
}

struct TypedClass {
  const char* name;
  Dtype dtype;
};
constexpr TypedClass kTypedClasses[] = {
    {"FloatTensor", Dtype::kFloat32},     {"DoubleTensor", Dtype::kFloat64}, {"HalfTensor", Dtype::kFloat16},
    {"BFloat16Tensor", Dtype::kBfloat16}, {"LongTensor", Dtype::kInt64},     {"IntTensor", Dtype::kInt32},
    {"ShortTensor", Dtype::kInt16},       {"CharTensor", Dtype::kInt8},      {"ByteTensor", Dtype::kUint8},
    {"BoolTensor", Dtype::kBool},
};

const TypedClass* typed_class(const Class* type) {
  for (const TypedClass& typed : kTypedClasses) {
    if (type->native && type->name->view() == typed.name) return &typed;
  }
  return nullptr;
}

Tensor* legacy_tensor(Interpreter& in, Dtype dtype, const Arguments& given) {
  if (given.count == 0) return make_filled(in, dtype, {0}, in.torch->cpu, 0);
  const Value& data = *given.positional;
  const bool size = data.is(Kind::kTuple) && data.as<Tuple>()->is_size;
  if (given.count == 1 && data.is(Kind::kTensor)) return make_alias(in, data.as<Tensor>(), in.classes.tensor);
  if (given.count == 1 && size) return make_tensor(in, dtype, read_sizes(in, data), in.torch->cpu);
  if (given.count == 1 && !data.is_integral()) return tensor_of(in, data, dtype, in.torch->cpu);
  Sizes sizes;
  for (std::size_t i = 0; i < given.count; ++i) sizes.push(read_integer(in, given[i]));
  return make_tensor(in, dtype, sizes, in.torch->cpu);
}

// torch.Tensor(2, 3), torch.FloatTensor([1, 2]): sizes, or data; always on the cpu.
Value construct_tensor(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, rest] = bind<"cls, *args, **kwargs">(in, "Tensor", arguments);
  Class* type = self_as<Class>(in, cls);
  const TypedClass* typed = typed_class(type);
  for (std::size_t i = 0; i < rest.count; ++i) {
    const Value unknown = find_unknown(in, rest[i]);
    if (!unknown.missing()) return unknown;
  }
  try {
    Tensor* made = legacy_tensor(in, typed != nullptr ? typed->dtype : in.torch->default_dtype, rest);
    if (typed == nullptr) made->type = type;
    return Value::of(made);
  } catch (const Unknowable& reason) {
    return reason.value.missing() ? in.unknown(reason.why) : reason.value;
  }
}

// isinstance(x, torch.FloatTensor) asks for the dtype of a plain cpu tensor.
Value typed_instance_check(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, instance] = by_position<"cls, instance">(arguments);
  if (!instance.is(Kind::kTensor) || !cls.is(Kind::kClass)) return Value::of(false);
  const Tensor* tensor = instance.as<Tensor>();
  const TypedClass* typed = typed_class(cls.as<Class>());
  return Value::of(typed != nullptr && tensor->dtype == typed->dtype && device_of(in, tensor) == in.torch->cpu);
}

constexpr Op kTensorDataOps[] = {
    op<"data, *, dtype=, device=", tensor>("tensor", kFunction),
    op<"data, dtype=, device=", as_tensor>("as_tensor", kFunction),
    op<"obj, *, dtype=, device=, copy=", as_tensor>("asarray", kFunction),
    op<"input, data, *, dtype=, device=", new_tensor>("new_tensor", kMethod),
    op<"s, *, dtype=, device=", scalar_tensor>("scalar_tensor", kFunction),
    op<"ndarray", from_numpy>("from_numpy", kFunction),
};

}  // namespace

Tensor* tensor_of(Interpreter& in, const Value& value, std::optional<Dtype> dtype, Device* device) {
  if (!dtype) dtype = numpy_dtype(in, value);
  if (Sizes sizes; dtype && forgotten_array(in, value, sizes)) return make_tensor(in, *dtype, sizes, device);
  Reader reader{.in = in, .sizes = {}, .elements = {}};
  reader.shape(value, 0);
  reader.read(value, 0);
  const Dtype wanted = dtype.value_or(reader.any ? reader.inferred : in.torch->default_dtype);
  Tensor* tensor = make_tensor(in, wanted, reader.sizes, device);
  if (!reader.known || !reader.keep) return tensor;
  if (double* contents = make_contents(in, tensor)) {
    for (std::size_t i = 0; i < reader.elements.size(); ++i) contents[i] = reader.elements[i];
    settle(tensor);
  }
  return tensor;
}

Tensor* converted(Interpreter& in, Tensor* source, Dtype dtype, Device* device, bool copy) {
  if (!copy && source->dtype == dtype && device_of(in, source) == device) return source;
  if (is_meta(in, source) && device != in.torch->meta) {
    in.raise(in.exception("NotImplementedError"), "Cannot copy out of meta tensor; no data!");
  }
  Tensor* result = make_clone(in, source);
  result->device = Value::of(device);
  if (source->dtype == dtype) return result;
  result->dtype = dtype;
  if (result->filled) {
    result->fill = round_to(dtype, result->fill);
    result->filled = exact(dtype, result->fill);
  }
  settle(result);
  return result;
}

void install_tensor_data(Interpreter& in, Module* torch) {
  install_ops(in, torch, kTensorDataOps);
  in.classes.tensor->construct = construct_tensor;
  Class* meta = in.make_class("tensortype", {in.classes.type});
  in.method(meta, "__instancecheck__", typed_instance_check);
  for (const TypedClass& typed : kTypedClasses) {
    Class* type = in.make_class(typed.name, {in.classes.object});
    type->module = torch;
    type->metaclass = meta;
    type->construct = construct_tensor;
    in.define(torch, typed.name, Value::of(type));
  }
}

}  // namespace ckptlint::python::torch
