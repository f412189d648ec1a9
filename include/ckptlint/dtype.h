// Element types, named as torch names them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ckptlint {

enum class Dtype : std::uint8_t {
  kFloat64,
  kFloat32,
  kFloat16,
  kBfloat16,
  kFloat8E4m3fn,
  kFloat8E5m2,
  kFloat8E4m3fnuz,
  kFloat8E5m2fnuz,
  kFloat8E8m0fnu,
  kFloat4E2m1fnX2,
  kComplex64,
  kComplex128,
  kComplex32,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUint64,
  kUint32,
  kUint16,
  kUint8,
  kBool,
  // Sub-byte types that safetensors stores and torch does not name alike.
  kFloat6E2m3,
  kFloat6E3m2,
  kFloat4,
};

// torch's name without "torch.": "float32", "bfloat16", "bool", ...
std::string_view torch_name(Dtype dtype);
std::optional<Dtype> dtype_of_torch_name(std::string_view name);
// The name in a safetensors header: "F32", "BF16", "BOOL", ...; empty where the format has none.
std::string_view safetensors_name(Dtype dtype);
std::optional<Dtype> dtype_of_safetensors_name(std::string_view name);
// Storage bits of one element (bool: 8).
int bits(Dtype dtype);
bool is_floating_point(Dtype dtype);
// The types of eight bits that hold values; not the one that holds exponents of scales.
bool is_fp8(Dtype dtype);

}  // namespace ckptlint
