// How many bytes each tensor counts for, as the two libraries count them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "ckptlint/quantizer.h"
#include "placement/library_version.h"
#include "placement/placement_tree.h"
#include "placement/python_number.h"

namespace ckptlint {

using SpecialDtypes = std::vector<std::pair<std::string, Dtype>>;

// accelerate's dtype_byte_size; none where it raises ValueError.
std::optional<PythonNumber> accelerate_element_size(Dtype dtype, const PlacementLibraries& libraries);
// dtype_byte_size of accelerate's own dtypes too.
std::optional<PythonNumber> accelerate_element_size(SizeDtype kind, Dtype dtype, const PlacementLibraries& libraries);
// What accelerate counts for a tensor: `wanted` is the size of an element in the dtype that it gets as an argument,
// `special` is its special dtype, if it has one.  None where it raises ValueError.
std::optional<PythonNumber> accelerate_tensor_size(const Tensor& tensor, std::optional<PythonNumber> wanted,
                                                   std::optional<Dtype> special, const PlacementLibraries& libraries);
// torch's Tensor.element_size().
PythonNumber torch_element_size(Dtype dtype);

// One number a tensor row: what the row would count for if it is the one that counts for its object.
// `unsized` names a dtype on which the library raises, where the graph or the arguments have one.
struct TensorSizes {
  std::vector<PythonNumber> rows;
  std::optional<Dtype> unsized;
};

// As accelerate's compute_module_sizes(dtype, special_dtypes) sizes them; `wanted` as above.  A special dtype goes by
// the tensor's full name.  An error where the model is larger than kMostBytes.
Result<TensorSizes> accelerate_sizes(const PlacementTree& tree, std::optional<PythonNumber> wanted,
                                     const SpecialDtypes& special, const PlacementLibraries& libraries);
// As transformers 5's compute_module_sizes sizes them: by the graph's quantizer, where it has one.
Result<TensorSizes> transformers_sizes(const PlacementTree& tree);

// Sums over the rows that count (`counts[row]`), each under its own name alone.
std::vector<PythonNumber> subtree_sums(const PlacementTree& tree, std::span<const PythonNumber> sizes,
                                       const std::vector<bool>& counts);

}  // namespace ckptlint
