// Tensors, dtypes and devices: torch's library answers for them through the hooks of Interpreter.
#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Class* class_of_tensor(Interpreter& in, const Value& value) {
  Class* type = value.as<Tensor>()->type;
  return type != nullptr ? type : in.classes.tensor;
}

bool find_on_tensor(Interpreter& in, const Value& object, Str* name, Value& out) {
  auto* tensor = object.as<Tensor>();
  if (tensor->attributes != nullptr) {
    if (const Value* found = dict_find(tensor->attributes, name)) return out = *found, true;
  }
  if (in.hooks.tensor_attribute != nullptr) {
    out = in.hooks.tensor_attribute(in, tensor, name);
    if (!out.missing()) return true;
  }
  return find_by_class(in, object, name, out);
}

void set_on_tensor(Interpreter& in, const Value& object, Str* name, const Value& value) {
  auto* tensor = object.as<Tensor>();
  if (in.hooks.tensor_set_attribute != nullptr && in.hooks.tensor_set_attribute(in, tensor, name, value)) return;
  if (tensor->attributes == nullptr) tensor->attributes = in.dict();
  dict_set(in.arena, tensor->attributes, name, value);
}

void delete_on_tensor(Interpreter& in, const Value& object, Str* name) {
  const auto* tensor = object.as<Tensor>();
  if (tensor->attributes != nullptr && dict_erase(tensor->attributes, Value::of(name))) return;
  in.raise(in.exception("AttributeError"),
           fmt::format("'{}' object has no attribute '{}'", in.type_name(object), name->view()));
}

Truth tensor_truth(Interpreter& in, const Value& value) {
  return in.hooks.tensor_truth != nullptr ? in.hooks.tensor_truth(in, value.as<Tensor>()) : Truth::kUnknown;
}

Value tensor_length(Interpreter& in, const Value& value) {
  const auto* tensor = value.as<Tensor>();
  if (!tensor->shape_known) return in.unknown("the length of a tensor whose shape is not known");
  if (tensor->rank == 0) in.raise_type_error("len() of a 0-d tensor");
  return Value::of(tensor->shape[0]);
}

void repr_tensor(Printer& printer, const Value&) { printer.add_unknown(printer.in.unknown("the text of a tensor")); }

Value format_tensor(Interpreter& in, const Value& value, std::string_view spec, std::string_view) {
  const Value scalar = tensor_scalar(value.as<Tensor>());
  if (scalar.missing()) return in.unknown("the text of a tensor");
  return slots_of(in, scalar).format(in, scalar, spec, in.type_name(scalar));
}

bool iterate_tensor(Interpreter& in, const Value& iterable, Iteration& out) {
  const auto* tensor = iterable.as<Tensor>();
  if (!tensor->shape_known || in.hooks.tensor_item == nullptr) {
    in.note_partial("iterates over a tensor whose shape is not known");
    return false;
  }
  if (tensor->rank == 0) in.raise_type_error("iteration over a 0-d tensor");
  out.source = iterable;
  return true;
}

bool next_of_tensor(Interpreter& in, Iteration& iteration, Value& out) {
  auto* tensor = iteration.source.as<Tensor>();
  if (iteration.at >= tensor->shape[0]) return false;
  out = in.hooks.tensor_item(in, tensor, Value::of(iteration.at));
  ++iteration.at;
  return true;
}

Truth tensor_contains(Interpreter& in, const Value& container, const Value& value) {
  return in.truth(in.call_method(container, in.sym.__contains__, {value}));
}

Value tensor_item(Interpreter& in, const Value& object, const Value& key) {
  return in.hooks.tensor_item == nullptr ? in.unknown("an element of a tensor")
                                         : in.hooks.tensor_item(in, object.as<Tensor>(), key);
}

void tensor_set_item(Interpreter& in, const Value& object, const Value& key, const Value& value) {
  if (in.hooks.tensor_set_item != nullptr) in.hooks.tensor_set_item(in, object.as<Tensor>(), key, value);
}

Value tensor_unary(Interpreter& in, Operator op, const Value& operand) {
  return in.hooks.tensor_unary == nullptr ? in.unknown("arithmetic of tensors")
                                          : in.hooks.tensor_unary(in, op, operand);
}

void repr_dtype(Printer& printer, const Value& value) {
  printer.out += fmt::format("torch.{}", torch_name(value.as<DtypeObject>()->dtype));
}

void repr_device(Printer& printer, const Value& value) {
  const auto* device = value.as<Device>();
  printer.out += device->index < 0 ? fmt::format("device(type='{}')", device->type->view())
                                   : fmt::format("device(type='{}', index={})", device->type->view(), device->index);
}

void str_of_device(Printer& printer, const Value& value) {
  const auto* device = value.as<Device>();
  printer.out += device->type->view();
  if (device->index >= 0) printer.out += fmt::format(":{}", device->index);
}

Value format_of_torch(Interpreter& in, const Value&, std::string_view, std::string_view type) {
  in.raise_type_error(fmt::format("unsupported format string passed to torch.{}.__format__", type));
}

}  // namespace

// Operators with a tensor on either side, comparisons too, are the business of hooks.tensor_binary.
constinit const TypeSlots kTensorSlots = {
    .type_of = class_of_tensor,
    .find_attribute = find_on_tensor,
    .set_attribute = set_on_tensor,
    .delete_attribute = delete_on_tensor,
    .truth = tensor_truth,
    .length = tensor_length,
    .repr = repr_tensor,
    .format = format_tensor,
    .iterate = iterate_tensor,
    .next = next_of_tensor,
    .contains = tensor_contains,
    .item = tensor_item,
    .set_item = tensor_set_item,
    .unary = tensor_unary,
};
constinit const TypeSlots kDtypeSlots = {
    .type = &Interpreter::Classes::dtype, .repr = repr_dtype, .format = format_of_torch};
constinit const TypeSlots kDeviceSlots = {
    .type = &Interpreter::Classes::device, .repr = repr_device, .str = str_of_device, .format = format_of_torch};

}  // namespace ckptlint::python
