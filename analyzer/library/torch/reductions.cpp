// Reductions over dimensions: sum, mean, max, any, argmax, norm, ...
#include <cmath>
#include <limits>

#include "library/torch/install.h"
#include "library/torch/operands.h"

namespace ckptlint::python::torch {
namespace {

struct Extent {
  bool reduced[kMaxRank] = {};
  Sizes out;               // with kept dimensions of 1 where asked
  Sizes strides;           // of the result, at positions of the input; 0 along reduced dimensions
  std::int64_t count = 1;  // elements that meet in one
};

// `dims` empty: all of them.
Extent extent_of(Call& call, const Sizes& sizes, const Sizes& dims, bool keep) {
  Extent extent;
  for (std::int64_t dim : dims) {
    const int at = call.wrap_dim(dim, sizes.rank);
    if (extent.reduced[at])
      call.runtime_error("dim " + std::to_string(at) + " appears multiple times in the list of dims");
    extent.reduced[at] = true;
  }
  if (dims.rank == 0) {
    for (int i = 0; i < sizes.rank; ++i) extent.reduced[i] = true;
  }
  Sizes kept;
  for (int i = 0; i < sizes.rank; ++i) {
    if (!extent.reduced[i]) kept.push(sizes[i]);
    if (extent.reduced[i]) extent.count *= sizes[i];
    if (keep) extent.out.push(extent.reduced[i] ? 1 : sizes[i]);
  }
  if (!keep) extent.out = kept;
  call.note_reduction(extent.count);
  const Sizes own = contiguous_strides(kept);
  int at = 0;
  for (int i = 0; i < sizes.rank; ++i) extent.strides.push(extent.reduced[i] ? 0 : own[at++]);
  return extent;
}

Sizes dims_of(Arg dim) { return dim.absent() ? Sizes() : dim.sizes(); }

struct Folding {
  double initial = 0;
  double (*step)(double sum, double x) = nullptr;
};

// Folds the input's elements into `out`, unrounded; false where they are not known.
bool fold(Call& call, const Tensor* input, const Extent& extent, Tensor* out, Dtype compute, const Folding& folding) {
  const Known elements = known(input);
  if (!elements.known || numel(input) > kMaxContents) return false;
  double* contents = make_contents(call.in, out);
  if (contents == nullptr) return false;
  const std::int64_t results = numel(out), count = numel(input);
  for (std::int64_t i = 0; i < results; ++i) contents[i] = folding.initial;
  call.in.step(static_cast<std::uint64_t>(count) / 8 + 1);
  Odometer at(sizes_of(input));
  at.add(extent.strides);
  for (std::int64_t i = 0; i < count; ++i, at.next()) {
    double& sum = contents[at.offset(0)];
    sum = folding.step(sum, round_to(compute, elements[i]));
  }
  return true;
}

Value finished(Tensor* out, bool kept) {
  if (!kept) out->contents = nullptr;
  settle(out);
  return Value::of(out);
}

enum Reduction : std::int64_t { kSum, kProd, kMean, kNansum, kAmax, kAmin, kAll, kAny, kCountNonzero, kLogsumexp };

Dtype widened(Dtype dtype) { return is_floating(dtype) || is_complex(dtype) ? dtype : Dtype::kInt64; }

double larger(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : a < b ? a : b; }

// `given_dtype` is null for those that take none.
Value reduced(Call& call, Tensor* input, const Arg& dim, bool keepdim, const Arg* given_dtype) {
  const Sizes sizes = sizes_of(input);
  const Extent extent = extent_of(call, sizes, dims_of(dim), keepdim);
  const double infinity = std::numeric_limits<double>::infinity();
  Dtype dtype = input->dtype;
  Folding folding;
  switch (call.op.code) {
    case kSum:
      dtype = given_dtype->dtype(widened(dtype));
      folding = {0, [](double sum, double x) { return sum + x; }};
      break;
    case kNansum:
      dtype = given_dtype->dtype(widened(dtype));
      folding = {0, [](double sum, double x) { return std::isnan(x) ? sum : sum + x; }};
      break;
    case kProd:
      dtype = given_dtype->dtype(widened(dtype));
      folding = {1, [](double sum, double x) { return sum * x; }};
      break;
    case kMean:
      dtype = given_dtype->dtype(dtype);
      if (!is_floating(dtype) && !is_complex(dtype)) {
        call.runtime_error(
            "mean(): could not infer output dtype. Input dtype must "
            "be either a floating point or complex dtype. Got: " +
            std::string(scalar_name(dtype)));
      }
      folding = {0, [](double sum, double x) { return sum + x; }};
      break;
    case kAmax:
      folding = {-infinity, larger};
      break;
    case kAmin:
      folding = {infinity, smaller};
      break;
    case kAll:
      dtype = dtype == Dtype::kUint8 ? dtype : Dtype::kBool;
      folding = {1, [](double sum, double x) { return x != 0 ? sum : 0; }};
      break;
    case kAny:
      dtype = dtype == Dtype::kUint8 ? dtype : Dtype::kBool;
      folding = {0, [](double sum, double x) { return x != 0 ? 1 : sum; }};
      break;
    case kCountNonzero:
      dtype = Dtype::kInt64;
      folding = {0, [](double sum, double x) { return x != 0 ? sum + 1 : sum; }};
      break;
    default:
      dtype = floating_result(call, dtype);
      folding = {0, [](double sum, double x) { return sum + std::exp(x); }};
      break;
  }
  const bool extreme = call.op.code == kAmax || call.op.code == kAmin;
  if (extreme && extent.count == 0) {
    call.runtime_error(std::string(call.op.name) +
                       "(): Expected reduction dim to be specified for input.numel() "
                       "== 0. Specify the reduction dim with the 'dim' argument.");
  }
  Tensor* out = make_tensor(call.in, dtype, extent.out, device_of(call.in, input));
  const bool truth = call.op.code == kAll || call.op.code == kAny || call.op.code == kCountNonzero;
  const bool kept = fold(call, input, extent, out, truth ? input->dtype : dtype, folding);
  const std::int64_t results = numel(out);
  for (std::int64_t i = 0; kept && i < results; ++i) {
    if (call.op.code == kMean) out->contents[i] /= static_cast<double>(extent.count);
    if (call.op.code == kLogsumexp) out->contents[i] = std::log(out->contents[i]);
  }
  return finished(out, kept);
}

Value reduce_as(Call& call, Tensor* input, Arg dim, Arg keepdim, Arg dtype) {
  return reduced(call, input, dim, keepdim.flag(false), &dtype);
}
Value reduce(Call& call, Tensor* input, Arg dim, Arg keepdim) {
  return reduced(call, input, dim, keepdim.flag(false), nullptr);
}
Value count_nonzero(Call& call, Tensor* input, Arg dim) { return reduced(call, input, dim, false, nullptr); }

// The place of the extreme along one dimension; the first of equals.
void pick(Call& call, const Tensor* input, int dim, bool largest, Tensor* values, Tensor* places) {
  const Known elements = known(input);
  const Sizes sizes = sizes_of(input);
  if (!elements.known || numel(input) > kMaxContents) return;
  const std::int64_t length = sizes.rank == 0 ? 1 : sizes[dim];
  std::int64_t inner = 1, outer = 1;
  for (int i = dim + 1; i < sizes.rank; ++i) inner *= sizes[i];
  for (int i = 0; i < dim; ++i) outer *= sizes[i];
  double* best = values != nullptr ? make_contents(call.in, values) : nullptr;
  double* where = make_contents(call.in, places);
  call.in.step(static_cast<std::uint64_t>(numel(input)) / 8 + 1);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      std::int64_t at = 0;
      double value = elements[o * length * inner + i];
      for (std::int64_t k = 1; k < length; ++k) {
        const double x = elements[(o * length + k) * inner + i];
        if (std::isnan(value)) break;
        if (std::isnan(x) || (largest ? x > value : x < value)) {
          value = x;
          at = k;
        }
      }
      if (best != nullptr) best[o * inner + i] = value;
      where[o * inner + i] = static_cast<double>(at);
    }
  }
}

