// Along one dimension: cumulative sums, sorting, softmax, differences.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"

namespace ckptlint::python::torch {
namespace {

// The elements of a tensor seen as outer x length x inner, around one dimension.
struct Lines {
  std::int64_t outer = 1, length = 1, inner = 1;
  Lines(const Sizes& sizes, int dim) {
    for (int i = 0; i < sizes.rank; ++i) (i < dim ? outer : i == dim ? length : inner) *= sizes[i];
  }
  std::int64_t at(std::int64_t o, std::int64_t k, std::int64_t i) const { return (o * length + k) * inner + i; }
};

bool readable(Call& call, const Tensor* tensor) {
  const std::int64_t count = numel(tensor);
  if (!known(tensor).known || count > kMaxContents) return false;
  call.in.step(static_cast<std::uint64_t>(count) / 8 + 1);
  return true;
}

enum Cumulative : std::int64_t { kCumsum, kCumprod, kLogcumsumexp, kCummax, kCummin };

Value cumulative(Call& call, Tensor* input, Arg given_dim, Arg given_dtype) {
  const int dim = given_dim.dim(input->rank);
  const Dtype dtype =
      given_dtype.dtype(is_floating(input->dtype) || is_complex(input->dtype) ? input->dtype : Dtype::kInt64);
  Tensor* out = make_tensor(call.in, dtype, sizes_of(input), device_of(call.in, input));
  if (!readable(call, input)) return Value::of(out);
  const Lines lines(sizes_of(input), dim);
  const Known elements = known(input);
  double* contents = make_contents(call.in, out);
  for (std::int64_t o = 0; o < lines.outer; ++o) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      double sum = call.op.code == kCumsum ? 0 : 1;
      for (std::int64_t k = 0; k < lines.length; ++k) {
        const double x = elements[lines.at(o, k, i)];
        sum = call.op.code == kCumsum ? sum + x : sum * x;
        contents[lines.at(o, k, i)] = sum;
      }
    }
  }
  settle(out);
  return Value::of(out);
}

// Shapes only.
Value log_cumulative(Call& call, Tensor* input, Arg given_dim) {
  given_dim.dim(input->rank);
  const Dtype dtype = is_floating(input->dtype) || is_complex(input->dtype) ? input->dtype : Dtype::kInt64;
  return Value::of(make_tensor(call.in, dtype, sizes_of(input), device_of(call.in, input)));
}

Value cumulative_extreme(Call& call, Tensor* input, Arg given_dim) {
  const int dim = given_dim.dim(input->rank);
  Tensor* values = make_tensor(call.in, input->dtype, sizes_of(input), device_of(call.in, input));
  Tensor* places = make_tensor(call.in, Dtype::kInt64, sizes_of(input), device_of(call.in, input));
  if (readable(call, input)) {
    const Lines lines(sizes_of(input), dim);
    const Known elements = known(input);
    double* best = make_contents(call.in, values);
    double* where = make_contents(call.in, places);
    for (std::int64_t o = 0; o < lines.outer; ++o) {
      for (std::int64_t i = 0; i < lines.inner; ++i) {
        std::int64_t at = 0;
        for (std::int64_t k = 0; k < lines.length; ++k) {
          const double x = elements[lines.at(o, k, i)], held = elements[lines.at(o, at, i)];
          if (call.op.code == kCummax ? x >= held : x <= held) at = k;
          best[lines.at(o, k, i)] = elements[lines.at(o, at, i)];
          where[lines.at(o, k, i)] = static_cast<double>(at);
        }
      }
    }
  }
  return named_pair(call.in, "values", Value::of(values), "indices", Value::of(places));
}

// Sorted order of one line, stable; NaN is the largest.
void order_line(std::vector<std::int64_t>& order, const Known& elements, const Lines& lines, std::int64_t o,
                std::int64_t i, bool descending) {
  for (std::int64_t k = 0; k < lines.length; ++k) order[static_cast<std::size_t>(k)] = k;
  const auto less = [](double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; };
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    const double x = elements[lines.at(o, a, i)], y = elements[lines.at(o, b, i)];
    return descending ? less(y, x) : less(x, y);
  });
}

