// Tensors from sizes and ranges: zeros, full, arange, linspace, eye, rand, new_*, *_like.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "library/torch/install.h"
#include "library/torch/ops.h"

namespace ckptlint::python::torch {
namespace {

enum Content : std::int64_t { kZeros, kOnes, kNothing };

Device* device_argument(Call& call, int i, Device* otherwise) {
  return call.absent(i) ? otherwise : device_of(call.in, call.a[i]);
}

Value of_content(Call& call, Dtype dtype, const Sizes& sizes, Device* device, std::int64_t content) {
  if (content == kNothing) return Value::of(make_tensor(call.in, dtype, sizes, device));
  return Value::of(make_filled(call.in, dtype, sizes, device, content == kOnes ? 1 : 0));
}

// "*size, out=, dtype=, device="
Value sized(Call& call) {
  const Dtype dtype = call.dtype(2, call.torch.default_dtype);
  Device* device = device_argument(call, 3, call.torch.device);
  if (call.a[0].missing())
    call.in.raise_type_error(std::string(call.op.name) + "() received an invalid combination of arguments - got ()");
  return of_content(call, dtype, call.sizes(0), device, call.op.code);
}

// "input, *, dtype=, device="
Value like(Call& call) {
  Tensor* input = call.tensor(0);
  return of_content(call, call.dtype(1, input->dtype), sizes_of(input),
                    device_argument(call, 2, device_of(call.in, input)), call.op.code);
}

// "input, *size, dtype=, device="
Value new_sized(Call& call) {
  Tensor* input = call.tensor(0);
  return of_content(call, call.dtype(2, input->dtype), call.sizes(1),
                    device_argument(call, 3, device_of(call.in, input)), call.op.code);
}

Dtype dtype_of_number(Call& call, const Value& given) {
  const Value& value = given.is(Kind::kInstance) ? given.as<Instance>()->payload : given;
  if (value.is(Kind::kBool)) return Dtype::kBool;
  if (value.is(Kind::kInt)) return Dtype::kInt64;
  if (value.is(Kind::kTensor)) return value.as<Tensor>()->dtype;
  return call.torch.default_dtype;
}

// "size, fill_value, *, out=, dtype=, device="
Value full(Call& call) {
  const Dtype dtype = call.dtype(3, dtype_of_number(call, call.a[1]));
  Device* device = device_argument(call, 4, call.torch.device);
  const Sizes sizes = call.sizes(0);
  try {
    return Value::of(make_filled(call.in, dtype, sizes, device, call.number(1)));
  } catch (const Unknowable&) {
    return Value::of(make_tensor(call.in, dtype, sizes, device));
  }
}

// "input, fill_value, *, dtype=, device="
Value full_like(Call& call) {
  Tensor* input = call.tensor(0);
  return Value::of(make_filled(call.in, call.dtype(2, input->dtype), sizes_of(input),
                               device_argument(call, 3, device_of(call.in, input)), call.number(1)));
}

// "input, size, fill_value, *, dtype=, device="
Value new_full(Call& call) {
  Tensor* input = call.tensor(0);
  return Value::of(make_filled(call.in, call.dtype(3, input->dtype), call.sizes(1),
                               device_argument(call, 4, device_of(call.in, input)), call.number(2)));
}

bool integral_argument(const Value& value) {
  return value.missing() || value.is_none() || value.is_integral() ||
         (value.is(Kind::kTensor) && is_integral(value.as<Tensor>()->dtype));
}

// "start=, end=, step=, *, out=, dtype=, device="
Value arange(Call& call) {
  const bool only_end = call.absent(1) || call.absent(0);
  const double start = only_end ? 0 : call.number(0);
  const double end = call.number(only_end && call.absent(1) ? 0 : 1);
  const double step = call.number(2, 1);
  const bool integral = integral_argument(call.a[0]) && integral_argument(call.a[1]) && integral_argument(call.a[2]);
  const Dtype dtype = call.dtype(4, integral ? Dtype::kInt64 : call.torch.default_dtype);
  if (step == 0) call.runtime_error("step must be nonzero");
  if (!std::isfinite(start) || !std::isfinite(end)) {
    call.runtime_error("unsupported range");
  }
  if ((step > 0 && end < start) || (step < 0 && end > start)) {
    call.runtime_error("upper bound and lower bound inconsistent with step sign");
  }
  const double count = std::ceil((end - start) / step);
  if (!(count < 9e18)) call.runtime_error("invalid size, possible overflow?");
  // `range` is arange with the end included.
  const std::int64_t size = call.op.code == 1 ? static_cast<std::int64_t>(std::floor((end - start) / step)) + 1
                                              : static_cast<std::int64_t>(count);
  Tensor* out = make_tensor(call.in, call.op.code == 1 && call.absent(4) ? call.torch.default_dtype : dtype, {size},
                            device_argument(call, 5, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    for (std::int64_t i = 0; i < size; ++i) contents[i] = start + step * static_cast<double>(i);
    settle(out);
  }
  return Value::of(out);
}

// From both ends towards the middle, as torch does it.
void fill_linspace(double* contents, std::int64_t steps, double start, double end, bool single) {
  const auto cut = [single](double value) { return single ? static_cast<double>(static_cast<float>(value)) : value; };
  start = cut(start);
  end = cut(end);
  const double step = steps > 1 ? cut(cut(end - start) / static_cast<double>(steps - 1)) : 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    contents[i] = i < steps / 2 || steps == 1 ? cut(start + step * static_cast<double>(i))
                                              : cut(end - step * static_cast<double>(steps - 1 - i));
  }
}

// "start, end, steps, *, out=, dtype=, device="
Value linspace(Call& call) {
  const double start = call.number(0), end = call.number(1);
  const std::int64_t steps = call.integer(2);
  const Dtype dtype = call.dtype(4, call.torch.default_dtype);
  if (steps < 0) call.runtime_error("number of steps must be non-negative");
  Tensor* out = make_tensor(call.in, dtype, {steps}, device_argument(call, 5, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    fill_linspace(contents, steps, start, end, dtype != Dtype::kFloat64);
    settle(out);
  }
  return Value::of(out);
}

// "start, end, steps, base=, *, out=, dtype=, device="
Value logspace(Call& call) {
  const double start = call.number(0), end = call.number(1), base = call.number(3, 10);
  const std::int64_t steps = call.integer(2);
  if (steps < 0) call.runtime_error("number of steps must be non-negative");
  Tensor* out = make_tensor(call.in, call.dtype(5, call.torch.default_dtype), {steps},
                            device_argument(call, 6, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    fill_linspace(contents, steps, start, end, false);
    for (std::int64_t i = 0; i < steps; ++i) contents[i] = std::pow(base, contents[i]);
    settle(out);
  }
  return Value::of(out);
}

// "n, m=, *, out=, dtype=, device="
Value eye(Call& call) {
  const std::int64_t rows = call.integer(0), columns = call.integer(1, rows);
  if (rows < 0) call.runtime_error("n must be greater or equal to 0, got " + std::to_string(rows));
  if (columns < 0) call.runtime_error("m must be greater or equal to 0, got " + std::to_string(columns));
  Tensor* out = make_tensor(call.in, call.dtype(3, call.torch.default_dtype), {rows, columns},
                            device_argument(call, 4, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    for (std::int64_t i = 0; i < rows && i < columns; ++i) contents[i * columns + i] = 1;
  }
  return Value::of(out);
}

// "low, high=, size=, *, out=, dtype=, device=": two positional arguments are (high, size).
Value randint(Call& call) {
  const int size = call.absent(2) ? 1 : 2;
  return Value::of(make_tensor(call.in, call.dtype(4, Dtype::kInt64), call.sizes(size),
                               device_argument(call, 5, call.torch.device)));
}

// "input, low=, high=, *, dtype=, device="
Value randint_like(Call& call) {
  Tensor* input = call.tensor(0);
  return Value::of(make_tensor(call.in, call.dtype(3, input->dtype), sizes_of(input),
                               device_argument(call, 4, device_of(call.in, input))));
}

// "n, *, out=, dtype=, device="
Value randperm(Call& call) {
  return Value::of(make_tensor(call.in, call.dtype(2, Dtype::kInt64), {call.integer(0)},
                               device_argument(call, 3, call.torch.device)));
}

// "mean, std=, size=, *, out=, dtype=, device=": with tensors for mean or std their shape decides.
Value normal(Call& call) {
  if (!call.is_tensor(0) && !call.is_tensor(1)) {
    return Value::of(make_tensor(call.in, call.dtype(4, call.torch.default_dtype), call.sizes(2),
                                 device_argument(call, 5, call.torch.cpu)));
  }
  Sizes sizes;
  for (int i = 0; i < 2; ++i) {
    if (call.is_tensor(i)) sizes = broadcast(call.in, sizes, sizes_of(call.tensor(i)));
  }
  Tensor* model = call.tensor(call.is_tensor(0) ? 0 : 1);
  return Value::of(make_tensor(call.in, model->dtype, sizes, device_of(call.in, model)));
}

enum Window : std::int64_t { kHann, kHamming, kBlackman, kBartlett, kKaiser };

// One element of a window, step by step in the window's dtype as torch computes it.  `last` is the index of the last
// element.
double window_element(std::int64_t kind, Dtype dtype, double i, double last, double alpha, double beta) {
  const auto cut = [dtype](double value) { return round_to(dtype, value); };
  const double pi = std::numbers::pi;
  switch (kind) {
    case kHann:
    case kHamming:
      return cut(cut(cut(std::cos(cut(i * cut(2 * pi / last)))) * cut(-beta)) + cut(alpha));
    case kBlackman: {
      const double turn = cut(i * cut(pi / last));
      const double fast = cut(cut(std::cos(cut(turn * 4))) * cut(0.08)),
                   slow = cut(cut(std::cos(cut(turn * 2))) * cut(0.5));
      return cut(cut(fast - slow) + cut(0.42));
    }
    case kBartlett: {
      const double rise = cut(i * cut(2 / last));
      return i > std::floor(last / 2) ? cut(cut(-rise) + 2) : rise;
    }
    default: {  // Kaiser
      const double distance = cut(cut(i * cut(2 / last)) - 1);
      const double inside = std::fmax(0, 1 - distance * distance);
      return cut(std::cyl_bessel_i(0.0, beta * std::sqrt(inside)) / std::cyl_bessel_i(0.0, beta));
    }
  }
}

// "window_length, periodic=, alpha=, beta=, *, dtype=, device="; Kaiser's is "window_length, periodic=, beta=".
Value window(Call& call) {
  const std::int64_t length = call.integer(0);
  const bool periodic = call.flag(1, true), kaiser = call.op.code == kKaiser;
  const double alpha = kaiser ? 0 : call.number(2, call.op.code == kHamming ? 0.54 : 0.5);
  const double beta = kaiser ? call.number(2, 12.0) : call.number(3, call.op.code == kHamming ? 0.46 : 0.5);
  Tensor* out = make_tensor(call.in, call.dtype(4, call.torch.default_dtype), {length},
                            device_argument(call, 5, call.torch.device));
  if (kaiser && !(std::fabs(beta) < 700)) return Value::of(out);  // Bessel functions beyond what a double holds
  if (double* contents = make_contents(call.in, out)) {
    const double last = static_cast<double>(periodic ? length : length - 1);
    for (std::int64_t i = 0; i < length; ++i) {
      contents[i] =
          length == 1 ? 1 : window_element(call.op.code, out->dtype, static_cast<double>(i), last, alpha, beta);
    }
    settle(out);
  }
  return Value::of(out);
}

// "row, col=, offset=, *, dtype=, device=": the coordinates of a triangle.
Value triangle_indices(Call& call) {
  const std::int64_t rows = call.integer(0), columns = call.integer(1, rows);
  const std::int64_t offset = std::clamp(call.bounded(2, 0), -2 * kMaxContents, 2 * kMaxContents);
  Device* device = device_argument(call, 4, call.torch.device);
  if (rows < 0 || columns < 0 || rows > kMaxContents || columns > kMaxContents)
    give_up("the indices of a large triangle");
  const bool lower = call.op.code == 0;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t cut =
        std::min(std::max<std::int64_t>(lower ? i + offset + 1 : columns - i - offset, 0), columns);
    count += cut;
  }
  Tensor* out = make_tensor(call.in, call.dtype(3, Dtype::kInt64), {2, count}, device);
  if (double* contents = make_contents(call.in, out)) {
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t first = lower ? 0 : std::max<std::int64_t>(i + offset, 0);
      const std::int64_t last = lower ? std::min(i + offset + 1, columns) : columns;
      for (std::int64_t j = first; j < last; ++j) {
        contents[at] = static_cast<double>(i);
        contents[count + at++] = static_cast<double>(j);
      }
    }
  }
  return Value::of(out);
}

// "size, stride, *, dtype=, device="
Value empty_strided(Call& call) {
  return Value::of(make_tensor(call.in, call.dtype(2, call.torch.default_dtype), call.sizes(0),
                               device_argument(call, 3, call.torch.device)));
}

constexpr const char* kSized = "*size, out=, dtype=, device=";
constexpr const char* kLike = "input, *, dtype=, device=";
constexpr const char* kNew = "input, *size, dtype=, device=";

constexpr Op kOps[] = {
    {"zeros", kSized, sized, kFunction, false, kZeros},
    {"ones", kSized, sized, kFunction, false, kOnes},
    {"empty", kSized, sized, kFunction, false, kNothing},
    {"rand", kSized, sized, kFunction, false, kNothing},
    {"randn", kSized, sized, kFunction, false, kNothing},
    {"zeros_like", kLike, like, kFunction, false, kZeros},
    {"ones_like", kLike, like, kFunction, false, kOnes},
    {"empty_like", kLike, like, kFunction, false, kNothing},
    {"rand_like", kLike, like, kFunction, false, kNothing},
    {"randn_like", kLike, like, kFunction, false, kNothing},
    {"new_zeros", kNew, new_sized, kMethod, false, kZeros},
    {"new_ones", kNew, new_sized, kMethod, false, kOnes},
    {"new_empty", kNew, new_sized, kMethod, false, kNothing},
    {"full", "size, fill_value, *, out=, dtype=, device=", full, kFunction},
    {"full_like", "input, fill_value, *, dtype=, device=", full_like, kFunction},
    {"new_full", "input, size, fill_value, *, dtype=, device=", new_full, kMethod},
    {"arange", "start=, end=, step=, *, out=, dtype=, device=", arange, kFunction},
    {"range", "start=, end=, step=, *, out=, dtype=, device=", arange, kFunction, false, 1},
    {"linspace", "start, end, steps, *, out=, dtype=, device=", linspace, kFunction},
    {"logspace", "start, end, steps, base=, *, out=, dtype=, device=", logspace, kFunction},
    {"eye", "n, m=, *, out=, dtype=, device=", eye, kFunction},
    {"randint", "low, high=, size=, *, out=, dtype=, device=", randint, kFunction},
    {"randint_like", "input, low=, high=, *, dtype=, device=", randint_like, kFunction},
    {"randperm", "n, *, out=, dtype=, device=", randperm, kFunction},
    {"normal", "mean, std=, size=, *, out=, dtype=, device=", normal, kFunction},
    {"hann_window", "window_length, periodic=, alpha=, beta=, *, dtype=, device=", window, kFunction, false, kHann},
    {"hamming_window", "window_length, periodic=, alpha=, beta=, *, dtype=, device=", window, kFunction, false,
     kHamming},
    {"blackman_window", "window_length, periodic=, alpha=, beta=, *, dtype=, device=", window, kFunction, false,
     kBlackman},
    {"bartlett_window", "window_length, periodic=, alpha=, beta=, *, dtype=, device=", window, kFunction, false,
     kBartlett},
    {"kaiser_window", "window_length, periodic=, beta=, extra=, *, dtype=, device=", window, kFunction, false, kKaiser},
    {"tril_indices", "row, col=, offset=, *, dtype=, device=", triangle_indices, kFunction, false, 0},
    {"triu_indices", "row, col=, offset=, *, dtype=, device=", triangle_indices, kFunction, false, 1},
    {"empty_strided", "size, stride, *, dtype=, device=", empty_strided, kFunction},
};

}  // namespace

void install_creation(Interpreter& in, Module* torch) { install_ops(in, torch, kOps); }

}  // namespace ckptlint::python::torch