// What is left of the sizes when one dimension is reduced.
Sizes without(const Call& call, const Sizes& sizes, int dim, bool keep) {
  call.note_reduction(sizes.rank == 0 ? 1 : sizes[dim]);
  Sizes out;
  for (int i = 0; i < sizes.rank; ++i) {
    if (i != dim) out.push(sizes[i]);
    if (i == dim && keep) out.push(1);
  }
  return out;
}

// With a tensor for `dim`, element by element.
Value extreme(Call& call, Arg given_input, Arg given_dim, Arg keepdim) {
  const bool largest = call.op.code == 1;
  if (given_dim.is_tensor()) {
    const Operand a = operand(given_input), b = operand(given_dim);
    const Operand both[] = {a, b};
    const Dtype dtype = result_type(call.in, both);
    return map_binary(call, a, b, dtype, dtype, largest ? larger : smaller);
  }
  Tensor* input = given_input.tensor();
  Device* device = device_of(call.in, input);
  if (given_dim.absent()) {
    if (numel(input) == 0) {
      call.runtime_error(std::string(call.op.name) +
                         "(): Expected reduction dim to be specified for input.numel() "
                         "== 0. Specify the reduction dim with the 'dim' argument.");
    }
    call.note_reduction(numel(input));
    Tensor* out = make_tensor(call.in, input->dtype, {}, device);
    const Known elements = known(input);
    if (!elements.known || (numel(input) > kMaxContents && !elements.uniform())) return Value::of(out);
    double value = elements[0];
    const std::int64_t count = elements.uniform() ? 1 : numel(input);
    for (std::int64_t i = 1; i < count; ++i) value = largest ? larger(value, elements[i]) : smaller(value, elements[i]);
    return Value::of(make_scalar(call.in, input->dtype, device, value));
  }
  const int dim = given_dim.dim(input->rank);
  const Sizes out = without(call, sizes_of(input), dim, keepdim.flag(false));
  Tensor* values = make_tensor(call.in, input->dtype, out, device);
  Tensor* places = make_tensor(call.in, Dtype::kInt64, out, device);
  pick(call, input, dim, largest, values, places);
  return named_pair(call.in, "values", Value::of(values), "indices", Value::of(places));
}