struct Sorted {
  Tensor* values;
  Tensor* places;
};

// The first `count` of each line in order; elsewhere unknown.
Sorted sorted(Call& call, Tensor* input, int dim, bool descending, std::int64_t count) {
  Sizes sizes = sizes_of(input);
  const Lines lines(sizes, dim);
  call.note_reduction(lines.length);
  if (sizes.rank != 0) sizes[dim] = count;
  Sorted out{make_tensor(call.in, input->dtype, sizes, device_of(call.in, input)),
             make_tensor(call.in, Dtype::kInt64, sizes, device_of(call.in, input))};
  if (!readable(call, input)) return out;
  const Known elements = known(input);
  double* values = make_contents(call.in, out.values);
  double* places = make_contents(call.in, out.places);
  std::vector<std::int64_t> order(static_cast<std::size_t>(lines.length));
  const Lines results(sizes, dim);
  for (std::int64_t o = 0; o < lines.outer; ++o) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      order_line(order, elements, lines, o, i, descending);
      for (std::int64_t k = 0; k < count; ++k) {
        const std::int64_t from = order[static_cast<std::size_t>(k)];
        values[results.at(o, k, i)] = elements[lines.at(o, from, i)];
        places[results.at(o, k, i)] = static_cast<double>(from);
      }
    }
  }
  return out;
}

std::int64_t length_of(const Tensor* tensor, int dim) { return tensor->rank == 0 ? 1 : tensor->shape[dim]; }

Value sort(Call& call, Tensor* input, Arg given_dim, Arg descending, Arg) {
  const int dim = given_dim.dim(input->rank, -1);
  const Sorted out = sorted(call, input, dim, descending.flag(false), length_of(input, dim));
  if (call.op.code == 1) return Value::of(out.places);
  return named_pair(call.in, "values", Value::of(out.values), "indices", Value::of(out.places));
}

Value msort(Call& call, Tensor* input) {
  const int dim = call.wrap_dim(0, input->rank);
  return Value::of(sorted(call, input, dim, false, length_of(input, dim)).values);
}

Value top(Call& call, Tensor* input, Arg given_k, Arg given_dim, Arg largest, Arg) {
  const int dim = given_dim.dim(input->rank, -1);
  const std::int64_t k = given_k.integer();
  if (k < 0 || k > length_of(input, dim)) call.runtime_error("selected index k out of range");
  const Sorted out = sorted(call, input, dim, largest.flag(true), k);
  return named_pair(call.in, "values", Value::of(out.values), "indices", Value::of(out.places));
}

Value kth(Call& call, Tensor* input, Arg, Arg given_dim, Arg keepdim) {
  const int dim = given_dim.dim(input->rank, -1);
  Sizes sizes = sizes_of(input), out;
  call.note_reduction(length_of(input, dim));
  for (int i = 0; i < sizes.rank; ++i) {
    if (i != dim) out.push(sizes[i]);
    if (i == dim && keepdim.flag(false)) out.push(1);
  }
  Device* device = device_of(call.in, input);
  return named_pair(call.in, "values", Value::of(make_tensor(call.in, input->dtype, out, device)), "indices",
                    Value::of(make_tensor(call.in, Dtype::kInt64, out, device)));
}

Value softmax(Call& call, Tensor* input, Arg given_dim, Arg stacklevel, Arg given_dtype) {
  const Dtype dtype = given_dtype.dtype(stacklevel.is(Kind::kDtype) ? stacklevel.dtype(input->dtype) : input->dtype);
  const int dim = given_dim.dim(input->rank, input->rank == 0 || input->rank == 1 || input->rank == 3 ? 0 : 1);
  call.note_reduction(length_of(input, dim));
  Tensor* out = make_tensor(call.in, dtype, sizes_of(input), device_of(call.in, input));
  if (!readable(call, input) || is_complex(dtype)) return Value::of(out);
  const Lines lines(sizes_of(input), dim);
  const Known elements = known(input);
  double* contents = make_contents(call.in, out);
  for (std::int64_t o = 0; o < lines.outer; ++o) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      double largest = -std::numeric_limits<double>::infinity(), sum = 0;
      for (std::int64_t k = 0; k < lines.length; ++k) largest = std::fmax(largest, elements[lines.at(o, k, i)]);
      for (std::int64_t k = 0; k < lines.length; ++k) sum += std::exp(elements[lines.at(o, k, i)] - largest);
      for (std::int64_t k = 0; k < lines.length; ++k) {
        const double x = elements[lines.at(o, k, i)] - largest;
        contents[lines.at(o, k, i)] = call.op.code == 0 ? std::exp(x) / sum : x - std::log(sum);
      }
    }
  }
  settle(out);
  return Value::of(out);
}

