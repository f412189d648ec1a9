// The table of element types: their names in torch and in safetensors, their bits, and which of them are floating.
#include "ckptlint/dtype.h"

#include <array>

namespace ckptlint {
namespace {

struct Row {
  Dtype dtype;
  std::string_view torch;
  std::string_view safetensors;
  int bits;
  bool floating;
};

constexpr std::array<Row, 25> kRows{{
    {Dtype::kFloat64, "float64", "F64", 64, true},
    {Dtype::kFloat32, "float32", "F32", 32, true},
    {Dtype::kFloat16, "float16", "F16", 16, true},
    {Dtype::kBfloat16, "bfloat16", "BF16", 16, true},
    {Dtype::kFloat8E4m3fn, "float8_e4m3fn", "F8_E4M3", 8, true},
    {Dtype::kFloat8E5m2, "float8_e5m2", "F8_E5M2", 8, true},
    {Dtype::kFloat8E4m3fnuz, "float8_e4m3fnuz", "F8_E4M3FNUZ", 8, true},
    {Dtype::kFloat8E5m2fnuz, "float8_e5m2fnuz", "F8_E5M2FNUZ", 8, true},
    {Dtype::kFloat8E8m0fnu, "float8_e8m0fnu", "F8_E8M0", 8, true},
    {Dtype::kFloat4E2m1fnX2, "float4_e2m1fn_x2", "", 8, true},
    {Dtype::kComplex64, "complex64", "C64", 64, false},
    {Dtype::kComplex128, "complex128", "", 128, false},
    {Dtype::kComplex32, "complex32", "", 32, false},
    {Dtype::kInt64, "int64", "I64", 64, false},
    {Dtype::kInt32, "int32", "I32", 32, false},
    {Dtype::kInt16, "int16", "I16", 16, false},
    {Dtype::kInt8, "int8", "I8", 8, false},
    {Dtype::kUint64, "uint64", "U64", 64, false},
    {Dtype::kUint32, "uint32", "U32", 32, false},
    {Dtype::kUint16, "uint16", "U16", 16, false},
    {Dtype::kUint8, "uint8", "U8", 8, false},
    {Dtype::kBool, "bool", "BOOL", 8, false},
    {Dtype::kFloat6E2m3, "float6_e2m3", "F6_E2M3", 6, true},
    {Dtype::kFloat6E3m2, "float6_e3m2", "F6_E3M2", 6, true},
    {Dtype::kFloat4, "float4", "F4", 4, true},
}};

constexpr const Row& row(Dtype dtype) { return kRows[static_cast<std::size_t>(dtype)]; }

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].dtype) != i) return false;
  }
  return true;
}
static_assert(in_enum_order(), "kRows must list the dtypes in the order of the enum");

}  // namespace

std::string_view torch_name(Dtype dtype) { return row(dtype).torch; }
std::string_view safetensors_name(Dtype dtype) { return row(dtype).safetensors; }
int bits(Dtype dtype) { return row(dtype).bits; }
bool is_floating_point(Dtype dtype) { return row(dtype).floating; }

std::optional<Dtype> dtype_of_torch_name(std::string_view name) {
  for (const Row& r : kRows) {
    if (r.torch == name) return r.dtype;
  }
  return std::nullopt;
}

std::optional<Dtype> dtype_of_safetensors_name(std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (const Row& r : kRows) {
    if (r.safetensors == name) return r.dtype;
  }
  return std::nullopt;
}

bool is_fp8(Dtype dtype) {
  return dtype == Dtype::kFloat8E4m3fn || dtype == Dtype::kFloat8E5m2 || dtype == Dtype::kFloat8E4m3fnuz ||
         dtype == Dtype::kFloat8E5m2fnuz;
}

}  // namespace ckptlint
