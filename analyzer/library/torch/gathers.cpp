// Elements by index tensors: index_select, gather, take, scatter, nonzero, one_hot, embedding.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

// The index as positions below `size`; empty where not known.  Raises IndexError for what lies outside.
std::vector<std::int64_t> places_of(Call& call, const Tensor* index, std::int64_t size, bool& readable) {
  std::vector<std::int64_t> places;
  if (!is_integral(index->dtype))
    call.runtime_error(std::string(call.op.name) + "(): Expected dtype int32/int64 for index");
  const Known elements = known(index);
  const std::int64_t count = numel(index);
  readable = elements.known && count <= kMaxContents;
  for (std::int64_t i = 0; readable && i < count; ++i) {
    const auto place = static_cast<std::int64_t>(elements[i]);
    if (place < 0 || place >= size) {
      if (is_meta(call.in, index)) {
        readable = false;
        break;
      }
      call.index_error("index " + std::to_string(place) + " is out of bounds for dimension with size " +
                       std::to_string(size));
    }
    places.push_back(place);
  }
  return places;
}

Tensor* with_rank(Call& call, Tensor* tensor) { return tensor->rank == 0 ? reshaped(call, tensor, {1}) : tensor; }

// Rows of `input` along `dim`, in the shape of the index there.
Value rows(Call& call, Tensor* input, int dim, Tensor* index) {
  Sizes from = sizes_of(input), sizes;
  for (int i = 0; i < from.rank; ++i) {
    if (i != dim) {
      sizes.push(from[i]);
      continue;
    }
    for (std::int64_t size : sizes_of(index)) sizes.push(size);
  }
  Tensor* out = make_tensor(call.in, input->dtype, sizes, device_of(call.in, input));
  bool readable = false;
  const std::vector<std::int64_t> places = places_of(call, index, from[dim], readable);
  const Known elements = known(input);
  if (!readable || !elements.known) return Value::of(out);
  double* contents = make_contents(call.in, out);
  std::int64_t inner = 1, outer = 1;
  for (int i = 0; i < from.rank; ++i) (i < dim ? outer : inner) *= i == dim ? 1 : from[i];
  std::size_t at = 0;
  for (std::int64_t o = 0; contents != nullptr && o < outer; ++o) {
    for (std::int64_t place : places) {
      for (std::int64_t i = 0; i < inner; ++i) contents[at++] = elements[(o * from[dim] + place) * inner + i];
    }
  }
  return Value::of(out);
}

Value index_select(Call& call, Tensor* given_input, Arg dim, Arg given_index) {
  Tensor* input = with_rank(call, given_input);
  Tensor* index = given_index.tensor();
  if (index->rank > 1) call.index_error("index_select(): Index is supposed to be a vector");
  return rows(call, input, dim.dim(input->rank), with_rank(call, index));
}

// out[i][j] = input[index[i][j]][j] for dim 0.
Value gathered(Call& call, Tensor* input, int dim, Tensor* index) {
  const Sizes sizes = sizes_of(index), from = sizes_of(input);
  if (sizes.rank != from.rank && sizes.rank != 0) {
    call.runtime_error("Index tensor must have the same number of dimensions as input tensor");
  }
  for (int i = 0; i < sizes.rank; ++i) {
    if (i != dim && sizes[i] > from[i]) {
      call.runtime_error("Size does not match at dimension " + std::to_string(i) + " expected index " + text_of(sizes) +
                         " to be no larger than self " + text_of(from) + " apart from dimension " +
                         std::to_string(dim));
    }
  }
  Tensor* out = make_tensor(call.in, input->dtype, sizes, device_of(call.in, input));
  bool readable = false;
  const std::vector<std::int64_t> places = places_of(call, index, from[dim], readable);
  const Known elements = known(input);
  if (!readable || !elements.known || sizes.rank == 0) return Value::of(out);
  double* contents = make_contents(call.in, out);
  Sizes strides = contiguous_strides(from);
  const std::int64_t along = strides[dim];
  strides[dim] = 0;
  Odometer at(sizes);
  at.add(strides);
  for (std::size_t i = 0; contents != nullptr && i < places.size(); ++i, at.next())
    contents[i] = elements[at.offset(0) + places[i] * along];
  return Value::of(out);
}

