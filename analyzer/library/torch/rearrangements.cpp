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

Value repeat(Call& call, Tensor* input, Arg repeats) { return repeated(call, input, repeats.sizes(), false); }
Value tile(Call& call, Tensor* input, Arg dims) { return repeated(call, input, dims.sizes(), true); }

Value repeat_interleave(Call& call, Tensor* input, Arg given_repeats, Arg given_dim, Arg) {
  if (given_repeats.value().missing()) give_up("torch.repeat_interleave of counts");
  if (given_dim.absent()) input = reshaped(call, input, {-1});
  const int dim = given_dim.dim(input->rank, 0);
  Sizes sizes = sizes_of(input);
  const Sizes strides = contiguous_strides(sizes);
  if (given_repeats.is_tensor() && given_repeats.tensor()->rank != 0) {
    Tensor* repeats = given_repeats.tensor();
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
  const std::int64_t count = given_repeats.integer();
  if (count < 0) call.runtime_error("Repeats must be non-negative");
  if (__builtin_mul_overflow(sizes[dim], count, &sizes[dim])) call.runtime_error("Storage size calculation overflowed");
  return remapped(call, input, sizes, [&](const std::int64_t* position) {
    std::int64_t at = 0;
    for (int i = 0; i < sizes.rank; ++i) at += (i == dim ? position[i] / count : position[i]) * strides[i];
    return at;
  });
}

Value roll(Call& call, Tensor* input, Arg given_shifts, Arg given_dims) {
  const Sizes shifts = given_shifts.sizes();
  const bool flat = given_dims.absent() || given_dims.sizes().rank == 0;
  const Sizes original = sizes_of(input);
  const Sizes sizes = flat ? Sizes{numel(input)} : original;
  const Sizes dims = flat ? Sizes{0} : given_dims.sizes();
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

Value flip(Call& call, Tensor* input, Arg dims) {
  bool reversed[kMaxRank] = {};
  for (std::int64_t dim : dims.sizes()) reversed[call.wrap_dim(dim, input->rank)] = true;
  return flipped(call, input, reversed);
}

// fliplr and flipud.
Value flip_one(Call& call, Tensor* input) {
  bool reversed[kMaxRank] = {};
  if (input->rank <= call.op.code) call.runtime_error("Input must be >= " + std::to_string(call.op.code + 1) + "-d.");
  reversed[call.op.code] = true;
  return flipped(call, input, reversed);
}

Value rot90(Call& call, Tensor* input, Arg k, Arg given_dims) {
  const std::int64_t turns = ((k.integer(1) % 4) + 4) % 4;
  const Sizes dims = given_dims.absent() ? Sizes{0, 1} : given_dims.sizes();
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

Value triangle(Call& call, Tensor* input, Arg given_diagonal) {
  if (input->rank < 2) call.runtime_error(std::string(call.op.name) + ": input tensor must have at least 2 dimensions");
  const std::int64_t diagonal = given_diagonal.bounded(0);
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

// A vector becomes a matrix, a matrix its diagonal.
Value diag(Call& call, Tensor* input, Arg diagonal) {
  const std::int64_t offset = diagonal.bounded(0);
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

// The last dimension laid out on a new pair of dimensions.
Value diag_embed(Call& call, Tensor* input, Arg given_offset, Arg dim1, Arg dim2) {
  const Sizes from = sizes_of(input);
  if (from.rank == 0 || !dim1.absent() || !dim2.absent()) give_up("torch.diag_embed with these arguments");
  const std::int64_t offset = given_offset.bounded(0);
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

Value clone(Call& call, Tensor* input) { return Value::of(make_clone(call.in, input)); }

Value contiguous(Call& call, Tensor* input) {
  return is_contiguous(input) ? Value::of(input) : Value::of(make_clone(call.in, input));
}

constexpr SignatureText kRepeats = "input, *repeats";

constexpr Op kRearrangementsOps[] = {
    op<kRepeats, repeat>("repeat", kMethod),
    op<"input, *dims", tile>("tile"),
    op<"input, repeats=, dim=, *, output_size=", repeat_interleave>("repeat_interleave"),
    op<"input, shifts, dims=", roll>("roll"),
    op<"input, *dims", flip>("flip"),
    op<"input", flip_one>("fliplr", kBoth, false, 1),
    op<"input", flip_one>("flipud", kBoth, false, 0),
    op<"input, k=, dims=", rot90>("rot90"),
    op<"input, diagonal=, *, out=", triangle>("tril", kBoth, true, 0),
    op<"input, diagonal=, *, out=", triangle>("triu", kBoth, true, 1),
    op<"input, diagonal=, *, out=", diag>("diag"),
    op<"input, offset=, dim1=, dim2=", diag_embed>("diag_embed"),
    op<"input", clone>("clone"),
    op<"input", contiguous>("contiguous", kMethod),
    op<"input", contiguous>("resolve_conj"),
    op<"input", contiguous>("resolve_neg"),
};

}  // namespace

void install_rearrangements(Interpreter& in, Module* torch) { install_ops(in, torch, kRearrangementsOps); }

}  // namespace ckptlint::python::torch