Value argument(Call& call, Tensor* input, Arg given_dim, Arg keepdim) {
  Device* device = device_of(call.in, input);
  if (numel(input) == 0)
    call.index_error(std::string(call.op.name) + "(): Expected reduction dim to be specified for input.numel() == 0.");
  if (given_dim.absent()) {
    call.note_reduction(numel(input));
    Tensor* flat = make_view(call.in, make_clone(call.in, input), {numel(input)}, {1}, 0);
    Tensor* out = make_tensor(call.in, Dtype::kInt64, {}, device);
    pick(call, flat, 0, call.op.code == 1, nullptr, out);
    return Value::of(out);
  }
  const int dim = given_dim.dim(input->rank);
  Tensor* out = make_tensor(call.in, Dtype::kInt64, without(call, sizes_of(input), dim, keepdim.flag(false)), device);
  pick(call, input, dim, call.op.code == 1, nullptr, out);
  return Value::of(out);
}

// torch puts `unbiased` where `correction` is, or `dim`, as a bool.
Tensor* spread(Call& call, Tensor* input, Arg dim, Arg given_correction, Arg keepdim, Arg unbiased) {
  const Extent extent =
      extent_of(call, sizes_of(input), dim.is(Kind::kBool) ? Sizes() : dims_of(dim), keepdim.flag(false));
  double correction = 1;
  for (const Arg& each : {dim, given_correction, unbiased}) {
    if (each.is(Kind::kBool)) correction = each.value().boolean ? 1 : 0;
  }
  if (given_correction.is(Kind::kInt)) correction = static_cast<double>(given_correction.value().integer);
  if (!is_floating(input->dtype) && !is_complex(input->dtype))
    call.runtime_error("std and var only support floating point and complex dtypes");
  Tensor* out = make_tensor(call.in, real_of(input->dtype), extent.out, device_of(call.in, input));
  Tensor* means = make_tensor(call.in, Dtype::kFloat64, extent.out, nullptr);
  const Known elements = known(input);
  if (!fold(call, input, extent, means, Dtype::kFloat64, {0, [](double sum, double x) { return sum + x; }})) return out;
  double* contents = make_contents(call.in, out);
  const std::int64_t results = numel(out), count = numel(input);
  const double n = static_cast<double>(extent.count);
  for (std::int64_t i = 0; i < results; ++i) contents[i] = 0;
  Odometer at(sizes_of(input));
  at.add(extent.strides);
  for (std::int64_t i = 0; i < count; ++i, at.next()) {
    const double distance = elements[i] - means->contents[at.offset(0)] / n;
    contents[at.offset(0)] += distance * distance;
  }
  for (std::int64_t i = 0; i < results; ++i) {
    contents[i] /= n - correction > 0 ? n - correction : 0.0;
    if (call.op.code == 1) contents[i] = std::sqrt(contents[i]);
  }
  settle(out);
  return out;
}

