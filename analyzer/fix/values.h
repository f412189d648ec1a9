// Stored values against the ones that a constructor computes.
#pragma once

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

enum class ValueComparison : std::uint8_t {
  kEqual,  // up to the rounding of the stored type
  kDifferent,
  kNotComparable,  // the initial value is not known, or the stored one cannot be read
};

// `repo` holds the files of `checkpoint`.
ValueComparison compare_values(const Tensor& tensor, const FileTree& repo, const Checkpoint& checkpoint,
                               const StoredTensor& stored);

// `value` as it is after being stored in `dtype`: rounded to nearest, ties to even, as torch converts.  Types that are
// not plain floating-point formats of 16 to 64 bits keep the value.
double rounded_to(double value, Dtype dtype);

}  // namespace ckptlint