Value gather(Call& call, Tensor* input, Arg dim, Tensor* index, Arg) {
  input = with_rank(call, input);
  return gathered(call, input, dim.dim(input->rank), index);
}

Value take_along(Call& call, Tensor* input, Tensor* index, Arg given_dim) {
  if (given_dim.absent()) return gathered(call, reshaped(call, input, {-1}), 0, reshaped(call, index, {-1}));
  const int dim = given_dim.dim(input->rank);
  if (index->rank != input->rank) {
    call.runtime_error("torch.take_along_dim(): input and indices should have the same number of dimensions, but got " +
                       std::to_string(input->rank) + " dimensions for input, and " + std::to_string(index->rank) +
                       " dimensions for indices");
  }
  Sizes wanted = broadcast(
      call.in,
      [&] {
        Sizes sizes = sizes_of(input);
        sizes[dim] = 1;
        return sizes;
      }(),
      [&] {
        Sizes sizes = sizes_of(index);
        sizes[dim] = 1;
        return sizes;
      }());
  Sizes of_input = wanted, of_index = wanted;
  of_input[dim] = input->shape[dim];
  of_index[dim] = index->shape[dim];
  Tensor* aligned = expanded(call, input, of_input);
  return gathered(call, with_rank(call, aligned), dim, expanded(call, index, of_index));
}

// Of the flattened input.
Value take(Call& call, Tensor* input, Tensor* index) {
  Tensor* flat = reshaped(call, input, {-1});
  return rows(call, flat, 0, index);
}

// Shapes only, unless everything is known.
// `plain`: nothing but the source is written, or added where `adds`.
void check_scattered(Call& call, Tensor* input, int dim, Tensor* index, const Sizes& source) {
  if (numel(index) == 0) return;
  if (index->rank != input->rank || index->rank != source.rank) {
    call.runtime_error(fmt::format("Index tensor must have the same number of dimensions as {} tensor",
                                   index->rank != input->rank ? "self" : "src"));
  }
  for (int i = 0; i < index->rank; ++i) {
    if ((i != dim && index->shape[i] > input->shape[i]) || index->shape[i] > source[i]) {
      call.runtime_error("Expected index " + text_of(sizes_of(index)) + " to be no larger than self " +
                         text_of(sizes_of(input)) + " apart from dimension " + std::to_string(dim) +
                         " and to be no larger size than src " + text_of(source));
    }
  }
}

Value scattered(Call& call, Tensor* input, const Arg& given_dim, const Arg& given_index, const Value& source, bool adds,
                bool plain) {
  Tensor* out = make_clone(call.in, input);
  if (input->rank == 0) {
    write_unknown(call.in, out);
    return Value::of(out);
  }
  const int dim = given_dim.dim(input->rank);
  Tensor* index = given_index.tensor();
  bool readable = false;
  const std::vector<std::int64_t> places = places_of(call, index, input->shape[dim], readable);
  Known values;
  Sizes source_sizes = sizes_of(index);
  if (source.is_number()) values = {nullptr, source.as_double(), true};
  if (source.is(Kind::kTensor)) {
    values = known(source.as<Tensor>());
    source_sizes = sizes_of(source.as<Tensor>());
  }
  if (plain) check_scattered(call, input, dim, index, source_sizes);
  if (!readable || !values.known || !known(out).known || index->rank != input->rank ||
      source_sizes.rank != index->rank || !plain || numel(input) > kMaxContents) {
    write_unknown(call.in, out);
    return Value::of(out);
  }
  Sizes strides = contiguous_strides(sizes_of(input));
  const std::int64_t along = strides[dim];
  strides[dim] = 0;
  Odometer at(sizes_of(index));
  at.add(strides);
  at.add(contiguous_strides(source_sizes));
  for (std::size_t i = 0; i < places.size(); ++i, at.next()) {
    const std::int64_t offset = at.offset(0) + places[i] * along;
    const double value = values[at.offset(1)] + (adds ? known(out)[offset] : 0);
    write_offsets(call.in, out, {&offset, 1}, {&value, 0, true});
  }
  return Value::of(out);
}

