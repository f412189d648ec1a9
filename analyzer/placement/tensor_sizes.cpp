// What each tensor counts for: dtype_byte_size and compute_module_sizes of accelerate 1.15.0, and
// compute_module_sizes of transformers 5.23.0.
#include "placement/tensor_sizes.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/checked.h"
#include "base/escape.h"

namespace ckptlint {
namespace {

// The eighths that all rows together may count for; keeps every later sum exact.
constexpr std::uint64_t kMostEighths = static_cast<std::uint64_t>(kMostBytes.in_eighths());

bool keeps_own_size(Dtype dtype) {
  const std::string_view name = torch_name(dtype);
  return name.starts_with("uint") || name.starts_with("int") || name.starts_with("bool");
}

std::optional<PythonNumber> times(PythonNumber element, std::span<const std::int64_t> shape) {
  const std::optional<std::uint64_t> count = element_count(shape);
  const auto eighths = count ? checked_multiply(*count, static_cast<std::uint64_t>(element.eighths)) : std::nullopt;
  if (!eighths || *eighths > kMostEighths) return std::nullopt;
  return PythonNumber{static_cast<std::int64_t>(*eighths), element.is_float};
}

// Sizes of all rows; `element_size` gives a row's.
template <typename ElementSize>
Result<std::vector<PythonNumber>> sizes_of(const PlacementTree& tree, ElementSize&& element_size) {
  std::vector<PythonNumber> rows;
  rows.reserve(tree.tensor_count());
  std::uint64_t total = 0;
  for (const Tensor& tensor : tree.graph().tensors) {
    const std::optional<PythonNumber> size = times(element_size(tensor), tensor.shape);
    if (size) total += static_cast<std::uint64_t>(size->eighths);
    if (!size || total > kMostEighths)
      return Error{"the tensor " + quoted_name(tensor.name) + " makes the model too large to place"};
    rows.push_back(*size);
  }
  return rows;
}

// What one element counts for once the model's elements are to take `wanted`: integers keep their size, others never
// grow.
std::optional<PythonNumber> element_size_as_built(Dtype own, std::optional<PythonNumber> wanted,
                                                  std::optional<Dtype> special, const PlacementLibraries& libraries) {
  if (special) return accelerate_element_size(*special, libraries);
  const std::optional<PythonNumber> size = accelerate_element_size(own, libraries);
  if (!wanted || (libraries.integers_keep_size && keeps_own_size(own)) || !size) return size;
  return python_min(*wanted, *size);
}

}  // namespace

std::optional<PythonNumber> accelerate_element_size(Dtype dtype, const PlacementLibraries& libraries) {
  switch (dtype) {
    case Dtype::kBool:
      return PythonNumber{1, true};
    case Dtype::kFloat8E4m3fn:
      if (libraries.sized_float8 >= PlacementLibraries::Float8::kE4m3fn) return PythonNumber::bytes(1);
      return std::nullopt;
    case Dtype::kFloat8E5m2:
      if (libraries.sized_float8 >= PlacementLibraries::Float8::kE4m3fnAndE5m2) return PythonNumber::bytes(1);
      return PythonNumber::bytes(0);  // as of the last one below
    case Dtype::kFloat8E4m3fnuz:
    case Dtype::kFloat8E5m2fnuz:
    case Dtype::kFloat8E8m0fnu:
      if (libraries.sized_float8 == PlacementLibraries::Float8::kAll) return PythonNumber::bytes(1);
      return std::nullopt;
    case Dtype::kFloat4E2m1fnX2:
      return PythonNumber::bytes(0);  // read off the digits that end the name: two bits, in whole bytes
    case Dtype::kFloat6E2m3:
    case Dtype::kFloat6E3m2:
    case Dtype::kFloat4:
      return std::nullopt;  // not torch's
    default:
      return PythonNumber::bytes(bits(dtype) / 8);
  }
}

PythonNumber torch_element_size(Dtype dtype) { return PythonNumber::bytes((bits(dtype) + 7) / 8); }

std::optional<PythonNumber> accelerate_element_size(SizeDtype kind, Dtype dtype, const PlacementLibraries& libraries) {
  switch (kind) {
    case SizeDtype::kFp8:
      return PythonNumber::bytes(1);
    case SizeDtype::kInt4:
      return PythonNumber{4, true};
    case SizeDtype::kInt2:
      return PythonNumber{2, true};
    case SizeDtype::kTorch:
      break;
  }
  return accelerate_element_size(dtype, libraries);
}

std::optional<PythonNumber> accelerate_tensor_size(const Tensor& tensor, std::optional<PythonNumber> wanted,
                                                   std::optional<Dtype> special, const PlacementLibraries& libraries) {
  const std::optional<PythonNumber> element = element_size_as_built(tensor.dtype, wanted, special, libraries);
  return element ? times(*element, tensor.shape) : std::nullopt;
}

Result<TensorSizes> accelerate_sizes(const PlacementTree& tree, std::optional<PythonNumber> wanted,
                                     const SpecialDtypes& special, const PlacementLibraries& libraries) {
  TensorSizes sizes;
  const auto note_unsized = [&](Dtype unsized) {
    if (!sizes.unsized) sizes.unsized = unsized;
  };
  std::unordered_map<std::string_view, Dtype> special_of;
  for (const auto& [name, dtype] : special) {
    special_of[name] = dtype;
    if (!accelerate_element_size(dtype, libraries)) note_unsized(dtype);
  }
  auto rows = sizes_of(tree, [&](const Tensor& tensor) {
    const auto found = special_of.empty() ? special_of.end() : special_of.find(tensor.name);
    const auto own = found == special_of.end() ? std::nullopt : std::optional(found->second);
    const std::optional<PythonNumber> element = element_size_as_built(tensor.dtype, wanted, own, libraries);
    if (!element) note_unsized(tensor.dtype);
    return element.value_or(PythonNumber{});
  });
  if (!rows) return rows.error();
  sizes.rows = std::move(*rows);
  return sizes;
}

Result<TensorSizes> transformers_sizes(const PlacementTree& tree) {
  const Quantizer* quantizer = tree.graph().quantizer.get();
  auto rows = sizes_of(tree, [&](const Tensor& tensor) {
    if (!quantizer) return torch_element_size(tensor.dtype);
    const ElementSize& size = quantizer->element_sizes[static_cast<std::size_t>(&tensor - tree.graph().tensors.data())];
    return PythonNumber{size.eighths, size.is_float};
  });
  if (!rows) return rows.error();
  return TensorSizes{std::move(*rows), std::nullopt};
}

std::vector<PythonNumber> subtree_sums(const PlacementTree& tree, std::span<const PythonNumber> sizes,
                                       const std::vector<bool>& counts) {
  std::vector<PythonNumber> sums(tree.module_count());
  for (std::uint32_t row = 0; row < tree.tensor_count(); ++row) {
    if (counts[row]) sums[index(tree.owner(TensorId{row}))] += sizes[row];
  }
  for (std::uint32_t row = tree.module_count(); row-- > 1;) sums[index(tree.parent(NodeId{row}))] += sums[row];
  return sums;
}

}  // namespace ckptlint
