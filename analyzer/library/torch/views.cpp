// Shapes over the same elements: view, permute, expand, split, narrow, ...
#include "library/torch/views.h"

#include <algorithm>
#include <optional>

#include "library/torch/install.h"
#include "library/torch/ops.h"

namespace ckptlint::python::torch {

// A view's strides where the elements allow one: each run of source dimensions that are contiguous with each other is
// cut anew.  Empty where a new dimension would span two such runs.
std::optional<Sizes> view_strides(const Sizes& sizes, const Sizes& strides, const Sizes& wanted) {
  std::int64_t count = 1;
  for (std::int64_t size : sizes) count *= size;
  if (count == 0) return contiguous_strides(wanted);
  Sizes out;
  out.rank = wanted.rank;
  int to = wanted.rank - 1;
  std::int64_t run = 1, covered = 1;
  std::int64_t step = sizes.rank == 0 ? 1 : strides[sizes.rank - 1];
  for (int from = sizes.rank - 1; from >= 0; --from) {
    run *= sizes[from];
    const bool last = from == 0;
    if (!last && (sizes[from - 1] == 1 || strides[from - 1] == run * step)) continue;
    while (to >= 0 && (covered < run || wanted[to] == 1)) {
      out[to] = covered * step;
      covered *= wanted[to];
      --to;
    }
    if (covered != run) return std::nullopt;
    if (!last) {
      step = strides[from - 1];
      run = covered = 1;
    }
  }
  for (; to >= 0; --to) out[to] = 1;  // what is left are ones
  return out;
}

Sizes infer_size(Call& call, const Sizes& wanted, std::int64_t count) {
  Sizes sizes = wanted;
  std::int64_t product = 1;
  int inferred = -1;
  for (int i = 0; i < sizes.rank; ++i) {
    if (sizes[i] == -1) {
      if (inferred >= 0) call.runtime_error("only one dimension can be inferred");
      inferred = i;
    } else if (sizes[i] < 0) {
      call.runtime_error("invalid shape dimension " + std::to_string(sizes[i]) + " at index " + std::to_string(i) +
                         " of shape " + text_of(wanted));
    } else if (__builtin_mul_overflow(product, sizes[i], &product)) {
      product = -1;
      break;
    }
  }
  const bool fits = inferred >= 0 ? product > 0 && count % product == 0 : product == count;
  if (inferred >= 0 && product == 0 && count == 0) {
    call.runtime_error("cannot reshape tensor of 0 elements into shape " + text_of(wanted) +
                       " because the unspecified dimension size -1 can be any value and is ambiguous");
  }
  if (!fits)
    call.runtime_error("shape '" + text_of(wanted) + "' is invalid for input of size " + std::to_string(count));
  if (inferred >= 0) sizes[inferred] = count / product;
  return sizes;
}

Tensor* reshaped(Call& call, Tensor* input, const Sizes& wanted) {
  const Sizes sizes = infer_size(call, wanted, numel(input));
  const auto strides = view_strides(sizes_of(input), strides_of(input), sizes);
  if (strides) return make_view(call.in, input, sizes, *strides, offset_of(input));
  Tensor* copy = make_clone(call.in, input);
  return make_view(call.in, copy, sizes, contiguous_strides(sizes), 0);
}

Tensor* narrowed(Call& call, Tensor* input, int dim, std::int64_t start, std::int64_t length, std::int64_t step) {
  Sizes sizes = sizes_of(input), strides = strides_of(input);
  const std::int64_t offset = offset_of(input) + start * strides[dim];
  sizes[dim] = length;
  strides[dim] *= step;
  return make_view(call.in, input, sizes, strides, offset);
}

Tensor* selected(Call& call, Tensor* input, int dim, std::int64_t index) {
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  Sizes sizes, strides;
  for (int i = 0; i < from.rank; ++i) {
    if (i == dim) continue;
    sizes.push(from[i]);
    strides.push(from_strides[i]);
  }
  return make_view(call.in, input, sizes, strides, offset_of(input) + index * from_strides[dim]);
}

Tensor* expanded(Call& call, Tensor* input, const Sizes& wanted) {
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  if (wanted.rank < from.rank) {
    call.runtime_error(
        "expand(torch." + std::string(scalar_name(input->dtype)) + "Tensor{" + text_of(from) +
        "}, size=" + text_of(wanted) + "): the number of sizes provided (" + std::to_string(wanted.rank) +
        ") must be greater or equal to the number of dimensions in the tensor (" + std::to_string(from.rank) + ")");
  }
  Sizes sizes = wanted, strides;
  const int lead = wanted.rank - from.rank;
  for (int i = 0; i < wanted.rank; ++i) {
    if (i < lead) {
      if (sizes[i] < 0) {
        call.runtime_error("The expanded size of the tensor (" + std::to_string(sizes[i]) +
                           ") isn't allowed in a leading, non-existing dimension " + std::to_string(i));
      }
      strides.push(0);
      continue;
    }
    const std::int64_t size = from[i - lead];
    if (sizes[i] == -1) sizes[i] = size;
    if (size != sizes[i] && size != 1) {
      call.runtime_error("The expanded size of the tensor (" + std::to_string(sizes[i]) +
                         ") must match the existing size (" + std::to_string(size) + ") at non-singleton dimension " +
                         std::to_string(i) + ".  Target sizes: " + text_of(wanted) +
                         ".  Tensor sizes: " + text_of(from));
    }
    strides.push(size == sizes[i] ? from_strides[i - lead] : 0);
  }
  return make_view(call.in, input, sizes, strides, offset_of(input));
}

Tensor* permuted(Call& call, Tensor* input, const Sizes& order) {
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  Sizes sizes, strides;
  for (std::int64_t dim : order) {
    sizes.push(from[static_cast<int>(dim)]);
    strides.push(from_strides[static_cast<int>(dim)]);
  }
  return make_view(call.in, input, sizes, strides, offset_of(input));
}

Tensor* unsqueezed(Call& call, Tensor* input, int dim) {
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  Sizes sizes, strides;
  for (int i = 0; i <= from.rank; ++i) {
    if (i == dim) {
      sizes.push(1);
      strides.push(i < from.rank ? from[i] * from_strides[i] : 1);
    }
    if (i < from.rank) {
      sizes.push(from[i]);
      strides.push(from_strides[i]);
    }
  }
  return make_view(call.in, input, sizes, strides, offset_of(input));
}

namespace {

// "input, *shape, dtype="; view(dtype) reinterprets the bytes.
Value view(Call& call) {
  Tensor* input = call.tensor(0);
  Value given = call.a[1];
  if (given.is(Kind::kTuple) && given.as<Tuple>()->count == 1) given = given.as<Tuple>()->items[0];
  if (given.is(Kind::kDtype)) call.a[2] = given;
  if (!call.absent(2)) {
    const Dtype dtype = call.dtype(2, input->dtype);
    if (dtype == input->dtype) return Value::of(make_alias(call.in, input, call.in.classes.tensor));
    Sizes sizes = sizes_of(input);
    const int from = item_size(input->dtype), to = item_size(dtype);
    if (from != to) {
      if (sizes.rank == 0) call.runtime_error("self.dim() cannot be 0 to view a tensor as a type of different size");
      const std::int64_t bytes = sizes[sizes.rank - 1] * from;
      if (bytes % to != 0)
        call.runtime_error("self.size(-1) must be divisible by " + std::to_string(to / from) +
                           " to view it as another type");
      sizes[sizes.rank - 1] = bytes / to;
    }
    return Value::of(make_tensor(call.in, dtype, sizes, device_of(call.in, input)));
  }
  const Sizes sizes = infer_size(call, call.sizes(1), numel(input));
  const auto strides = view_strides(sizes_of(input), strides_of(input), sizes);
  if (!strides) {
    call.runtime_error(
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
        "contiguous "
        "subspaces). Use .reshape(...) instead.");
  }
  return Value::of(make_view(call.in, input, sizes, *strides, offset_of(input)));
}

// "input, *shape"
Value reshape(Call& call) { return Value::of(reshaped(call, call.tensor(0), call.sizes(1))); }

// "input, other"
Value reshape_as(Call& call) { return Value::of(reshaped(call, call.tensor(0), sizes_of(call.tensor(1)))); }

// "input, start_dim=, end_dim="
Value flatten(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes from = sizes_of(input);
  if (from.rank == 0) return Value::of(reshaped(call, input, {1}));
  const int start = call.dim(1, from.rank, 0), end = call.dim(2, from.rank, -1);
  if (start > end) call.runtime_error("flatten() has invalid args: start_dim cannot come after end_dim");
  Sizes sizes;
  for (int i = 0; i < from.rank; ++i) {
    if (i > start && i <= end)
      sizes[sizes.rank - 1] *= from[i];
    else
      sizes.push(from[i]);
  }
  return Value::of(reshaped(call, input, sizes));
}

Value ravel(Call& call) { return Value::of(reshaped(call, call.tensor(0), {-1})); }

// "input, dim, sizes"
Value unflatten(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes from = sizes_of(input), parts = call.sizes(2);
  const int dim = call.dim(1, from.rank);
  if (parts.rank == 0) call.runtime_error("unflatten: sizes must be non-empty");
  std::int64_t known_product = 1;
  bool inferred = false;
  for (std::int64_t part : parts) {
    if (part == -1)
      inferred = true;
    else
      known_product *= part;
  }
  if (inferred ? known_product == 0 || from[dim] % known_product != 0 : known_product != from[dim]) {
    call.runtime_error("unflatten: Provided sizes " + text_of(parts) + " don't multiply up to the size of dim " +
                       std::to_string(dim) + " (" + std::to_string(from[dim]) + ") in the input tensor");
  }
  Sizes sizes;
  for (int i = 0; i < from.rank; ++i) {
    if (i != dim) {
      sizes.push(from[i]);
      continue;
    }
    for (std::int64_t part : parts) sizes.push(part == -1 ? from[dim] / known_product : part);
  }
  return Value::of(reshaped(call, input, sizes));
}

// "input, *dims"
Value permute(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes dims = call.sizes(1);
  if (dims.rank != input->rank) {
    call.runtime_error(
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
        "ordering of "
        "dimensions i.e. input.dim() = " +
        std::to_string(input->rank) + " is not equal to len(dims) = " + std::to_string(dims.rank));
  }
  Sizes order;
  bool seen[kMaxRank] = {};
  for (std::int64_t dim : dims) {
    const int at = call.wrap_dim(dim, input->rank);
    if (seen[at]) call.runtime_error("permute(): duplicate dims are not allowed.");
    seen[at] = true;
    order.push(at);
  }
  return Value::of(permuted(call, input, order));
}

Value exchanged(Call& call, Tensor* input, int a, int b) {
  if (input->rank == 0) return Value::of(make_alias(call.in, input, call.in.classes.tensor));
  Sizes order;
  for (int i = 0; i < input->rank; ++i) order.push(i == a ? b : i == b ? a : i);
  return Value::of(permuted(call, input, order));
}

// "input, dim0, dim1"
Value transpose(Call& call) {
  Tensor* input = call.tensor(0);
  return exchanged(call, input, call.dim(1, input->rank), call.dim(2, input->rank));
}

// "input": .t(), .T, .mT, .H, .mH
Value transposed(Call& call) {
  Tensor* input = call.tensor(0);
  if (call.op.code == 0 && input->rank > 2) {
    call.runtime_error("t() expects a tensor with <= 2 dimensions, but self is " + std::to_string(input->rank) + "D");
  }
  if (call.op.code == 1) {  // .T reverses all dimensions
    Sizes order;
    for (int i = input->rank - 1; i >= 0; --i) order.push(i);
    return Value::of(permuted(call, input, order));
  }
  if (input->rank < 2) {
    if (call.op.code == 2)
      call.runtime_error("tensor.mT is only supported on matrices or batches of matrices. Got " +
                         std::to_string(input->rank) + "-D tensor.");
    return Value::of(make_alias(call.in, input, call.in.classes.tensor));
  }
  return exchanged(call, input, input->rank - 2, input->rank - 1);
}

// "input, source, destination"
Value move_dims(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes source = call.sizes(1), destination = call.sizes(2);
  if (source.rank != destination.rank) {
    call.runtime_error("movedim: Invalid source or destination dims: source (" + text_of(source) +
                       " dims) should contain the same number of dims as destination (" + text_of(destination) +
                       " dims)");
  }
  int placed[kMaxRank];
  bool moved[kMaxRank] = {};
  for (int i = 0; i < input->rank; ++i) placed[i] = -1;
  for (int i = 0; i < source.rank; ++i) {
    const int from = call.wrap_dim(source[i], input->rank), to = call.wrap_dim(destination[i], input->rank);
    if (moved[from]) call.runtime_error("movedim: repeated dim in `source` (" + text_of(source) + ")");
    if (placed[to] >= 0) call.runtime_error("movedim: repeated dim in `destination` (" + text_of(destination) + ")");
    moved[from] = true;
    placed[to] = from;
  }
  Sizes order;
  int next = 0;
  for (int i = 0; i < input->rank; ++i) {
    if (placed[i] < 0) {
      while (moved[next]) ++next;
      placed[i] = next++;
    }
    order.push(placed[i]);
  }
  return Value::of(permuted(call, input, order));
}

// "input, *size, implicit="
Value expand(Call& call) { return Value::of(expanded(call, call.tensor(0), call.sizes(1))); }
Value expand_as(Call& call) { return Value::of(expanded(call, call.tensor(0), sizes_of(call.tensor(1)))); }

// "input, dim"
Value unsqueeze(Call& call) {
  Tensor* input = call.tensor(0);
  return Value::of(unsqueezed(call, input, call.dim(1, input->rank + 1)));
}

// "input, dim="
Value squeeze(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  bool chosen[kMaxRank] = {};
  if (call.absent(1)) {
    for (int i = 0; i < from.rank; ++i) chosen[i] = true;
  } else {
    for (std::int64_t dim : call.sizes(1)) chosen[call.wrap_dim(dim, from.rank)] = true;
  }
  Sizes sizes, strides;
  for (int i = 0; i < from.rank; ++i) {
    if (chosen[i] && from[i] == 1) continue;
    sizes.push(from[i]);
    strides.push(from_strides[i]);
  }
  return Value::of(make_view(call.in, input, sizes, strides, offset_of(input)));
}

Value alias(Call& call) { return Value::of(make_alias(call.in, call.tensor(0), call.in.classes.tensor)); }

// detach() and .data: no gradient.
Value detach(Call& call) {
  Tensor* made = make_alias(call.in, call.tensor(0), call.in.classes.tensor);
  made->requires_grad = false;
  return Value::of(made);
}

// x.unsqueeze_(...), x.t_(): the tensor itself takes the shape.
template <Run function>
Value in_place(Call& call) {
  Tensor* target = call.tensor(0);
  Tensor* shaped = function(call).as<Tensor>();
  release(call.in, target);
  adopt(target, shaped);
  ++target->writes;
  return call.a[0];
}

// "*tensors": at least code dimensions.
Value at_least(Call& call) {
  const auto widen = [&](Tensor* tensor) {
    const Sizes from = sizes_of(tensor);
    if (from.rank >= call.op.code) return tensor;
    Sizes sizes = from;
    if (call.op.code == 1) sizes = {1};
    if (call.op.code == 2) sizes = from.rank == 0 ? Sizes{1, 1} : Sizes{1, from[0]};
    if (call.op.code == 3)
      sizes = from.rank == 0 ? Sizes{1, 1, 1} : from.rank == 1 ? Sizes{1, from[0], 1} : Sizes{from[0], from[1], 1};
    return reshaped(call, tensor, sizes);
  };
  const Tuple* given = call.a[0].as<Tuple>();
  if (given->count == 1 && given->items[0].is(Kind::kTensor)) return Value::of(widen(given->items[0].as<Tensor>()));
  std::vector<Value> made;
  for (Tensor* tensor : call.tensors(0)) made.push_back(Value::of(widen(tensor)));
  return call.in.tuple(made.data(), made.size());
}

// "*tensors"
Value broadcast_tensors(Call& call) {
  Sizes sizes;
  const auto tensors = call.tensors(0);
  for (Tensor* tensor : tensors) sizes = broadcast(call.in, sizes, sizes_of(tensor));
  std::vector<Value> made;
  for (Tensor* tensor : tensors) made.push_back(Value::of(expanded(call, tensor, sizes)));
  return call.in.tuple(made.data(), made.size());
}

// "*shapes"
Value broadcast_shapes(Call& call) {
  Sizes sizes;
  for (const Value& shape : *call.a[0].as<Tuple>()) sizes = broadcast(call.in, sizes, call.sizes_in(shape, 0));
  return size_value(call.in, sizes);
}

constexpr Op kOps[] = {
    {"view", "input, *shape, dtype=", view, kMethod},
    {"reshape", "input, *shape", reshape},
    {"view_as", "input, other", reshape_as, kMethod},
    {"reshape_as", "input, other", reshape_as, kMethod},
    {"flatten", "input, start_dim=, end_dim=", flatten},
    {"ravel", "input", ravel},
    {"unflatten", "input, dim, sizes", unflatten},
    {"permute", "input, *dims", permute},
    {"transpose", "input, dim0, dim1", transpose},
    {"transpose_", "input, dim0, dim1", in_place<transpose>, kMethod},
    {"swapaxes", "input, axis0, axis1", transpose},
    {"swapdims", "input, dim0, dim1", transpose},
    {"t", "input", transposed},
    {"t_", "input", in_place<transposed>, kMethod},
    {"adjoint", "input", transposed, kBoth, false, 3},
    {"movedim", "input, source, destination", move_dims},
    {"moveaxis", "input, source, destination", move_dims},
    {"expand", "input, *size, implicit=", expand, kMethod},
    {"expand_as", "input, other", expand_as, kMethod},
    {"broadcast_to", "input, size", expand},
    {"unsqueeze", "input, dim", unsqueeze},
    {"unsqueeze_", "input, dim", in_place<unsqueeze>, kMethod},
    {"squeeze", "input, dim=", squeeze},
    {"squeeze_", "input, dim=", in_place<squeeze>, kMethod},
    {"alias", "input", alias, kMethod},
    {"detach", "input", detach},
    {"atleast_1d", "*tensors", at_least, kFunction, false, 1},
    {"atleast_2d", "*tensors", at_least, kFunction, false, 2},
    {"atleast_3d", "*tensors", at_least, kFunction, false, 3},
    {"broadcast_tensors", "*tensors", broadcast_tensors, kFunction},
    {"broadcast_shapes", "*shapes", broadcast_shapes, kFunction},
};

constexpr Op kTransposed[] = {
    {"T", "input", transposed, kMethod, false, 1},
    {"mT", "input", transposed, kMethod, false, 2},
    {"H", "input", transposed, kMethod, false, 3},
    {"mH", "input", transposed, kMethod, false, 2},
};

}  // namespace

Value transposed_attribute(Interpreter& in, Tensor* tensor, std::string_view name) {
  for (const Op& op : kTransposed) {
    if (op.name == name) return run_op(in, op, {Value::of(tensor)});
  }
  return {};
}

void install_views(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

}  // namespace ckptlint::python::torch