Value scatter(Call& call, Tensor* input, Arg dim, Arg index, Arg src, Arg reduce, Arg value) {
  return scattered(call, input, dim, index, src.value().missing() ? value.value() : src.value(), false,
                   reduce.absent());
}
Value scatter_add(Call& call, Tensor* input, Arg dim, Arg index, Arg src) {
  return scattered(call, input, dim, index, src.value(), true, true);
}
Value scatter_reduce(Call& call, Tensor* input, Arg dim, Arg index, Arg src, Rest) {
  return scattered(call, input, dim, index, src.value(), false, false);
}

// Index_add, index_copy, index_fill; shapes only.
Value index_write(Call& call, Tensor* input, Rest) {
  Tensor* out = make_clone(call.in, input);
  write_unknown(call.in, out);
  return Value::of(out);
}

[[noreturn]] void no_meta(Call& call) {
  call.in.raise(call.in.exception("NotImplementedError"),
                "The register_meta function for torch.nonzero() raises unimplemented by default, as a correct "
                "data-independent implementation does not exist.");
}

Tensor* places_of_nonzero(Call& call, Tensor* input) {
  if (is_meta(call.in, input)) no_meta(call);
  const Known elements = known(input);
  const std::int64_t count = numel(input);
  if (!elements.known || count > kMaxContents) give_up("the positions of nonzero elements");
  const Sizes sizes = sizes_of(input);
  std::vector<double> places;
  Odometer at(sizes);
  for (std::int64_t i = 0; i < count; ++i, at.next()) {
    if (elements[i] == 0) continue;
    for (int d = 0; d < sizes.rank; ++d) places.push_back(static_cast<double>(at.position()[d]));
  }
  std::int64_t found = sizes.rank == 0 ? (count != 0 && elements[0] != 0 ? 1 : 0)
                                       : static_cast<std::int64_t>(places.size()) / sizes.rank;
  Tensor* out = make_tensor(call.in, Dtype::kInt64, {found, sizes.rank}, device_of(call.in, input));
  if (double* contents = make_contents(call.in, out)) std::copy(places.begin(), places.end(), contents);
  return out;
}

Value argwhere(Call& call, Tensor* input) { return Value::of(places_of_nonzero(call, input)); }

Value nonzero(Call& call, Tensor* input, Arg as_tuple) {
  Tensor* out = places_of_nonzero(call, input);
  if (!as_tuple.flag(false)) return Value::of(out);
  std::vector<Value> columns;
  columns.reserve(static_cast<std::size_t>(input->rank));
  for (int d = 0; d < input->rank; ++d) columns.push_back(Value::of(selected(call, out, 1, d)));
  return call.in.tuple(columns.data(), columns.size());
}

Value masked_select(Call& call, Tensor* input, Tensor* mask) {
  if (is_meta(call.in, mask)) no_meta(call);
  const Sizes sizes = broadcast(call.in, sizes_of(input), sizes_of(mask));
  const Known chosen = known(mask), elements = known(input);
  const std::int64_t count = numel(call.in, sizes);
  if (!chosen.known || !elements.known || count > kMaxContents) give_up("the elements under a mask");
  std::vector<double> values;
  Odometer at(sizes);
  at.add(broadcast_strides(sizes_of(input), sizes));
  at.add(broadcast_strides(sizes_of(mask), sizes));
  for (std::int64_t i = 0; i < count; ++i, at.next()) {
    if (chosen[at.offset(1)] != 0) values.push_back(elements[at.offset(0)]);
  }
  Tensor* out =
      make_tensor(call.in, input->dtype, {static_cast<std::int64_t>(values.size())}, device_of(call.in, input));
  if (double* contents = make_contents(call.in, out)) std::copy(values.begin(), values.end(), contents);
  return Value::of(out);
}