// std and var.
Value deviation(Call& call, Tensor* input, Arg dim, Arg correction, Arg keepdim, Arg unbiased) {
  return Value::of(spread(call, input, dim, correction, keepdim, unbiased));
}

Value deviation_and_mean(Call& call, Tensor* input, Arg dim, Arg correction, Arg keepdim, Arg unbiased) {
  const Extent extent = extent_of(call, sizes_of(input), dims_of(dim), keepdim.flag(false));
  Tensor* mean = make_tensor(call.in, input->dtype, extent.out, device_of(call.in, input));
  return call.in.tuple({Value::of(spread(call, input, dim, correction, keepdim, unbiased)), Value::of(mean)});
}

Value norm(Call& call, Tensor* input, Arg given_p, Arg dim, Arg keepdim, Arg given_dtype) {
  const Extent extent = extent_of(call, sizes_of(input), dims_of(dim), keepdim.flag(false));
  Dtype dtype = given_dtype.dtype(input->dtype);
  if (!is_floating(dtype) && !is_complex(dtype)) {
    call.runtime_error("linalg.vector_norm: Expected a floating point or complex tensor as input. Got " +
                       std::string(scalar_name(dtype)));
  }
  Tensor* out = make_tensor(call.in, real_of(dtype), extent.out, device_of(call.in, input));
  double p = 2;
  if (given_p.is(Kind::kStr)) {
    if (given_p.text("") != "fro") return Value::of(out);
  } else {
    p = given_p.number(2);
  }
  bool kept = false;
  if (p == 2) kept = fold(call, input, extent, out, dtype, {0, [](double sum, double x) { return sum + x * x; }});
  if (p == 1)
    kept = fold(call, input, extent, out, dtype, {0, [](double sum, double x) { return sum + std::fabs(x); }});
  if (std::isinf(p))
    kept = p > 0 &&
           fold(call, input, extent, out, dtype, {0, [](double sum, double x) { return larger(sum, std::fabs(x)); }});
  const std::int64_t results = numel(out);
  for (std::int64_t i = 0; kept && p == 2 && i < results; ++i) out->contents[i] = std::sqrt(out->contents[i]);
  return finished(out, kept);
}