Value differences(Call& call, Tensor* input, Arg n, Arg given_dim, Arg prepend, Arg append) {
  if (n.integer(1) != 1 || !prepend.absent() || !append.absent()) give_up("torch.diff with these arguments");
  const int dim = given_dim.dim(input->rank, -1);
  if (input->rank == 0) call.runtime_error("diff expects input to be at least one-dimensional");
  Sizes sizes = sizes_of(input);
  const Lines lines(sizes, dim);
  sizes[dim] = std::max<std::int64_t>(sizes[dim] - 1, 0);
  Tensor* out = make_tensor(call.in, input->dtype, sizes, device_of(call.in, input));
  if (!readable(call, input)) return Value::of(out);
  const Known elements = known(input);
  const Lines results(sizes, dim);
  double* contents = make_contents(call.in, out);
  for (std::int64_t o = 0; o < results.outer; ++o) {
    for (std::int64_t k = 0; k < results.length; ++k) {
      for (std::int64_t i = 0; i < results.inner; ++i) {
        contents[results.at(o, k, i)] = elements[lines.at(o, k + 1, i)] - elements[lines.at(o, k, i)];
      }
    }
  }
  settle(out);
  return Value::of(out);
}

Value places_in(Call& call, Tensor* sequence, const Arg& input, const Arg& out_int32, bool right) {
  const Operand values = operand(input);
  Tensor* out = make_tensor(call.in, out_int32.flag(false) ? Dtype::kInt32 : Dtype::kInt64, values.sizes,
                            device_of(call.in, sequence));
  const Known boundaries = known(sequence);
  if (sequence->rank != 1 || !boundaries.known || !values.elements.known || numel(sequence) > kMaxContents)
    return Value::of(out);
  if (double* contents = make_contents(call.in, out)) {
    const std::int64_t count = numel(out), size = numel(sequence);
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t low = 0, high = size;
      while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        const bool before = right ? boundaries[middle] <= values.elements[i] : boundaries[middle] < values.elements[i];
        (before ? low : high) = before ? middle + 1 : middle;
      }
      contents[i] = static_cast<double>(low);
    }
  }
  return Value::of(out);
}

Value search(Call& call, Tensor* sequence, Arg input, Arg out_int32, Arg right, Arg side, Arg sorter) {
  if (!sorter.absent()) give_up("torch.searchsorted with a sorter");
  return places_in(call, sequence, input, out_int32, right.flag(false) || side.text("left") == "right");
}

Value bucketize(Call& call, Arg input, Tensor* boundaries, Arg out_int32, Arg right) {
  return places_in(call, boundaries, input, out_int32, right.flag(false));
}

