// Names the packing of a quantized weight by what its parts are called, by their dtypes and by how their shapes relate.
#include "config/packing.h"

#include <fmt/format.h>

#include <span>

#include "ckptlint/names.h"

namespace ckptlint {
namespace {

using Shape = std::span<const std::int64_t>;

// How many times `part` goes into `whole`; 0 where it does not.
std::int64_t times(std::int64_t whole, std::int64_t part) { return part > 0 && whole % part == 0 ? whole / part : 0; }

std::string with_bits(std::string_view name, std::int64_t bits) {
  return bits > 0 && bits <= 8 ? fmt::format("{}, {} bit", name, bits) : std::string(name);
}

std::int64_t elements(Shape shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) return -1;
  }
  return count;
}

// Which scales the rows and columns of 8-bit values have.
std::string scales_text(Shape values, Shape scales) {
  if (elements(scales) == 1) return "one scale for each tensor";
  if (values.size() < 2) return "";
  const std::int64_t rows = values[values.size() - 2], columns = values.back();
  if (elements(scales) == rows && (scales.size() == 1 || scales.back() == 1)) return "a scale for each row";
  if (scales.size() != values.size()) return "";
  const std::int64_t high = times(rows, scales[scales.size() - 2]), wide = times(columns, scales.back());
  return high > 0 && wide > 0 ? fmt::format("a scale for each block of {} x {}", high, wide) : "";
}

bool is_exponent(Dtype dtype) { return dtype == Dtype::kUint8 || dtype == Dtype::kFloat8E8m0fnu; }

// Words of 32 bits: [inputs, outputs / per word] or [inputs / per word, outputs], beside scales [groups, outputs], and
// zero points in words along the outputs.
std::string words_text(Shape values, Shape scales, const StoredTensor* zeros, const Checkpoint& checkpoint) {
  if (values.size() != 2 || scales.size() != 2) return "";
  const auto name = [](QuantizationMethod::Packs axis) { return method_that_packs(axis)->words; };
  if (const std::int64_t per_word = times(scales[1], values[1]); per_word > 1)
    return with_bits(name(QuantizationMethod::Packs::kOutputs), 32 / per_word);
  if (values[1] != scales[1]) return "";
  const std::int64_t per_word =
      zeros != nullptr && zeros->rank == 2 ? times(scales[1], checkpoint.shape(*zeros)[1]) : 0;
  return with_bits(name(QuantizationMethod::Packs::kInputs), per_word > 0 ? 32 / per_word : 0);
}

// What the config says of blocks, where these scales are of that many: of a small weight, one block is all of it.
std::string blocks_text(Shape shape, Shape of_scales, const Quantization* config) {
  if (config == nullptr || config->block.size() != 2 || shape.size() < 2 || of_scales.size() != shape.size()) return "";
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t extent = shape[shape.size() - 2 + axis], size = config->block[axis];
    if (size <= 0 || extent / size + (extent % size == 0 ? 0 : 1) != of_scales[of_scales.size() - 2 + axis]) return "";
  }
  return fmt::format("a scale for each block of {} x {}", config->block[0], config->block[1]);
}

std::string eight_bit_text(const StoredTensor& values, const StoredTensor& scales, Shape shape, Shape of_scales,
                           const Quantization* config) {
  if (is_fp8(values.dtype) && is_exponent(scales.dtype) && !shape.empty() && !of_scales.empty() &&
      times(shape.back(), of_scales.back()) == 32)
    return "MXFP8";
  const std::string_view name = is_fp8(values.dtype) ? "FP8" : values.dtype == Dtype::kInt8 ? "INT8" : "";
  if (name.empty()) return "";
  std::string text = blocks_text(shape, of_scales, config);
  if (text.empty()) text = scales_text(shape, of_scales);
  return text.empty() ? std::string(name) : fmt::format("{}, {}", name, text);
}

// Bytes or words that compressed-tensors calls `weight_packed`.
std::string packed_text(const StoredTensor& values, const StoredTensor& scales, Shape shape, Shape of_scales,
                        const Quantization* config) {
  const std::int64_t bits = config != nullptr ? config->bits.value_or(0) : 0;
  if (values.dtype == Dtype::kInt32)
    return bits > 0 && bits <= 8 ? fmt::format("INT{} in words of 32 bits", bits) : "integers in words of 32 bits";
  if (values.dtype != Dtype::kUint8 || shape.empty() || of_scales.empty()) return "";
  const std::int64_t bytes = times(shape.back(), of_scales.back());
  if (is_fp8(scales.dtype) && bytes == 8) return "NVFP4";
  if (is_exponent(scales.dtype) && bytes == 16) return "MXFP4";
  return is_exponent(scales.dtype) && bytes == 24 ? "MXFP6" : "";
}

}  // namespace

std::string packing_of(const Checkpoint& checkpoint, const QuantizedWeight& weight, const Quantization* config) {
  const std::string_view otherwise = weight.layout->name;
  if (weight.parts.empty()) return std::string(otherwise);
  const StoredTensor& values = checkpoint.tensors[weight.parts[0]];
  if (weight.parts.size() < 2) {
    const bool is_weight = leaf_of(values.name) == "weight";
    return is_weight && is_fp8(values.dtype)           ? "FP8"
           : is_weight && values.dtype == Dtype::kInt8 ? "INT8"
                                                       : std::string(otherwise);
  }
  const StoredTensor& scales = checkpoint.tensors[weight.parts[1]];
  const Shape shape = checkpoint.shape(values), of_scales = checkpoint.shape(scales);
  std::string text;
  if (values.name.ends_with(".qweight") && scales.name.ends_with(".scales")) {
    text = words_text(shape, of_scales, checkpoint.find(weight.module + ".qzeros"), checkpoint);
  } else if (values.name.ends_with(".weight_packed")) {
    text = packed_text(values, scales, shape, of_scales, config);
  } else if (weight.parts.size() == 2 && leaf_of(scales.name).starts_with("weight_scale")) {
    text = eight_bit_text(values, scales, shape, of_scales, config);
  }
  return text.empty() ? std::string(otherwise) : text;
}

}  // namespace ckptlint
