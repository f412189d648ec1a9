// Several tensors into one: cat, stack, meshgrid, block_diag, cartesian_prod.
#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

using Tensors = std::span<Tensor* const>;

Operand plain_operand(Tensor* tensor) {
  Operand made;
  made.tensor = tensor;
  made.elements = known(tensor);
  made.dtype = tensor->dtype;
  made.sizes = sizes_of(tensor);
  return made;
}

Dtype common_dtype(Interpreter& in, Tensors tensors) {
  std::vector<Operand> operands;
  for (Tensor* tensor : tensors) operands.push_back(plain_operand(tensor));
  return result_type(in, operands);
}

bool skipped(const Tensor* tensor) { return tensor->rank == 1 && tensor->shape[0] == 0; }  // an old habit of torch.cat

Value joined(Call& call, Tensors tensors, std::int64_t wanted_dim) {
  if (tensors.empty()) call.in.raise_value_error("torch.cat(): expected a non-empty list of Tensors");
  Tensor* first = nullptr;
  for (Tensor* tensor : tensors) {
    if (tensor->rank == 0) {
      call.runtime_error("zero-dimensional tensor (at position " +
                         std::to_string(std::find(tensors.begin(), tensors.end(), tensor) - tensors.begin()) +
                         ") cannot be concatenated");
    }
    if (first == nullptr && !skipped(tensor)) first = tensor;
  }
  if (first == nullptr) first = tensors[0];
  Device* device = device_of(call.in, tensors[0]);
  Sizes sizes = sizes_of(first);
  const int dim = call.wrap_dim(wanted_dim, sizes.rank);
  sizes[dim] = 0;
  bool all_known = true, uniform = true;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Tensor* tensor = tensors[i];
    call.in.step();
    if (device_of(call.in, tensor) != device) {
      call.runtime_error("Tensor on device " + text_of(device_of(call.in, tensor)) + " is not on the expected device " +
                         text_of(device) + "!");
    }
    if (skipped(tensor)) continue;
    if (tensor->rank != sizes.rank) {
      call.runtime_error("Tensors must have same number of dimensions: got " + std::to_string(sizes.rank) + " and " +
                         std::to_string(tensor->rank));
    }
    for (int d = 0; d < sizes.rank; ++d) {
      if (d != dim && tensor->shape[d] != sizes[d]) {
        call.runtime_error("Sizes of tensors must match except in dimension " + std::to_string(dim) +
                           ". Expected size " + std::to_string(sizes[d]) + " but got size " +
                           std::to_string(tensor->shape[d]) + " for tensor number " + std::to_string(i) +
                           " in the list.");
      }
    }
    sizes[dim] += tensor->shape[dim];
    const Known elements = known(tensor);
    all_known = all_known && elements.known;
    uniform = uniform && elements.uniform() && elements.fill == known(first).fill;
  }
  Tensor* out = make_tensor(call.in, common_dtype(call.in, tensors), sizes, device);
  if (!all_known) return Value::of(out);
  if (uniform) {
    out->filled = true;
    out->fill = round_to(out->dtype, known(first).fill);
    return Value::of(out);
  }
  double* contents = make_contents(call.in, out);
  if (contents == nullptr) return Value::of(out);
  std::int64_t inner = 1, outer = 1;
  for (int d = 0; d < sizes.rank; ++d) (d < dim ? outer : inner) *= d == dim ? 1 : sizes[d];
  std::int64_t before = 0;
  for (Tensor* tensor : tensors) {
    if (skipped(tensor)) continue;
    const Known elements = known(tensor);
    const std::int64_t block = tensor->shape[dim] * inner;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t k = 0; k < block; ++k) contents[o * sizes[dim] * inner + before + k] = elements[o * block + k];
    }
    before += block;
  }
  settle(out);
  return Value::of(out);
}

Value cat(Call& call, Arg tensors, Arg dim) { return joined(call, tensors.tensors(), dim.integer(0)); }

Value stack(Call& call, Arg given_tensors, Arg given_dim) {
  const Tensors tensors = given_tensors.tensors();
  if (tensors.empty()) call.runtime_error("stack expects a non-empty TensorList");
  const Sizes sizes = sizes_of(tensors[0]);
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    if (!(sizes_of(tensors[i]) == sizes)) {
      call.runtime_error("stack expects each tensor to be equal size, but got " + text_of(sizes) + " at entry 0 and " +
                         text_of(sizes_of(tensors[i])) + " at entry " + std::to_string(i));
    }
  }
  const int dim = given_dim.dim(sizes.rank + 1, 0);
  std::vector<Tensor*> widened;
  for (Tensor* tensor : tensors) widened.push_back(unsqueezed(call, tensor, dim));
  return joined(call, widened, dim);
}

