// The globals that torch.load(weights_only=True) lets a pickle name, by torch 2.13's _get_allowed_globals.
#include <algorithm>
#include <array>

#include "checkpoint/torch_state.h"

namespace ckptlint {
namespace {

using namespace std::string_view_literals;

constexpr std::array kAllowed = {
    "_codecs.encode"sv,
    "builtins.bytearray"sv,
    "builtins.complex"sv,
    "builtins.set"sv,
    "collections.Counter"sv,
    "collections.OrderedDict"sv,
    "torch.Size"sv,
    "torch.Tensor"sv,
    "torch.device"sv,
    "torch.nn.parameter.Parameter"sv,
    "torch.serialization._get_layout"sv,
    "torch.storage.TypedStorage"sv,
    "torch.storage.UntypedStorage"sv,
    "torch._tensor._rebuild_from_type_v2"sv,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor"sv,
    "torch._utils._rebuild_device_tensor_from_numpy"sv,
    "torch._utils._rebuild_meta_tensor_no_storage"sv,
    "torch._utils._rebuild_nested_tensor"sv,
    "torch._utils._rebuild_parameter"sv,
    "torch._utils._rebuild_parameter_with_state"sv,
    "torch._utils._rebuild_qtensor"sv,
    "torch._utils._rebuild_sparse_tensor"sv,
    "torch._utils._rebuild_tensor"sv,
    "torch._utils._rebuild_tensor_v2"sv,
    "torch._utils._rebuild_tensor_v3"sv,
    "torch._utils._rebuild_wrapper_subclass"sv,
    "torch.per_channel_affine"sv,
    "torch.per_channel_affine_float_qparams"sv,
    "torch.per_channel_symmetric"sv,
    "torch.per_tensor_affine"sv,
    "torch.per_tensor_symmetric"sv,
};

// torch.<name>
constexpr std::array kAllowedDtypes = {
    "bfloat16"sv,
    "bits16"sv,
    "bits1x8"sv,
    "bits2x4"sv,
    "bits4x2"sv,
    "bits8"sv,
    "bool"sv,
    "complex128"sv,
    "complex32"sv,
    "complex64"sv,
    "float16"sv,
    "float32"sv,
    "float4_e2m1fn_x2"sv,
    "float64"sv,
    "float8_e4m3fn"sv,
    "float8_e4m3fnuz"sv,
    "float8_e5m2"sv,
    "float8_e5m2fnuz"sv,
    "float8_e8m0fnu"sv,
    "int1"sv,
    "int16"sv,
    "int2"sv,
    "int3"sv,
    "int32"sv,
    "int4"sv,
    "int5"sv,
    "int6"sv,
    "int64"sv,
    "int7"sv,
    "int8"sv,
    "qint32"sv,
    "qint8"sv,
    "quint2x4"sv,
    "quint4x2"sv,
    "quint8"sv,
    "uint1"sv,
    "uint16"sv,
    "uint2"sv,
    "uint3"sv,
    "uint32"sv,
    "uint4"sv,
    "uint5"sv,
    "uint6"sv,
    "uint64"sv,
    "uint7"sv,
    "uint8"sv,
};

// The element types of torch.<Type>Storage, torch.cuda.<Type>Storage, torch.<Type>Tensor and torch.cuda.<Type>Tensor;
// those up to the mark are tensors' too, sparse ones included.
constexpr std::array kTypes = {"BFloat16"sv, "Byte"sv, "Char"sv,  "Double"sv, "Float"sv,         "Half"sv,
                               "Int"sv,      "Long"sv, "Short"sv, "Bool"sv,   "ComplexDouble"sv, "ComplexFloat"sv};
constexpr std::size_t kTensorTypes = 10;
constexpr std::size_t kSparseTypes = 9;
constexpr std::array kQuantizedTypes = {"QInt32"sv, "QInt8"sv, "QUInt2x4"sv, "QUInt4x2"sv, "QUInt8"sv};

template <std::size_t size>
bool is_among(const std::array<std::string_view, size>& names, std::string_view name, std::size_t count = size) {
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
  return std::find(names.begin(), end, name) != end;
}

bool is_typed_class(std::string_view name, bool cuda) {
  const bool sparse = name.starts_with("sparse.");
  if (sparse) name.remove_prefix(7);
  if (name.ends_with("Storage")) {
    name.remove_suffix(7);
    return !sparse && (is_among(kTypes, name) || (!cuda && is_among(kQuantizedTypes, name)));
  }
  if (!name.ends_with("Tensor")) return false;
  name.remove_suffix(6);
  return is_among(kTypes, name, sparse ? kSparseTypes : kTensorTypes);
}

}  // namespace

bool is_allowed_global(std::string_view name) {
  if (is_among(kAllowed, name)) return true;
  if (!name.starts_with("torch.")) return false;
  name.remove_prefix(6);
  const bool cuda = name.starts_with("cuda.");
  if (cuda) name.remove_prefix(5);
  return is_typed_class(name, cuda) || (!cuda && is_among(kAllowedDtypes, name));
}

}  // namespace ckptlint