// Shapes only.
Value middle(Call& call, Tensor* input, Arg dim, Arg keepdim) {
  Device* device = device_of(call.in, input);
  if (dim.absent()) {
    call.note_reduction(numel(input));
    return Value::of(make_tensor(call.in, input->dtype, {}, device));
  }
  const Sizes out = without(call, sizes_of(input), dim.dim(input->rank), keepdim.flag(false));
  return named_pair(call.in, "values", Value::of(make_tensor(call.in, input->dtype, out, device)), "indices",
                    Value::of(make_tensor(call.in, Dtype::kInt64, out, device)));
}

Value both_extremes(Call& call, Tensor* input, Arg dim, Arg keepdim) {
  const Extent extent = extent_of(call, sizes_of(input), dims_of(dim), keepdim.flag(false));
  const double infinity = std::numeric_limits<double>::infinity();
  Value results[2];
  for (int i = 0; i < 2; ++i) {
    Tensor* out = make_tensor(call.in, input->dtype, extent.out, device_of(call.in, input));
    results[i] = finished(out, fold(call, input, extent, out, input->dtype,
                                    i == 0 ? Folding{infinity, smaller} : Folding{-infinity, larger}));
  }
  return named_pair(call.in, "min", results[0], "max", results[1]);
}

constexpr SignatureText kReduce = "input, dim=, keepdim=, *, out=";
constexpr SignatureText kReduceAs = "input, dim=, keepdim=, *, dtype=, out=";
constexpr SignatureText kPick = "input, dim=, keepdim=, *, out=";
constexpr SignatureText kSpread = "input, dim=, correction=, keepdim=, unbiased=, *, out=";

constexpr Op kReductionsOps[] = {
    op<kReduceAs, reduce_as>("sum", kBoth, false, kSum),
    op<kReduceAs, reduce_as>("prod", kBoth, false, kProd),
    op<kReduceAs, reduce_as>("mean", kBoth, false, kMean),
    op<kReduceAs, reduce_as>("nansum", kBoth, false, kNansum),
    op<kReduce, reduce>("amax", kBoth, false, kAmax),
    op<kReduce, reduce>("amin", kBoth, false, kAmin),
    op<kReduce, reduce>("all", kBoth, false, kAll),
    op<kReduce, reduce>("any", kBoth, false, kAny),
    op<"input, dim=", count_nonzero>("count_nonzero", kBoth, false, kCountNonzero),
    op<"input, dim, keepdim=, *, out=", reduce>("logsumexp", kBoth, false, kLogsumexp),
    op<"input, dim|other=, keepdim=, *, out=", extreme>("max", kBoth, false, 1),
    op<"input, dim|other=, keepdim=, *, out=", extreme>("min", kBoth, false, 0),
    op<kPick, argument>("argmax", kBoth, false, 1),
    op<kPick, argument>("argmin", kBoth, false, 0),
    op<kPick, middle>("median"),
    op<kPick, middle>("nanmedian"),
    op<kPick, middle>("mode"),
    op<kSpread, deviation>("std", kBoth, false, 1),
    op<kSpread, deviation>("var", kBoth, false, 0),
    op<kSpread, deviation_and_mean>("std_mean", kFunction, false, 1),
    op<kSpread, deviation_and_mean>("var_mean", kFunction, false, 0),
    op<"input, p=, dim=, keepdim=, *, dtype=, out=", norm>("norm"),
    op<"input, *, dim=, keepdim=, out=", both_extremes>("aminmax"),
};

constexpr Op kLinalgReductions[] = {
    op<"input, ord=, dim=, keepdim=, *, dtype=, out=", norm>("norm", kFunction),
    op<"input, ord=, dim=, keepdim=, *, dtype=, out=", norm>("vector_norm", kFunction),
};

}  // namespace

void install_reductions(Interpreter& in, Module* torch) {
  install_ops(in, torch, kReductionsOps);
  install_functions(in, in.native_module("torch.linalg"), kLinalgReductions);
}

}  // namespace ckptlint::python::torch
