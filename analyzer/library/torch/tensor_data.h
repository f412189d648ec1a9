// Tensors from Python values and from other tensors.
#pragma once

#include <optional>

#include "library/torch/tensors.h"

namespace ckptlint::python::torch {

// torch.tensor(value): nested sequences, scalars, numpy's arrays.  Raises as torch does; throws Unknowable.
Tensor* tensor_of(Interpreter& in, const Value& value, std::optional<Dtype> dtype, Device* device);

// source.to(dtype, device): `source` itself where nothing changes and no copy is asked for.  Raises NotImplementedError
// for what leaves the meta device.
Tensor* converted(Interpreter& in, Tensor* source, Dtype dtype, Device* device, bool copy);

// tensor.data = source: the tensor takes the other's dtype, shape, device and elements, which the two then share.
void set_data(Interpreter& in, Tensor* tensor, Tensor* source);

}  // namespace ckptlint::python::torch