// Hstack, vstack, dstack, column_stack.
Value stack_along(Call& call, Arg given_tensors) {
  const Tensors tensors = given_tensors.tensors();
  std::vector<Tensor*> shaped;
  int dim = static_cast<int>(call.op.code);
  for (Tensor* tensor : tensors) {
    const Sizes from = sizes_of(tensor);
    if (call.op.code == 1 && from.rank == 0) tensor = reshaped(call, tensor, {1});
    if (call.op.code == 0 && from.rank < 2) tensor = reshaped(call, tensor, {1, -1});
    if (call.op.code == 2 && from.rank < 3)
      tensor = from.rank == 2 ? reshaped(call, tensor, {from[0], from[1], 1}) : reshaped(call, tensor, {1, -1, 1});
    if (call.op.code == 3 && from.rank < 2) tensor = reshaped(call, tensor, {-1, 1});
    shaped.push_back(tensor);
  }
  if (call.op.code == 3) dim = 1;
  if (call.op.code == 1 && !shaped.empty() && shaped[0]->rank == 1) dim = 0;
  return joined(call, shaped, dim);
}

Value meshgrid(Call& call, Arg given_tensors, Arg given_indexing) {
  const Tensors tensors = given_tensors.tensors();
  const std::string_view indexing = given_indexing.text("ij");
  if (indexing != "ij" && indexing != "xy") {
    call.runtime_error("torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: " +
                       std::string(indexing));
  }
  const bool swap = indexing == "xy" && tensors.size() >= 2;
  Sizes sizes;
  for (Tensor* tensor : tensors) {
    if (tensor->rank > 1)
      call.runtime_error(
          "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: " + std::to_string(tensor->rank) + "D");
    if (device_of(call.in, tensor) != device_of(call.in, tensors[0]))
      call.runtime_error("meshgrid expects all tensors to have the same device");
    sizes.push(tensor->rank == 0 ? 1 : tensor->shape[0]);
  }
  if (swap) std::swap(sizes[0], sizes[1]);
  std::vector<Value> grids;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const int dim = static_cast<int>(swap && i < 2 ? 1 - i : i);
    Sizes own;
    for (int d = 0; d < sizes.rank; ++d) own.push(d == dim ? sizes[d] : 1);
    grids.push_back(Value::of(expanded(call, reshaped(call, tensors[i], own), sizes)));
  }
  return call.in.tuple(grids.data(), grids.size());
}

Value cartesian_product(Call& call, Arg given_tensors) {
  const Tensors tensors = given_tensors.tensors();
  if (tensors.size() == 1) return Value::of(tensors[0]);
  Sizes sizes;
  for (Tensor* tensor : tensors) {
    if (tensor->rank != 1) call.runtime_error("Expect a 1D vector, but got shape " + text_of(sizes_of(tensor)));
    sizes.push(tensor->shape[0]);
  }
  std::vector<Tensor*> columns;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Sizes own;
    for (int d = 0; d < sizes.rank; ++d) own.push(d == static_cast<int>(i) ? sizes[d] : 1);
    columns.push_back(reshaped(call, expanded(call, reshaped(call, tensors[i], own), sizes), {-1, 1}));
  }
  return joined(call, columns, 1);
}

Value block_diagonal(Call& call, Arg given_tensors) {
  Sizes sizes{0, 0};
  const Tensors tensors = given_tensors.tensors();
  for (Tensor* tensor : tensors) {
    if (tensor->rank > 2) call.runtime_error("torch.block_diag: Input tensors must have 2 or fewer dimensions.");
    const Sizes from = sizes_of(tensor);
    sizes[0] += from.rank == 2 ? from[0] : 1;
    sizes[1] += from.rank == 0 ? 1 : from[from.rank - 1];
  }
  Tensor* out = make_tensor(call.in, common_dtype(call.in, tensors), sizes,
                            tensors.empty() ? nullptr : device_of(call.in, tensors[0]));
  for (Tensor* tensor : tensors) {
    if (!known(tensor).known) return Value::of(out);
  }
  double* contents = make_contents(call.in, out);
  std::int64_t row = 0, column = 0;
  for (Tensor* tensor : tensors) {
    const Sizes from = sizes_of(tensor);
    const std::int64_t rows = from.rank == 2 ? from[0] : 1, columns = from.rank == 0 ? 1 : from[from.rank - 1];
    for (std::int64_t r = 0; contents != nullptr && r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c)
        contents[(row + r) * sizes[1] + column + c] = known(tensor)[r * columns + c];
    }
    row += rows;
    column += columns;
  }
  return Value::of(out);
}

constexpr SignatureText kJoin = "tensors, dim=, *, out=";

constexpr Op kJoinsOps[] = {
    op<kJoin, cat>("cat", kFunction),
    op<kJoin, cat>("concat", kFunction),
    op<kJoin, cat>("concatenate", kFunction),
    op<kJoin, stack>("stack", kFunction),
    op<"tensors, *, out=", stack_along>("vstack", kFunction, false, 0),
    op<"tensors, *, out=", stack_along>("row_stack", kFunction, false, 0),
    op<"tensors, *, out=", stack_along>("hstack", kFunction, false, 1),
    op<"tensors, *, out=", stack_along>("dstack", kFunction, false, 2),
    op<"tensors, *, out=", stack_along>("column_stack", kFunction, false, 3),
    op<"*tensors, indexing=", meshgrid>("meshgrid", kFunction),
    op<"*tensors", cartesian_product>("cartesian_prod", kFunction),
    op<"*tensors", block_diagonal>("block_diag", kFunction),
};

}  // namespace

void install_joins(Interpreter& in, Module* torch) { install_ops(in, torch, kJoinsOps); }

}  // namespace ckptlint::python::torch
