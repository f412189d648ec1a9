// Compares stored values with computed ones, as exactly as the dtypes of both allow.
#include "fix/values.h"

#include <cmath>

#include "checkpoint/checkpoint.h"

namespace ckptlint {
namespace {

// To `digits` binary digits of precision, with exponents down to `lowest` (that of the smallest normal number).
double rounded(double value, int digits, int lowest) {
  if (value == 0 || !std::isfinite(value)) return value;
  int exponent = 0;
  std::frexp(value, &exponent);  // value = m * 2^exponent, 0.5 <= m < 1
  const int step = std::max(exponent - 1, lowest) - (digits - 1);
  return std::ldexp(std::nearbyint(std::ldexp(value, -step)), step);
}

// torch's powers and exponentials of single precision are off by units in the last place, other ones with each build.
bool same_value(double initial, double stored_value, Dtype built, Dtype stored) {
  constexpr double kSlack = 1e-6;
  if (std::isnan(initial) || std::isnan(stored_value)) return std::isnan(initial) && std::isnan(stored_value);
  const double slack = built == Dtype::kFloat32 && initial != std::floor(initial) ? std::abs(initial) * kSlack : 0;
  return rounded_to(rounded_to(initial - slack, built), stored) <= stored_value &&
         stored_value <= rounded_to(rounded_to(initial + slack, built), stored);
}

}  // namespace

double rounded_to(double value, Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat32:
      return static_cast<double>(static_cast<float>(value));
    case Dtype::kFloat16: {
      const double near = rounded(value, 11, -14);
      return std::abs(near) > 65504 ? std::copysign(INFINITY, near) : near;
    }
    case Dtype::kBfloat16:
      return rounded(static_cast<double>(static_cast<float>(value)), 8, -126);
    default:
      return value;
  }
}

ValueComparison compare_values(const Tensor& tensor, const FileTree& repo, const Checkpoint& checkpoint,
                               const StoredTensor& stored) {
  if (!tensor.initial_value) return ValueComparison::kNotComparable;
  const std::vector<double>& initial = *tensor.initial_value;
  const Result<std::vector<double>> values = stored_values(repo, checkpoint, stored);
  if (!values.ok()) return ValueComparison::kNotComparable;
  if (values->size() != initial.size()) return ValueComparison::kDifferent;
  for (std::size_t i = 0; i < initial.size(); ++i) {
    if (!same_value(initial[i], (*values)[i], tensor.dtype, stored.dtype)) return ValueComparison::kDifferent;
  }
  return ValueComparison::kEqual;
}

}  // namespace ckptlint
