// Parts of a tensor that share its elements: narrow, select, split, chunk, unbind, diagonal, unfold.
#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/ops.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

Value narrow(Call& call, Tensor* input, Arg given_dim, Arg given_start, Arg given_length) {
  const int dim = given_dim.dim(input->rank);
  if (input->rank == 0) call.runtime_error("narrow() cannot be applied to a 0-dim tensor.");
  std::int64_t start = given_start.integer();
  const std::int64_t length = given_length.integer(), size = input->shape[dim];
  if (length < 0) call.runtime_error("narrow(): length must be non-negative.");
  if (start < -size || start > size) {
    call.index_error("start out of range (expected to be in range of [" + std::to_string(-size) + ", " +
                     std::to_string(size) + "], but got " + std::to_string(start) + ")");
  }
  if (start < 0) start += size;
  if (start > size - length) {
    call.runtime_error("start (" + std::to_string(start) + ") + length (" + std::to_string(length) +
                       ") exceeds dimension size (" + std::to_string(size) + ").");
  }
  return Value::of(narrowed(call, input, dim, start, length, 1));
}

Value select(Call& call, Tensor* input, Arg given_dim, Arg given_index) {
  if (input->rank == 0) call.index_error("select() cannot be applied to a 0-dim tensor.");
  const int dim = given_dim.dim(input->rank);
  const std::int64_t index = given_index.integer(), size = input->shape[dim];
  if (index < -size || index >= size) {
    call.index_error("select(): index " + std::to_string(index) + " out of range for tensor of size " +
                     text_of(sizes_of(input)) + " at dimension " + std::to_string(dim));
  }
  return Value::of(selected(call, input, dim, index < 0 ? index + size : index));
}

constexpr std::int64_t kMaxParts = 1 << 20;

Value parts_of(Call& call, Tensor* input, int dim, const std::vector<std::int64_t>& lengths) {
  std::vector<Value> parts;
  std::int64_t start = 0;
  for (std::int64_t length : lengths) {
    call.in.step();
    parts.push_back(Value::of(narrowed(call, input, dim, start, length, 1)));
    start += length;
  }
  return call.in.tuple(parts.data(), parts.size());
}

std::vector<std::int64_t> equal_parts(std::int64_t size, std::int64_t length) {
  std::vector<std::int64_t> lengths;
  if (size == 0) return {0};
  if (length > 0 && size / length > kMaxParts) give_up("a tensor in very many parts");
  for (std::int64_t at = 0; at < size; at += length) lengths.push_back(std::min(length, size - at));
  return lengths;
}

Value split(Call& call, Tensor* input, Arg split_size_or_sections, Arg given_dim) {
  const int dim = given_dim.dim(input->rank, 0);
  if (input->rank == 0) call.runtime_error("split expects at least a 1-dimensional tensor");
  const std::int64_t size = input->shape[dim];
  if (split_size_or_sections.is(Kind::kTuple) || split_size_or_sections.is(Kind::kList)) {
    const Sizes given = split_size_or_sections.sizes();
    std::int64_t sum = 0;
    std::vector<std::int64_t> lengths(given.begin(), given.end());
    for (std::int64_t length : lengths) sum += length;
    if (sum != size) {
      call.runtime_error("split_with_sizes expects split_sizes to sum exactly to " + std::to_string(size) +
                         " (input tensor's size at dimension " + std::to_string(dim) +
                         "), but got split_sizes=" + text_of(given));
    }
    return parts_of(call, input, dim, lengths);
  }
  const std::int64_t length = split_size_or_sections.integer();
  if (length < 0)
    call.runtime_error("split expects split_size be non-negative, but got split_size=" + std::to_string(length));
  if (length == 0 && size != 0) {
    call.runtime_error("split_size can only be 0 if dimension size is 0, but got dimension size of " +
                       std::to_string(size));
  }
  return parts_of(call, input, dim, equal_parts(size, length == 0 ? 1 : length));
}

