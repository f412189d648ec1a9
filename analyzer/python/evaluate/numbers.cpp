// Values as integers and floats of the host, tensors of one element and __index__ included.
#include <fmt/format.h>

#include <cmath>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/values/bigint.h"

namespace ckptlint::python {
Value tensor_scalar(const Tensor* tensor) {
  if (!tensor->shape_known || (tensor->contents == nullptr && !tensor->filled)) return {};
  for (std::uint8_t i = 0; i < tensor->rank; ++i) {
    if (tensor->shape[i] != 1) return {};
  }
  const double value = tensor->contents == nullptr ? tensor->fill : tensor->contents[0];
  if (tensor->dtype == Dtype::kBool) return Value::of(value != 0);
  if (is_floating_point(tensor->dtype)) return Value::of(value);
  if (torch_name(tensor->dtype).starts_with("complex")) return {};
  return std::fabs(value) < 9e18 ? Value::of(static_cast<std::int64_t>(value)) : Value{};
}

Value tensor_scalar(Interpreter& in, const Tensor* tensor) {
  for (std::uint8_t i = 0; tensor->shape_known && i < tensor->rank; ++i) {
    if (tensor->shape[i] != 1) in.raise_value_error("only one element tensors can be converted to Python scalars");
  }
  if (tensor->device.is(Kind::kDevice) && tensor->device.as<Device>()->type->view() == "meta") {
    in.raise(in.exception("RuntimeError"), "Tensor.item() cannot be called on meta tensors");
  }
  return tensor_scalar(tensor);
}

std::int64_t Interpreter::to_int(const Value& value) {
  if (value.is_integral()) return value.as_int();
  const Value& plain = unwrap(value);
  if (plain.is_integral()) return plain.as_int();
  if (plain.is(Kind::kBigInt)) raise(exception("OverflowError"), "Python int too large to convert to C ssize_t");
  if (value.unknown()) {
    note_partial(fmt::format("an integer depends on {}", value.as<Unknown>()->origin->view()));
    return 0;
  }
  if (value.is(Kind::kTensor)) {
    const Value scalar = tensor_scalar(*this, value.as<Tensor>());
    if (scalar.is_integral()) return scalar.as_int();
    if (scalar.missing()) {
      note_partial("an integer depends on the contents of a tensor");
      return 0;
    }
    raise_type_error("only integer tensors of a single element can be converted to an index");
  }
  const Nesting nesting(*this);
  const Value answer = try_dunder(*this, value, sym.__index__);
  if (!answer.missing()) {
    if (!unwrap(answer).is_integral() && !answer.unknown()) {
      raise_type_error(fmt::format("__index__ returned non-int (type {})", type_name(answer)));
    }
    return to_int(answer);
  }
  raise_type_error(fmt::format("'{}' object cannot be interpreted as an integer", type_name(value)));
}

double Interpreter::to_double(const Value& value) {
  const Value& plain = unwrap(value);
  if (plain.is_number()) return plain.as_double();
  if (plain.is(Kind::kBigInt)) {
    const double number = plain.as<BigInt>()->approximate;
    if (std::isinf(number)) raise(exception("OverflowError"), "int too large to convert to float");
    return number;
  }
  if (value.unknown()) {
    note_partial(fmt::format("a number depends on {}", value.as<Unknown>()->origin->view()));
    return 0;
  }
  if (value.is(Kind::kTensor)) {
    const Value scalar = tensor_scalar(*this, value.as<Tensor>());
    if (!scalar.missing()) return scalar.as_double();
    note_partial("a number depends on the contents of a tensor");
    return 0;
  }
  const Nesting nesting(*this);
  for (Str* name : {sym.__float__, sym.__index__}) {
    const Value answer = try_dunder(*this, value, name);
    if (!answer.missing()) return to_double(answer);
  }
  raise_type_error(fmt::format("must be real number, not {}", type_name(value)));
}

}  // namespace ckptlint::python
