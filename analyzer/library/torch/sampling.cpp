// The exceptions of torch for random numbers in tensors of integers and 8-bit floats.
#include "library/torch/sampling.h"

#include <fmt/format.h>

#include "library/torch/state.h"

namespace ckptlint::python::torch {
namespace {

// The name that torch's kernels have for a dtype that they do not take; null for those that they do.
const char* refused_name(Dtype dtype) {
  switch (dtype) {
    case Dtype::kInt8:
      return "Char";
    case Dtype::kUint8:
      return "Byte";
    case Dtype::kInt16:
      return "Short";
    case Dtype::kInt32:
      return "Int";
    case Dtype::kInt64:
      return "Long";
    case Dtype::kBool:
      return "Bool";
    case Dtype::kFloat8E4m3fn:
      return "Float8_e4m3fn";
    case Dtype::kFloat8E5m2:
      return "Float8_e5m2";
    case Dtype::kFloat8E8m0fnu:
      return "Float8_e8m0fnu";
    default:
      return nullptr;
  }
}

}  // namespace

void refuse_dtype_for(Interpreter& in, const Tensor* tensor, Distribution distribution) {
  const char* name = refused_name(tensor->dtype);
  if (name == nullptr) return;
  if (is_meta(in, tensor)) {
    // There torch knows of no kernels, and checks only what draws from the normal distribution by itself.
    if (distribution != Distribution::kNormal || is_float8(tensor->dtype)) return;
    in.raise(in.exception("RuntimeError"),
             fmt::format("expected a floating-point or complex dtype, but got dtype={}", torch_name(tensor->dtype)));
  }
  if (distribution == Distribution::kTruncatedNormal && tensor->dtype == Dtype::kUint8)
    in.raise(in.exception("RuntimeError"), "value cannot be converted to type uint8 without overflow");
  const char* kernel = distribution == Distribution::kUniform ? "check_uniform_bounds" : "normal_kernel_cpu";
  in.raise(in.exception("NotImplementedError"), fmt::format("\"{}\" not implemented for '{}'", kernel, name));
}

}  // namespace ckptlint::python::torch