Value unique(Call& call, Tensor* input, Arg, Arg return_inverse, Arg return_counts, Arg dim) {
  if (is_meta(call.in, input)) {
    call.in.raise(call.in.exception("NotImplementedError"),
                  "aten::_unique2: attempted to run this operator with Meta tensors, "
                  "but there was no fake impl or Meta kernel registered.");
  }
  if (!readable(call, input) || !dim.absent()) give_up("the distinct elements of a tensor");
  const Known elements = known(input);
  std::vector<double> values;
  for (std::int64_t i = 0; i < numel(input); ++i) values.push_back(elements[i]);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const auto size = static_cast<std::int64_t>(values.size());
  Device* device = device_of(call.in, input);
  Tensor* out = make_tensor(call.in, input->dtype, {size}, device);
  Tensor* inverse = make_tensor(call.in, Dtype::kInt64, sizes_of(input), device);
  Tensor* counts = make_tensor(call.in, Dtype::kInt64, {size}, device);
  std::copy(values.begin(), values.end(), make_contents(call.in, out));
  double* places = make_contents(call.in, inverse);
  double* tally = make_contents(call.in, counts);
  for (std::int64_t i = 0; i < numel(input); ++i) {
    const auto at = std::lower_bound(values.begin(), values.end(), elements[i]) - values.begin();
    places[i] = static_cast<double>(at);
    tally[at] += 1;
  }
  const bool with_inverse = return_inverse.flag(false), with_counts = return_counts.flag(false);
  if (with_inverse && with_counts) return call.in.tuple({Value::of(out), Value::of(inverse), Value::of(counts)});
  if (with_inverse) return call.in.tuple({Value::of(out), Value::of(inverse)});
  if (with_counts) return call.in.tuple({Value::of(out), Value::of(counts)});
  return Value::of(out);
}

Value bincount(Call& call, Tensor* input, Arg weights, Arg minlength) {
  if (!is_integral(input->dtype)) call.runtime_error("bincount only supports 1-d non-negative integral inputs.");
  if (!readable(call, input) || !weights.absent()) give_up("the counts of values");
  const Known elements = known(input);
  std::int64_t size = minlength.integer(0);
  for (std::int64_t i = 0; i < numel(input); ++i) {
    if (elements[i] < 0) call.runtime_error("bincount only supports 1-d non-negative integral inputs.");
    size = std::max(size, static_cast<std::int64_t>(elements[i]) + 1);
  }
  Tensor* out = make_tensor(call.in, Dtype::kInt64, {size}, device_of(call.in, input));
  double* contents = make_contents(call.in, out);
  for (std::int64_t i = 0; contents != nullptr && i < numel(input); ++i)
    contents[static_cast<std::int64_t>(elements[i])] += 1;
  return Value::of(out);
}

constexpr SignatureText kSort = "input, dim=, descending=, *, stable=, out=";
constexpr SignatureText kUnique = "input, sorted=, return_inverse=, return_counts=, dim=";

constexpr Op kScansOps[] = {
    op<"input, dim, *, dtype=, out=", cumulative>("cumsum", kBoth, true, kCumsum),
    op<"input, dim, *, dtype=, out=", cumulative>("cumprod", kBoth, true, kCumprod),
    op<"input, dim, *, out=", log_cumulative>("logcumsumexp"),
    op<"input, dim, *, out=", cumulative_extreme>("cummax", kBoth, false, kCummax),
    op<"input, dim, *, out=", cumulative_extreme>("cummin", kBoth, false, kCummin),
    op<kSort, sort>("sort", kBoth, false, 0),
    op<kSort, sort>("argsort", kBoth, false, 1),
    op<"input, *, out=", msort>("msort"),
    op<"input, k, dim=, largest=, sorted=, *, out=", top>("topk"),
    op<"input, k, dim=, keepdim=, *, out=", kth>("kthvalue"),
    op<"input, dim=, _stacklevel=, dtype=", softmax>("softmax", kBoth, false, 0),
    op<"input, dim=, _stacklevel=, dtype=", softmax>("log_softmax", kBoth, false, 1),
    op<"input, n=, dim=, prepend=, append=", differences>("diff"),
    op<"sorted_sequence, input, *, out_int32=, right=, side=, sorter=", search>("searchsorted", kFunction),
    op<"input, boundaries, *, out_int32=, right=", bucketize>("bucketize", kFunction),
    op<kUnique, unique>("unique"),
    op<"input, weights=, minlength=", bincount>("bincount"),
};

constexpr Op kFunctionalScans[] = {
    op<"input, dim=, _stacklevel=, dtype=", softmax>("softmax", kFunction, false, 0),
    op<"input, dim=, _stacklevel=, dtype=", softmax>("log_softmax", kFunction, false, 1),
};

}  // namespace

void install_scans(Interpreter& in, Module* torch) { install_ops(in, torch, kScansOps); }

void install_functional_scans(Interpreter& in, Module* functional) {
  install_functions(in, functional, kFunctionalScans);
}

}  // namespace ckptlint::python::torch
