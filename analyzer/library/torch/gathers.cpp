// Elements by index tensors: index_select, gather, take, scatter, nonzero, one_hot, embedding.
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

// "input, dim, index, *, out="
Value index_select(Call& call) {
  Tensor* input = with_rank(call, call.tensor(0));
  Tensor* index = call.tensor(2);
  if (index->rank > 1) call.index_error("index_select(): Index is supposed to be a vector");
  return rows(call, input, call.dim(1, input->rank), with_rank(call, index));
}

// "input, dim, index, *, sparse_grad=, out=": out[i][j] = input[index[i][j]][j] for dim 0.
Value gather(Call& call) {
  Tensor* input = with_rank(call, call.tensor(0));
  Tensor* index = call.tensor(2);
  const int dim = call.dim(1, input->rank);
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

// "input, indices, dim=, *, out="
Value take_along(Call& call) {
  if (call.absent(2)) {
    Value arguments[kMaxArguments] = {Value::of(reshaped(call, call.tensor(0), {-1})), Value::of(0),
                                      Value::of(reshaped(call, call.tensor(1), {-1}))};
    Call flat{call.in, call.torch, call.op, arguments};
    return gather(flat);
  }
  Tensor* input = call.tensor(0);
  Tensor* index = call.tensor(1);
  const int dim = call.dim(2, input->rank);
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
  Value arguments[kMaxArguments] = {Value::of(expanded(call, input, of_input)), Value::of(dim),
                                    Value::of(expanded(call, index, of_index))};
  Call aligned{call.in, call.torch, call.op, arguments};
  return gather(aligned);
}

// "input, index, *, out=": of the flattened input.
Value take(Call& call) {
  Tensor* flat = reshaped(call, call.tensor(0), {-1});
  return rows(call, flat, 0, call.tensor(1));
}

// "input, dim, index, src, *, reduce=, value=, alpha=, out=": shapes only, unless everything is known.
Value scatter(Call& call) {
  Tensor* input = call.tensor(0);
  Tensor* out = make_clone(call.in, input);
  if (input->rank == 0) {
    write_unknown(call.in, out);
    return Value::of(out);
  }
  const int dim = call.dim(1, input->rank);
  Tensor* index = call.tensor(2);
  const bool adds = call.op.code == 1;
  const Value& source = call.a[3].missing() ? call.a[5] : call.a[3];
  bool readable = false;
  const std::vector<std::int64_t> places = places_of(call, index, input->shape[dim], readable);
  Known values;
  Sizes source_sizes = sizes_of(index);
  if (source.is_number()) values = {nullptr, source.as_double(), true};
  if (source.is(Kind::kTensor)) {
    values = known(source.as<Tensor>());
    source_sizes = sizes_of(source.as<Tensor>());
  }
  if (!readable || !values.known || !known(out).known || index->rank != input->rank ||
      source_sizes.rank != index->rank || !call.absent(4) || numel(input) > kMaxContents) {
    write_unknown(call.in, out);
    return Value::of(out);
  }
  for (int i = 0; i < index->rank; ++i) {
    if ((i != dim && index->shape[i] > input->shape[i]) || index->shape[i] > source_sizes[i]) {
      call.runtime_error("Expected index " + text_of(sizes_of(index)) + " to be no larger than self " +
                         text_of(sizes_of(input)) + " apart from dimension " + std::to_string(dim) +
                         " and to be no larger size than src " + text_of(source_sizes));
    }
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

// "input, dim, index, source, *, alpha=": index_add, index_copy, index_fill; shapes only.
Value index_write(Call& call) {
  Tensor* out = make_clone(call.in, call.tensor(0));
  write_unknown(call.in, out);
  return Value::of(out);
}

[[noreturn]] void no_meta(Call& call) {
  call.in.raise(
      call.in.exception("NotImplementedError"),
      "The register_meta function for torch.nonzero() raises unimplemented by default, as a correct data-independent "
      "implementation does not exist.");
}

// "input, *, as_tuple=, out="
Value nonzero(Call& call) {
  Tensor* input = call.tensor(0);
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
  if (!call.flag(1, false)) return Value::of(out);
  std::vector<Value> columns;
  columns.reserve(static_cast<std::size_t>(sizes.rank));
  for (int d = 0; d < sizes.rank; ++d) columns.push_back(Value::of(selected(call, out, 1, d)));
  return call.in.tuple(columns.data(), columns.size());
}

// "input, mask, *, out="
Value masked_select(Call& call) {
  Tensor* input = call.tensor(0);
  Tensor* mask = call.tensor(1);
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

// "input, num_classes="
Value one_hot(Call& call) {
  Tensor* input = call.tensor(0);
  if (input->dtype != Dtype::kInt64)
    call.runtime_error("one_hot is only applicable to index tensor of type LongTensor.");
  const Known elements = known(input);
  std::int64_t classes = call.integer(1, -1);
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

// "input, weight, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, sparse="
Value embedding(Call& call) { return rows(call, call.tensor(1), 0, call.tensor(0)); }

constexpr const char* kScatter = "input, dim, index, src=, *, reduce=, value=, out=";
constexpr const char* kIndexWrite = "input, dim, index, source, *, alpha=, include_self=";

constexpr Op kOps[] = {
    {"index_select", "input, dim, index, *, out=", index_select},
    {"gather", "input, dim, index, *, sparse_grad=, out=", gather},
    {"take_along_dim", "input, indices, dim=, *, out=", take_along},
    {"take", "input, index, *, out=", take},
    {"scatter", kScatter, scatter, kBoth, true, 0},
    {"scatter_add", kScatter, scatter, kBoth, true, 1},
    {"scatter_reduce", "input, dim, index, src=, reduce=, value=, *, include_self=, out=", scatter, kBoth, true, 2},
    {"index_add", kIndexWrite, index_write, kBoth, true},
    {"index_copy", kIndexWrite, index_write, kBoth, true},
    {"index_fill", "input, dim, index, value", index_write, kBoth, true},
    {"index_put", "input, indices, values, accumulate=", index_write, kBoth, true},
    {"masked_scatter", "input, mask, source", index_write, kBoth, true},
    {"nonzero", "input, *, as_tuple=, out=", nonzero},
    {"argwhere", "input", nonzero},
    {"masked_select", "input, mask, *, out=", masked_select},
};

constexpr Op kFunctional[] = {
    {"one_hot", "input, num_classes=", one_hot, kFunction},
    {"embedding", "input, weight, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, sparse=", embedding,
     kFunction},
};

}  // namespace

void install_gathers(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

void install_functional_gathers(Interpreter& in, Module* functional) { install_functions(in, functional, kFunctional); }

}  // namespace ckptlint::python::torch
