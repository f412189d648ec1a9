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
    const double expected = rounded_to(rounded_to(initial[i], tensor.dtype), stored.dtype);
    const bool both_nan = std::isnan(expected) && std::isnan((*values)[i]);
    if (!both_nan && expected != (*values)[i]) return ValueComparison::kDifferent;
  }
  return ValueComparison::kEqual;
}

}  // namespace ckptlint
