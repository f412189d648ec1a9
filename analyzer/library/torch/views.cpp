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

// view(dtype) reinterprets the bytes.
Value view(Call& call, Tensor* input, Arg shape, Arg given_dtype) {
  Value given = shape.value();
  if (given.is(Kind::kTuple) && given.as<Tuple>()->count == 1) given = given.as<Tuple>()->items[0];
  if (given.is(Kind::kDtype) || !given_dtype.absent()) {
    const Dtype dtype = given_dtype.dtype_in(given.is(Kind::kDtype) ? given : given_dtype.value());
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
  const Sizes sizes = infer_size(call, shape.sizes(), numel(input));
  const auto strides = view_strides(sizes_of(input), strides_of(input), sizes);
  if (!strides) {
    call.runtime_error(
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
        "two contiguous subspaces). Use .reshape(...) instead.");
  }
  return Value::of(make_view(call.in, input, sizes, *strides, offset_of(input)));
}

Value reshape(Call& call, Tensor* input, Arg shape) { return Value::of(reshaped(call, input, shape.sizes())); }

Value reshape_as(Call& call, Tensor* input, Tensor* other) { return Value::of(reshaped(call, input, sizes_of(other))); }

Value flatten(Call& call, Tensor* input, Arg start_dim, Arg end_dim) {
  const Sizes from = sizes_of(input);
  if (from.rank == 0) return Value::of(reshaped(call, input, {1}));
  const int start = start_dim.dim(from.rank, 0), end = end_dim.dim(from.rank, -1);
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

Value ravel(Call& call, Tensor* input) { return Value::of(reshaped(call, input, {-1})); }

Value unflatten(Call& call, Tensor* input, Arg given_dim, Arg given_sizes) {
  const Sizes from = sizes_of(input), parts = given_sizes.sizes();
  const int dim = given_dim.dim(from.rank);
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

Value permute(Call& call, Tensor* input, Arg given_dims) {
  const Sizes dims = given_dims.sizes();
  if (dims.rank != input->rank) {
    call.runtime_error(
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
        "desired ordering of dimensions i.e. input.dim() = " +
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

Value transpose(Call& call, Tensor* input, Arg dim0, Arg dim1) {
  return exchanged(call, input, dim0.dim(input->rank), dim1.dim(input->rank));
}

// .t(), .T, .mT, .H, .mH
Value transposed(Call& call, Tensor* input) {
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

Value move_dims(Call& call, Tensor* input, Arg given_source, Arg given_destination) {
  const Sizes source = given_source.sizes(), destination = given_destination.sizes();
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

Value expand(Call& call, Tensor* input, Arg size, Rest) { return Value::of(expanded(call, input, size.sizes())); }
Value expand_as(Call& call, Tensor* input, Tensor* other) { return Value::of(expanded(call, input, sizes_of(other))); }

Value unsqueeze(Call& call, Tensor* input, Arg dim) {
  return Value::of(unsqueezed(call, input, dim.dim(input->rank + 1)));
}

Value squeeze(Call& call, Tensor* input, Arg given_dim) {
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  bool chosen[kMaxRank] = {};
  if (given_dim.absent()) {
    for (int i = 0; i < from.rank; ++i) chosen[i] = true;
  } else {
    for (std::int64_t dim : given_dim.sizes()) chosen[call.wrap_dim(dim, from.rank)] = true;
  }
  Sizes sizes, strides;
  for (int i = 0; i < from.rank; ++i) {
    if (chosen[i] && from[i] == 1) continue;
    sizes.push(from[i]);
    strides.push(from_strides[i]);
  }
  return Value::of(make_view(call.in, input, sizes, strides, offset_of(input)));
}

Value alias(Call& call, Tensor* input) { return Value::of(make_alias(call.in, input, call.in.classes.tensor)); }

// detach() and .data: no gradient.
Value detach(Call& call, Tensor* input) {
  Tensor* made = make_alias(call.in, input, call.in.classes.tensor);
  made->requires_grad = made->computed = false;
  return Value::of(made);
}

// x.unsqueeze_(...), x.t_(): the tensor itself takes the shape.
template <auto kBody>
struct InPlace;
template <class... Others, Value (*kBody)(Call&, Tensor*, Others...)>
struct InPlace<kBody> {
  static Value run(Call& call, Tensor* target, Others... others) {
    Tensor* shaped = kBody(call, target, others...).template as<Tensor>();
    release(call.in, target);
    adopt(target, shaped);
    ++target->writes;
    return Value::of(target);
  }
};

// At least code dimensions.
Value at_least(Call& call, Arg tensors) {
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
  if (tensors.absent()) return call.in.tuple({});
  const Tuple* given = tensors.value().as<Tuple>();
  if (given->count == 1 && given->items[0].is(Kind::kTensor)) return Value::of(widen(given->items[0].as<Tensor>()));
  std::vector<Value> made;
  for (Tensor* tensor : tensors.tensors()) made.push_back(Value::of(widen(tensor)));
  return call.in.tuple(made.data(), made.size());
}

Value broadcast_tensors(Call& call, Arg given_tensors) {
  Sizes sizes;
  const auto tensors = given_tensors.tensors();
  for (Tensor* tensor : tensors) sizes = broadcast(call.in, sizes, sizes_of(tensor));
  std::vector<Value> made;
  for (Tensor* tensor : tensors) made.push_back(Value::of(expanded(call, tensor, sizes)));
  return call.in.tuple(made.data(), made.size());
}

Value broadcast_shapes(Call& call, Arg shapes) {
  Sizes sizes;
  if (shapes.absent()) return size_value(call.in, sizes);
  for (const Value& shape : *shapes.value().as<Tuple>()) sizes = broadcast(call.in, sizes, shapes.sizes_in(shape));
  return size_value(call.in, sizes);
}

constexpr Op kViewsOps[] = {
    op<"input, *size, dtype=", view>("view", kMethod),
    op<"input, *shape", reshape>("reshape"),
    op<"input, other", reshape_as>("view_as", kMethod),
    op<"input, other", reshape_as>("reshape_as", kMethod),
    op<"input, start_dim=, end_dim=", flatten>("flatten"),
    op<"input", ravel>("ravel"),
    op<"input, dim, sizes", unflatten>("unflatten"),
    op<"input, *dims", permute>("permute"),
    op<"input, dim0, dim1", transpose>("transpose"),
    op<"input, dim0, dim1", InPlace<transpose>::run>("transpose_", kMethod),
    op<"input, axis0, axis1", transpose>("swapaxes"),
    op<"input, dim0, dim1", transpose>("swapdims"),
    op<"input", transposed>("t"),
    op<"input", InPlace<transposed>::run>("t_", kMethod),
    op<"input", transposed>("adjoint", kBoth, false, 3),
    op<"input, source, destination", move_dims>("movedim"),
    op<"input, source, destination", move_dims>("moveaxis"),
    op<"input, *size, implicit=", expand>("expand", kMethod),
    op<"input, other", expand_as>("expand_as", kMethod),
    op<"input, size", expand>("broadcast_to", kFunction),
    op<"input, *size", expand>("broadcast_to", kMethod),
    op<"input, dim", unsqueeze>("unsqueeze"),
    op<"input, dim", InPlace<unsqueeze>::run>("unsqueeze_", kMethod),
    op<"input, dim=", squeeze>("squeeze"),
    op<"input, dim=", InPlace<squeeze>::run>("squeeze_", kMethod),
    op<"input", alias>("alias", kMethod),
    op<"input", detach>("detach"),
    op<"*tensors", at_least>("atleast_1d", kFunction, false, 1),
    op<"*tensors", at_least>("atleast_2d", kFunction, false, 2),
    op<"*tensors", at_least>("atleast_3d", kFunction, false, 3),
    op<"*tensors", broadcast_tensors>("broadcast_tensors", kFunction),
    op<"*shapes", broadcast_shapes>("broadcast_shapes", kFunction),
};

constexpr Op kTransposed[] = {
    op<"input", transposed>("T", kMethod, false, 1),
    op<"input", transposed>("mT", kMethod, false, 2),
    op<"input", transposed>("H", kMethod, false, 3),
    op<"input", transposed>("mH", kMethod, false, 2),
};

}  // namespace

Value transposed_attribute(Interpreter& in, Tensor* tensor, std::string_view name) {
  for (const Op& op : kTransposed) {
    if (op.name == name) return run_op(in, op, {Value::of(tensor)});
  }
  return {};
}

void install_views(Interpreter& in, Module* torch) { install_ops(in, torch, kViewsOps); }

}  // namespace ckptlint::python::torch