Value chunk(Call& call, Tensor* input, Arg given_chunks, Arg given_dim) {
  if (input->rank == 0) call.runtime_error("chunk expects at least a 1-dimensional tensor");
  const int dim = given_dim.dim(input->rank, 0);
  const std::int64_t chunks = given_chunks.integer(), size = input->shape[dim];
  if (chunks <= 0) call.runtime_error("chunk expects `chunks` to be greater than 0, got: " + std::to_string(chunks));
  if (size == 0) {
    if (chunks > kMaxParts) give_up("a tensor in very many parts");
    return parts_of(call, input, dim, std::vector<std::int64_t>(static_cast<std::size_t>(chunks), 0));
  }
  return parts_of(call, input, dim, equal_parts(size, (size - 1) / chunks + 1));
}

Value split_along(Call& call, Tensor* input, const Arg& indices_or_sections, int dim) {
  const std::int64_t size = input->shape[dim];
  std::vector<std::int64_t> lengths;
  if (indices_or_sections.is(Kind::kTuple) || indices_or_sections.is(Kind::kList)) {
    std::int64_t from = 0;
    for (std::int64_t index : indices_or_sections.sizes()) {
      const std::int64_t to = std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size);
      lengths.push_back(std::max<std::int64_t>(to - from, 0));
      from = std::max(from, to);
    }
    lengths.push_back(size - from);
  } else {
    const std::int64_t sections = indices_or_sections.integer();
    if (sections <= 0) call.runtime_error("number of sections must be larger than 0, got " + std::to_string(sections));
    if (sections > kMaxParts) give_up("a tensor in very many parts");
    for (std::int64_t i = 0; i < sections; ++i) lengths.push_back(size / sections + (i < size % sections ? 1 : 0));
  }
  return parts_of(call, input, dim, lengths);
}

