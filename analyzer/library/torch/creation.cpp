// Tensors from sizes and ranges: zeros, full, arange, linspace, eye, rand, new_*, *_like.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "library/torch/install.h"
#include "library/torch/ops.h"

namespace ckptlint::python::torch {
namespace {

enum Content : std::int64_t { kZeros, kOnes, kNothing };

Device* device_argument(Arg device, Device* otherwise) {
  return device.absent() ? otherwise : device_of(device.call().in, device.value());
}

Value of_content(Call& call, Dtype dtype, const Sizes& sizes, Device* device, std::int64_t content) {
  if (content == kNothing) return Value::of(make_tensor(call.in, dtype, sizes, device));
  return Value::of(make_filled(call.in, dtype, sizes, device, content == kOnes ? 1 : 0));
}

Value sized(Call& call, Arg size, Arg given_dtype, Arg given_device) {
  const Dtype dtype = given_dtype.dtype(call.torch.default_dtype);
  Device* device = device_argument(given_device, call.torch.device);
  if (size.value().missing())
    call.in.raise_type_error(std::string(call.op.name) + "() received an invalid combination of arguments - got ()");
  return of_content(call, dtype, size.sizes(), device, call.op.code);
}

Value like(Call& call, Tensor* input, Arg dtype, Arg device) {
  return of_content(call, dtype.dtype(input->dtype), sizes_of(input),
                    device_argument(device, device_of(call.in, input)), call.op.code);
}

Value new_sized(Call& call, Tensor* input, Arg size, Arg dtype, Arg device) {
  return of_content(call, dtype.dtype(input->dtype), size.sizes(), device_argument(device, device_of(call.in, input)),
                    call.op.code);
}

Dtype dtype_of_number(Call& call, const Value& given) {
  const Value& value = given.is(Kind::kInstance) ? given.as<Instance>()->payload : given;
  if (value.is(Kind::kBool)) return Dtype::kBool;
  if (value.is(Kind::kInt)) return Dtype::kInt64;
  if (value.is(Kind::kTensor)) return value.as<Tensor>()->dtype;
  return call.torch.default_dtype;
}

Value full(Call& call, Arg size, Arg fill_value, Arg given_dtype, Arg given_device) {
  const Dtype dtype = given_dtype.dtype(dtype_of_number(call, fill_value.value()));
  Device* device = device_argument(given_device, call.torch.device);
  const Sizes sizes = size.sizes();
  try {
    return Value::of(make_filled(call.in, dtype, sizes, device, fill_value.number()));
  } catch (const Unknowable&) {
    return Value::of(make_tensor(call.in, dtype, sizes, device));
  }
}

Value full_like(Call& call, Tensor* input, Arg fill_value, Arg dtype, Arg device) {
  return Value::of(make_filled(call.in, dtype.dtype(input->dtype), sizes_of(input),
                               device_argument(device, device_of(call.in, input)), fill_value.number()));
}

Value new_full(Call& call, Tensor* input, Arg size, Arg fill_value, Arg dtype, Arg device) {
  return Value::of(make_filled(call.in, dtype.dtype(input->dtype), size.sizes(),
                               device_argument(device, device_of(call.in, input)), fill_value.number()));
}

bool integral_argument(const Value& value) {
  return value.missing() || value.is_none() || value.is_integral() ||
         (value.is(Kind::kTensor) && is_integral(value.as<Tensor>()->dtype));
}

Value arange(Call& call, Arg given_start, Arg given_end, Arg given_step, Arg given_dtype, Arg device) {
  const bool only_end = given_end.absent() || given_start.absent();
  const double start = only_end ? 0 : given_start.number();
  const double end = (given_end.absent() ? given_start : given_end).number();
  const double step = given_step.number(1);
  const bool integral = integral_argument(given_start.value()) && integral_argument(given_end.value()) &&
                        integral_argument(given_step.value());
  const Dtype dtype = given_dtype.dtype(integral ? Dtype::kInt64 : call.torch.default_dtype);
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
  Tensor* out = make_tensor(call.in, call.op.code == 1 && given_dtype.absent() ? call.torch.default_dtype : dtype,
                            {size}, device_argument(device, call.torch.device));
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

Value linspace(Call& call, Arg given_start, Arg given_end, Arg given_steps, Arg given_dtype, Arg device) {
  const double start = given_start.number(), end = given_end.number();
  const std::int64_t steps = given_steps.integer();
  const Dtype dtype = given_dtype.dtype(call.torch.default_dtype);
  if (steps < 0) call.runtime_error("number of steps must be non-negative");
  Tensor* out = make_tensor(call.in, dtype, {steps}, device_argument(device, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    fill_linspace(contents, steps, start, end, dtype != Dtype::kFloat64);
    settle(out);
  }
  return Value::of(out);
}

Value logspace(Call& call, Arg given_start, Arg given_end, Arg given_steps, Arg given_base, Arg dtype, Arg device) {
  const double start = given_start.number(), end = given_end.number(), base = given_base.number(10);
  const std::int64_t steps = given_steps.integer();
  if (steps < 0) call.runtime_error("number of steps must be non-negative");
  Tensor* out =
      make_tensor(call.in, dtype.dtype(call.torch.default_dtype), {steps}, device_argument(device, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    fill_linspace(contents, steps, start, end, false);
    for (std::int64_t i = 0; i < steps; ++i) contents[i] = std::pow(base, contents[i]);
    settle(out);
  }
  return Value::of(out);
}

Value eye(Call& call, Arg n, Arg m, Arg dtype, Arg device) {
  const std::int64_t rows = n.integer(), columns = m.integer(rows);
  if (rows < 0) call.runtime_error("n must be greater or equal to 0, got " + std::to_string(rows));
  if (columns < 0) call.runtime_error("m must be greater or equal to 0, got " + std::to_string(columns));
  Tensor* out = make_tensor(call.in, dtype.dtype(call.torch.default_dtype), {rows, columns},
                            device_argument(device, call.torch.device));
  if (double* contents = make_contents(call.in, out)) {
    for (std::int64_t i = 0; i < rows && i < columns; ++i) contents[i * columns + i] = 1;
  }
  return Value::of(out);
}

// Two positional arguments are (high, size).
Value randint(Call& call, Arg, Arg high, Arg size, Arg dtype, Arg device) {
  const Sizes sizes = (size.absent() ? high : size).sizes();
  return Value::of(make_tensor(call.in, dtype.dtype(Dtype::kInt64), sizes, device_argument(device, call.torch.device)));
}

Value randint_like(Call& call, Tensor* input, Arg, Arg, Arg dtype, Arg device) {
  return Value::of(make_tensor(call.in, dtype.dtype(input->dtype), sizes_of(input),
                               device_argument(device, device_of(call.in, input))));
}

Value randperm(Call& call, Arg n, Arg dtype, Arg device) {
  return Value::of(
      make_tensor(call.in, dtype.dtype(Dtype::kInt64), {n.integer()}, device_argument(device, call.torch.device)));
}

// With tensors for mean or std their shape decides.
Value normal(Call& call, Arg mean, Arg std, Arg size, Arg dtype, Arg device) {
  if (!mean.is_tensor() && !std.is_tensor()) {
    return Value::of(make_tensor(call.in, dtype.dtype(call.torch.default_dtype), size.sizes(),
                                 device_argument(device, call.torch.cpu)));
  }
  Sizes sizes;
  for (const Arg& each : {mean, std}) {
    if (each.is_tensor()) sizes = broadcast(call.in, sizes, sizes_of(each.tensor()));
  }
  Tensor* model = (mean.is_tensor() ? mean : std).tensor();
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

// Kaiser's window has its beta where the others have alpha.
Value filled_window(Call& call, const Arg& window_length, const Arg& given_periodic, double alpha, double beta,
                    const Arg& dtype, const Arg& device) {
  const std::int64_t length = window_length.integer();
  const bool periodic = given_periodic.flag(true), kaiser = call.op.code == kKaiser;
  Tensor* out =
      make_tensor(call.in, dtype.dtype(call.torch.default_dtype), {length}, device_argument(device, call.torch.device));
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

Value window(Call& call, Arg window_length, Arg periodic, Arg dtype, Arg device) {
  return filled_window(call, window_length, periodic, 0.5, 0.5, dtype, device);
}
Value hamming(Call& call, Arg window_length, Arg periodic, Arg alpha, Arg beta, Arg dtype, Arg device) {
  return filled_window(call, window_length, periodic, alpha.number(0.54), beta.number(0.46), dtype, device);
}
Value kaiser(Call& call, Arg window_length, Arg periodic, Arg beta, Arg dtype, Arg device) {
  return filled_window(call, window_length, periodic, 0, beta.number(12.0), dtype, device);
}

// The coordinates of a triangle.
Value triangle_indices(Call& call, Arg row, Arg col, Arg given_offset, Arg dtype, Arg given_device) {
  const std::int64_t rows = row.integer(), columns = col.integer(rows);
  const std::int64_t offset = std::clamp(given_offset.bounded(0), -2 * kMaxContents, 2 * kMaxContents);
  Device* device = device_argument(given_device, call.torch.device);
  if (rows < 0 || columns < 0 || rows > kMaxContents || columns > kMaxContents)
    give_up("the indices of a large triangle");
  const bool lower = call.op.code == 0;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t cut =
        std::min(std::max<std::int64_t>(lower ? i + offset + 1 : columns - i - offset, 0), columns);
    count += cut;
  }
  Tensor* out = make_tensor(call.in, dtype.dtype(Dtype::kInt64), {2, count}, device);
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

Value empty_strided(Call& call, Arg size, Arg, Arg dtype, Arg device) {
  return Value::of(make_tensor(call.in, dtype.dtype(call.torch.default_dtype), size.sizes(),
                               device_argument(device, call.torch.device)));
}

constexpr SignatureText kSized = "*size, out=, dtype=, device=";
constexpr SignatureText kLike = "input, *, dtype=, device=";
constexpr SignatureText kWindow = "window_length, periodic=, *, dtype=, device=";
constexpr SignatureText kNew = "input, *size, dtype=, device=";

constexpr Op kCreationOps[] = {
    op<kSized, sized>("zeros", kFunction, false, kZeros),
    op<kSized, sized>("ones", kFunction, false, kOnes),
    op<kSized, sized>("empty", kFunction, false, kNothing),
    op<kSized, sized>("rand", kFunction, false, kNothing),
    op<kSized, sized>("randn", kFunction, false, kNothing),
    op<kLike, like>("zeros_like", kFunction, false, kZeros),
    op<kLike, like>("ones_like", kFunction, false, kOnes),
    op<kLike, like>("empty_like", kFunction, false, kNothing),
    op<kLike, like>("rand_like", kFunction, false, kNothing),
    op<kLike, like>("randn_like", kFunction, false, kNothing),
    op<kNew, new_sized>("new_zeros", kMethod, false, kZeros),
    op<kNew, new_sized>("new_ones", kMethod, false, kOnes),
    op<kNew, new_sized>("new_empty", kMethod, false, kNothing),
    op<"size, fill_value, *, out=, dtype=, device=", full>("full", kFunction),
    op<"input, fill_value, *, dtype=, device=", full_like>("full_like", kFunction),
    op<"input, size, fill_value, *, dtype=, device=", new_full>("new_full", kMethod),
    op<"start=, end=, step=, *, out=, dtype=, device=", arange>("arange", kFunction),
    op<"start=, end=, step=, *, out=, dtype=, device=", arange>("range", kFunction, false, 1),
    op<"start, end, steps, *, out=, dtype=, device=", linspace>("linspace", kFunction),
    op<"start, end, steps, base=, *, out=, dtype=, device=", logspace>("logspace", kFunction),
    op<"n, m=, *, out=, dtype=, device=", eye>("eye", kFunction),
    op<"low, high=, size=, *, out=, dtype=, device=", randint>("randint", kFunction),
    op<"input, low=, high=, *, dtype=, device=", randint_like>("randint_like", kFunction),
    op<"n, *, out=, dtype=, device=", randperm>("randperm", kFunction),
    op<"mean, std=, size=, *, out=, dtype=, device=", normal>("normal", kFunction),
    op<kWindow, window>("hann_window", kFunction, false, kHann),
    op<kWindow, window>("blackman_window", kFunction, false, kBlackman),
    op<kWindow, window>("bartlett_window", kFunction, false, kBartlett),
    op<"window_length, periodic=, alpha=, beta=, *, dtype=, device=", hamming>("hamming_window", kFunction, false,
                                                                               kHamming),
    op<"window_length, periodic=, beta=, *, dtype=, device=", kaiser>("kaiser_window", kFunction, false, kKaiser),
    op<"row, col=, offset=, *, dtype=, device=", triangle_indices>("tril_indices", kFunction, false, 0),
    op<"row, col=, offset=, *, dtype=, device=", triangle_indices>("triu_indices", kFunction, false, 1),
    op<"size, stride, *, dtype=, device=", empty_strided>("empty_strided", kFunction),
};

}  // namespace

void install_creation(Interpreter& in, Module* torch) { install_ops(in, torch, kCreationOps); }

}  // namespace ckptlint::python::torch