Value one_hot(Call& call, Tensor* input, Arg num_classes) {
  if (input->dtype != Dtype::kInt64)
    call.runtime_error("one_hot is only applicable to index tensor of type LongTensor.");
  const Known elements = known(input);
  std::int64_t classes = num_classes.integer(-1);
  const std::int64_t count = numel(input);
  if (classes < 0) {
    if (!elements.known || count > kMaxContents || count == 0) give_up("a number of classes");
    for (std::int64_t i = 0; i < count; ++i) classes = std::max(classes, static_cast<std::int64_t>(elements[i]) + 1);
  }
  Sizes sizes = sizes_of(input);
  sizes.push(classes);
  Tensor* out = make_tensor(call.in, Dtype::kInt64, sizes, device_of(call.in, input));
  if (!elements.known) return Value::of(out);
  double* contents = make_contents(call.in, out);
  for (std::int64_t i = 0; contents != nullptr && i < count; ++i) {
    if (elements[i] < 0 || elements[i] >= static_cast<double>(classes))
      call.runtime_error("Class values must be smaller than num_classes.");
    contents[i * classes + static_cast<std::int64_t>(elements[i])] = 1;
  }
  return Value::of(out);
}

Value embedding(Call& call, Tensor* input, Tensor* weight, Rest) {
  if (weight->rank != 2) {
    if (is_meta(call.in, weight) || is_meta(call.in, input)) {
      call.in.raise(call.in.exception("AssertionError"), fmt::format("'weight' must be 2-D, got {}-D", weight->rank));
    }
    call.runtime_error("'weight' must be 2-D");
  }
  return rows(call, weight, 0, input);
}

constexpr SignatureText kScatter = "input, dim, index, src=, *, reduce=, value=, out=";

constexpr Op kGathersOps[] = {
    op<"input, dim, index, *, out=", index_select>("index_select"),
    op<"input, dim, index, *, sparse_grad=, out=", gather>("gather"),
    op<"input, indices, dim=, *, out=", take_along>("take_along_dim"),
    op<"input, index, *, out=", take>("take"),
    op<kScatter, scatter>("scatter", kBoth, true),
    op<"input, dim, index, src, *, out=", scatter_add>("scatter_add", kBoth, true),
    op<"input, dim, index, src, reduce, *, include_self=, out=", scatter_reduce>("scatter_reduce", kBoth, true),
    op<"input, dim, index, source, *, alpha=, out=", index_write>("index_add", kBoth, true),
    op<"input, dim, index, source, *, out=", index_write>("index_copy", kBoth, true),
    op<"input, dim, index, value", index_write>("index_fill", kBoth, true),
    op<"input, indices, values, accumulate=", index_write>("index_put", kBoth, true),
    op<"input, mask, source", index_write>("masked_scatter", kBoth, true),
    op<"input, *, as_tuple=, out=", nonzero>("nonzero"),
    op<"input", argwhere>("argwhere"),
    op<"input, mask, *, out=", masked_select>("masked_select"),
};

constexpr Op kFunctionalGathers[] = {
    op<"input, num_classes=", one_hot>("one_hot", kFunction),
    op<"input, weight, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, sparse=", embedding>("embedding",
                                                                                                      kFunction),
};

}  // namespace

void install_gathers(Interpreter& in, Module* torch) { install_ops(in, torch, kGathersOps); }

void install_functional_gathers(Interpreter& in, Module* functional) {
  install_functions(in, functional, kFunctionalGathers);
}

}  // namespace ckptlint::python::torch
