// The same elements elsewhere, as a copy: repeat, roll, flip, tril, cat, stack, meshgrid, ...
#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

// A tensor of `sizes` whose element at each position is the input's element number source(position), or 0 for -1.
template <typename Source>
Value remapped(Call& call, Tensor* input, const Sizes& sizes, Source source, bool fills = false) {
  Tensor* out = make_tensor(call.in, input->dtype, sizes, device_of(call.in, input));
  const Known elements = known(input);
  if (!elements.known) return Value::of(out);
  if (elements.uniform() && (!fills || elements.fill == 0)) {
    out->filled = true;
    out->fill = elements.fill;
    return Value::of(out);
  }
  if (double* contents = make_contents(call.in, out)) {
    Odometer at(sizes);
    const std::int64_t count = numel(out);
    for (std::int64_t i = 0; i < count; ++i, at.next()) {
      const std::int64_t from = source(at.position());
      contents[i] = from < 0 ? 0 : elements[from];
    }
  }
  return Value::of(out);
}

// "input, *repeats"
Value repeated(Call& call, Tensor* input, Sizes repeats, bool short_allowed) {
  Sizes from = sizes_of(input);
  if (repeats.rank < from.rank) {
    if (!short_allowed) {
      call.runtime_error("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
    }
    Sizes padded;
    for (int i = repeats.rank; i < from.rank; ++i) padded.push(1);
    for (std::int64_t repeat : repeats) padded.push(repeat);
    repeats = padded;
  }
  const int lead = repeats.rank - from.rank;
  Sizes sizes;
  for (int i = 0; i < repeats.rank; ++i) {
    const std::int64_t size = i < lead ? 1 : from[i - lead];
    std::int64_t product = 0;
    if (repeats[i] < 0)
      call.runtime_error("Trying to create tensor with negative dimension " + std::to_string(repeats[i]) + ": " +
                         text_of(repeats));
    if (__builtin_mul_overflow(size, repeats[i], &product))
      call.runtime_error("Storage size calculation overflowed with sizes=" + text_of(repeats));
    sizes.push(product);
  }
  const Sizes strides = contiguous_strides(from);
  return remapped(call, input, sizes, [&](const std::int64_t* position) {
    std::int64_t at = 0;
    for (int i = 0; i < from.rank; ++i) at += position[i + lead] % from[i] * strides[i];
    return at;
  });
}

Value repeat(Call& call) { return repeated(call, call.tensor(0), call.sizes(1), false); }
Value tile(Call& call) { return repeated(call, call.tensor(0), call.sizes(1), true); }

// "input, repeats, dim=, *, output_size="
Value repeat_interleave(Call& call) {
  Tensor* input = call.tensor(0);
  if (call.a[1].missing()) give_up("torch.repeat_interleave of counts");
  if (call.absent(2)) input = reshaped(call, input, {-1});
  const int dim = call.dim(2, input->rank, 0);
  Sizes sizes = sizes_of(input);
  const Sizes strides = contiguous_strides(sizes);
  if (call.is_tensor(1) && call.tensor(1)->rank != 0) {
    Tensor* repeats = call.tensor(1);
    if (!is_integral(repeats->dtype)) call.runtime_error("repeats has to be Long or Int tensor");
    const Known counts = known(repeats);
    if (!counts.known || numel(repeats) > kMaxContents || (numel(repeats) != sizes[dim] && numel(repeats) != 1))
      give_up("a tensor repeated by another");
    std::vector<std::int64_t> from;
    for (std::int64_t i = 0; i < sizes[dim]; ++i) {
      const double count = counts[numel(repeats) == 1 ? 0 : i];
      if (count < 0) call.runtime_error("repeats can not be negative");
      if (static_cast<double>(from.size()) + count > static_cast<double>(4 * kMaxContents))
        give_up("a tensor repeated very often");
      from.insert(from.end(), static_cast<std::size_t>(count), i);
    }
    sizes[dim] = static_cast<std::int64_t>(from.size());
    return remapped(call, input, sizes, [&](const std::int64_t* position) {
      std::int64_t at = 0;
      for (int i = 0; i < sizes.rank; ++i)
        at += (i == dim ? from[static_cast<std::size_t>(position[i])] : position[i]) * strides[i];
      return at;
    });
  }
  const std::int64_t count = call.integer(1);
  if (count < 0) call.runtime_error("Repeats must be non-negative");
  if (__builtin_mul_overflow(sizes[dim], count, &sizes[dim])) call.runtime_error("Storage size calculation overflowed");
  return remapped(call, input, sizes, [&](const std::int64_t* position) {
    std::int64_t at = 0;
    for (int i = 0; i < sizes.rank; ++i) at += (i == dim ? position[i] / count : position[i]) * strides[i];
    return at;
  });
}

// "input, shifts, dims="
Value roll(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes shifts = call.sizes(1);
  const bool flat = call.absent(2) || call.sizes(2).rank == 0;
  const Sizes original = sizes_of(input);
  const Sizes sizes = flat ? Sizes{numel(input)} : original;
  const Sizes dims = flat ? Sizes{0} : call.sizes(2);
  if (shifts.rank != dims.rank) {
    call.runtime_error("shifts and dimensions must align. shifts: " + std::to_string(shifts.rank) +
                       ", dims:" + std::to_string(dims.rank));
  }
  Sizes shift;
  for (int i = 0; i < sizes.rank; ++i) shift.push(0);
  for (int i = 0; i < dims.rank; ++i) {
    const int dim = call.wrap_dim(dims[i], sizes.rank);
    if (sizes[dim] != 0) shift[dim] = ((shift[dim] + shifts[i] % sizes[dim]) % sizes[dim] + sizes[dim]) % sizes[dim];
  }
  const Sizes strides = contiguous_strides(sizes);
  const Value rolled = remapped(call, input, sizes, [&](const std::int64_t* position) {
    std::int64_t at = 0;
    for (int i = 0; i < sizes.rank; ++i) at += (position[i] - shift[i] + sizes[i]) % sizes[i] * strides[i];
    return at;
  });
  return flat ? Value::of(reshaped(call, rolled.as<Tensor>(), original)) : rolled;
}

Value flipped(Call& call, Tensor* input, const bool* reversed) {
  const Sizes sizes = sizes_of(input), strides = contiguous_strides(sizes);
  return remapped(call, input, sizes, [&](const std::int64_t* position) {
    std::int64_t at = 0;
    for (int i = 0; i < sizes.rank; ++i) at += (reversed[i] ? sizes[i] - 1 - position[i] : position[i]) * strides[i];
    return at;
  });
}

// "input, *dims"
Value flip(Call& call) {
  Tensor* input = call.tensor(0);
  bool reversed[kMaxRank] = {};
  if (call.op.code >= 0) {
    if (input->rank <= call.op.code) call.runtime_error("Input must be >= " + std::to_string(call.op.code + 1) + "-d.");
    reversed[call.op.code] = true;
  } else {
    for (std::int64_t dim : call.sizes(1)) reversed[call.wrap_dim(dim, input->rank)] = true;
  }
  return flipped(call, input, reversed);
}

// "input, k=, dims="
Value rot90(Call& call) {
  Tensor* input = call.tensor(0);
  const std::int64_t turns = ((call.integer(1, 1) % 4) + 4) % 4;
  const Sizes dims = call.absent(2) ? Sizes{0, 1} : call.sizes(2);
  if (dims.rank != 2)
    call.runtime_error("expected total rotation dims == 2, but got dims = " + std::to_string(dims.rank));
  const int a = call.wrap_dim(dims[0], input->rank), b = call.wrap_dim(dims[1], input->rank);
  bool reversed[kMaxRank] = {};
  if (turns == 1 || turns == 2) reversed[b] = true;
  if (turns == 3 || turns == 2) reversed[a] = true;
  Tensor* turned = flipped(call, input, reversed).as<Tensor>();
  if (turns % 2 == 0) return Value::of(turned);
  Sizes order;
  for (int i = 0; i < input->rank; ++i) order.push(i == a ? b : i == b ? a : i);
  return Value::of(permuted(call, turned, order));
}

// "input, diagonal=, *, out="
Value triangle(Call& call) {
  Tensor* input = call.tensor(0);
  if (input->rank < 2) call.runtime_error(std::string(call.op.name) + ": input tensor must have at least 2 dimensions");
  const std::int64_t diagonal = call.bounded(1, 0);
  const bool lower = call.op.code == 0;
  const Sizes sizes = sizes_of(input), strides = contiguous_strides(sizes);
  return remapped(
      call, input, sizes,
      [&](const std::int64_t* position) {
        const std::int64_t column = position[sizes.rank - 1], row = position[sizes.rank - 2];
        if (lower ? column - row > diagonal : column - row < diagonal) return std::int64_t{-1};
        std::int64_t at = 0;
        for (int i = 0; i < sizes.rank; ++i) at += position[i] * strides[i];
        return at;
      },
      true);
}

// "input, diagonal=, *, out=": a vector becomes a matrix, a matrix its diagonal.
Value diag(Call& call) {
  Tensor* input = call.tensor(0);
  const std::int64_t offset = call.bounded(1, 0);
  const Sizes from = sizes_of(input);
  if (from.rank == 2) {
    const std::int64_t length = std::max<std::int64_t>(
        offset >= 0 ? std::min(from[0], from[1] - offset) : std::min(from[0] + offset, from[1]), 0);
    return remapped(call, input, {length}, [&](const std::int64_t* position) {
      return (position[0] + (offset < 0 ? -offset : 0)) * from[1] + position[0] + (offset > 0 ? offset : 0);
    });
  }
  if (from.rank != 1) call.runtime_error("diag(): Supports 1D or 2D tensors. Got " + std::to_string(from.rank) + "D");
  if (std::abs(offset) > kMaxContents) give_up("a large diagonal matrix");
  const std::int64_t size = from[0] + std::abs(offset);
  return remapped(
      call, input, {size, size},
      [&](const std::int64_t* position) {
        if (position[1] - position[0] != offset) return std::int64_t{-1};
        return std::min(position[0], position[1]);
      },
      true);
}

// "input, offset=, dim1=, dim2=": the last dimension laid out on a new pair of dimensions.
Value diag_embed(Call& call) {
  Tensor* input = call.tensor(0);
  const Sizes from = sizes_of(input);
  if (from.rank == 0 || !call.absent(2) || !call.absent(3)) give_up("torch.diag_embed with these arguments");
  const std::int64_t offset = call.bounded(1, 0);
  if (std::abs(offset) > kMaxContents) give_up("a large diagonal matrix");
  Sizes sizes = from;
  const std::int64_t size = from[from.rank - 1] + std::abs(offset);
  sizes[from.rank - 1] = size;
  sizes.push(size);
  const Sizes strides = contiguous_strides(from);
  return remapped(
      call, input, sizes,
      [&](const std::int64_t* position) {
        const std::int64_t row = position[from.rank - 1], column = position[from.rank];
        if (column - row != offset) return std::int64_t{-1};
        std::int64_t at = std::min(row, column);
        for (int i = 0; i + 1 < from.rank; ++i) at += position[i] * strides[i];
        return at;
      },
      true);
}

Value clone(Call& call) {
  Tensor* input = call.tensor(0);
  Tensor* made = make_clone(call.in, input);
  made->requires_grad = input->requires_grad;
  return Value::of(made);
}

Value contiguous(Call& call) {
  Tensor* input = call.tensor(0);
  return is_contiguous(input) ? call.a[0] : Value::of(make_clone(call.in, input));
}

constexpr const char* kRepeats = "input, *repeats";

constexpr Op kOps[] = {
    {"repeat", kRepeats, repeat, kMethod},
    {"tile", "input, *dims", tile},
    {"repeat_interleave", "input, repeats=, dim=, *, output_size=", repeat_interleave},
    {"roll", "input, shifts, dims=", roll},
    {"flip", "input, *dims", flip, kBoth, false, -1},
    {"fliplr", "input", flip, kBoth, false, 1},
    {"flipud", "input", flip, kBoth, false, 0},
    {"rot90", "input, k=, dims=", rot90},
    {"tril", "input, diagonal=, *, out=", triangle, kBoth, true, 0},
    {"triu", "input, diagonal=, *, out=", triangle, kBoth, true, 1},
    {"diag", "input, diagonal=, *, out=", diag},
    {"diag_embed", "input, offset=, dim1=, dim2=", diag_embed},
    {"clone", "input", clone},
    {"contiguous", "input", contiguous, kMethod},
    {"resolve_conj", "input", contiguous},
    {"resolve_neg", "input", contiguous},
};

}  // namespace

void install_rearrangements(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

}  // namespace ckptlint::python::torch