void refuse_scalar(Call& call, const Tensor* input) {
  if (input->rank == 0)
    call.runtime_error("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
}

Value tensor_split(Call& call, Tensor* input, Arg indices_or_sections, Arg given_dim) {
  refuse_scalar(call, input);
  return split_along(call, input, indices_or_sections, given_dim.dim(input->rank, 0));
}

// vsplit, hsplit, dsplit: along the dimension that is the op's code.
Value split_along_own(Call& call, Tensor* input, Arg indices_or_sections) {
  refuse_scalar(call, input);
  return split_along(call, input, indices_or_sections, call.wrap_dim(call.op.code, input->rank));
}

Value unbind(Call& call, Tensor* input, Arg given_dim) {
  const int dim = given_dim.dim(input->rank, 0);
  if (input->rank == 0) call.runtime_error("Dimension specified as 0 but tensor has no dimensions");
  if (input->shape[dim] > kMaxParts) give_up("a tensor in very many parts");
  std::vector<Value> parts;
  for (std::int64_t i = 0; i < input->shape[dim]; ++i) {
    call.in.step();
    parts.push_back(Value::of(selected(call, input, dim, i)));
  }
  return call.in.tuple(parts.data(), parts.size());
}

Value diagonal(Call& call, Tensor* input, Arg given_offset, Arg dim1, Arg dim2) {
  const std::int64_t offset = given_offset.bounded(0);
  const int a = dim1.dim(input->rank, 0), b = dim2.dim(input->rank, 1);
  if (a == b)
    call.runtime_error("diagonal dimensions cannot be identical " + std::to_string(a) + ", " + std::to_string(b));
  const Sizes from = sizes_of(input), from_strides = strides_of(input);
  const std::int64_t length = std::max<std::int64_t>(
      offset >= 0 ? std::min(from[a], from[b] - offset) : std::min(from[a] + offset, from[b]), 0);
  Sizes sizes, strides;
  for (int i = 0; i < from.rank; ++i) {
    if (i == a || i == b) continue;
    sizes.push(from[i]);
    strides.push(from_strides[i]);
  }
  sizes.push(length);
  strides.push(from_strides[a] + from_strides[b]);
  const std::int64_t shift = length == 0 ? 0 : offset >= 0 ? offset * from_strides[b] : -offset * from_strides[a];
  return Value::of(make_view(call.in, input, sizes, strides, offset_of(input) + shift));
}

// The dimension becomes windows, whose elements come last.
Value unfold(Call& call, Tensor* input, Arg dimension, Arg given_size, Arg given_step) {
  const int dim = dimension.dim(input->rank);
  const std::int64_t size = given_size.integer(), step = given_step.integer();
  const std::int64_t length = input->rank == 0 ? 1 : input->shape[dim];
  if (size < 0 || size > length) {
    call.runtime_error("maximum size for tensor at dimension " + std::to_string(dim) + " is " + std::to_string(length) +
                       " but size is " + std::to_string(size));
  }
  if (step <= 0) call.runtime_error("step is " + std::to_string(step) + " but must be > 0");
  Sizes sizes = sizes_of(input), strides = strides_of(input);
  const std::int64_t stride = input->rank == 0 ? 1 : strides[dim];
  if (input->rank != 0) {
    sizes[dim] = (length - size) / step + 1;
    strides[dim] *= step;
  }
  sizes.push(size);
  strides.push(stride);
  return Value::of(make_view(call.in, input, sizes, strides, offset_of(input)));
}

Value as_strided(Call& call, Tensor* input, Arg size, Arg stride, Arg storage_offset) {
  const Sizes sizes = size.sizes(), strides = stride.sizes();
  const std::int64_t offset = storage_offset.integer(offset_of(input));
  if (sizes.rank != strides.rank) call.runtime_error("mismatch in length of strides and shape");
  const Tensor* base = input->base != nullptr ? input->base : input;
  std::int64_t last = offset;
  for (int i = 0; i < sizes.rank; ++i) {
    if (strides[i] < 0 || sizes[i] < 0)
      call.runtime_error("as_strided: Negative strides are not supported at the moment, got strides: " +
                         text_of(strides));
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(std::max<std::int64_t>(sizes[i] - 1, 0), strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      last = -1;
      break;
    }
  }
  if (offset < 0 || last < 0 || (last >= numel(base) && numel(call.in, sizes) != 0)) {
    call.runtime_error("setStorage: sizes " + text_of(sizes) + ", strides " + text_of(strides) + ", storage offset " +
                       std::to_string(offset) + " are out of bounds for storage of size " +
                       std::to_string(numel(base) * item_size(input->dtype)));
  }
  return Value::of(make_view(call.in, input, sizes, strides, offset));
}

constexpr Op kPartsOps[] = {
    op<"input, dim, start, length", narrow>("narrow"),
    op<"input, dim, index", select>("select"),
    op<"tensor, split_size_or_sections, dim=", split>("split", kFunction),
    op<"input, split_size, dim=", split>("split", kMethod),
    op<"input, split_sizes, dim=", split>("split_with_sizes"),
    op<"input, chunks, dim=", chunk>("chunk"),
    op<"input, indices|sections|tensor_indices_or_sections, dim=", tensor_split>("tensor_split"),
    op<"input, indices|sections", split_along_own>("vsplit", kBoth, false, 0),
    op<"input, indices|sections", split_along_own>("hsplit", kBoth, false, 1),
    op<"input, indices|sections", split_along_own>("dsplit", kBoth, false, 2),
    op<"input, dim=", unbind>("unbind"),
    op<"input, offset=, dim1=, dim2=", diagonal>("diagonal"),
    op<"input, dimension, size, step", unfold>("unfold", kMethod),
    op<"input, size, stride, storage_offset=", as_strided>("as_strided"),
};

}  // namespace

void install_parts(Interpreter& in, Module* torch) { install_ops(in, torch, kPartsOps); }

}  // namespace ckptlint::python::torch
