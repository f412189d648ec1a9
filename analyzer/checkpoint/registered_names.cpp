// The names that torchao registers with torch.serialization, by its releases, and what they mean for a file that has
// them.
#include "checkpoint/registered_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/escape.h"
#include "base/json_document.h"

namespace ckptlint {
namespace {

using namespace std::string_view_literals;

// 0.12.0 cannot be imported beside torch 2.13; what both its neighbours register it is taken to register too.
constexpr std::array kReleases = {"0.9.0"sv,  "0.10.0"sv, "0.11.0"sv, "0.13.0"sv, "0.14.1"sv,
                                  "0.15.0"sv, "0.16.0"sv, "0.17.0"sv, "0.18.0"sv};
// transformers 5 and diffusers 0.42 take no older one.
constexpr std::uint8_t kFirstTaken = 5;
constexpr std::uint8_t kNewest = kReleases.size() - 1;

// Sorted by name.
constexpr Registration kRegistrations[] = {
    {"torchao.dtypes.affine_quantized_tensor.AffineQuantizedTensor", 0, 7},
    {"torchao.dtypes.fbgemm_fp8_tensor.FbgemmFp8Tensor", 3, 3},
    {"torchao.dtypes.floatx.cutlass_semi_sparse_layout.CutlassSemiSparseLayout", 1, 6},
    {"torchao.dtypes.floatx.cutlass_semi_sparse_layout.CutlassSemiSparseTensorImpl", 1, 6},
    {"torchao.dtypes.floatx.float8_layout.Float8AQTTensorImpl", 0, 6},
    {"torchao.dtypes.floatx.float8_layout.Float8Layout", 0, 6},
    {"torchao.dtypes.floatx.floatx_tensor_core_layout.FloatxTensorCoreAQTTensorImpl", 0, 4},
    {"torchao.dtypes.floatx.floatx_tensor_core_layout.FloatxTensorCoreLayout", 0, 4},
    {"torchao.dtypes.nf4tensor.NF4Tensor", 0, 7},
    {"torchao.dtypes.uintx.block_sparse_layout.BlockSparseAQTTensorImpl", 0, 4},
    {"torchao.dtypes.uintx.block_sparse_layout.BlockSparseLayout", 0, 4},
    {"torchao.dtypes.uintx.cutlass_int4_packed_layout.CutlassInt4PackedLayout", 0, 4},
    {"torchao.dtypes.uintx.cutlass_int4_packed_layout.Int4PackedTensorImpl", 0, 4},
    {"torchao.dtypes.uintx.dyn_int8_act_int4_wei_cpu_layout.DA8W4CPUAQTTensorImpl", 3, 4},
    {"torchao.dtypes.uintx.dyn_int8_act_int4_wei_cpu_layout.Int8DynamicActInt4WeightCPULayout", 3, 4},
    {"torchao.dtypes.uintx.gemlite_layout.GemliteAQTTensorImpl", 0, 4},
    {"torchao.dtypes.uintx.gemlite_layout.GemlitePackedLayout", 0, 4},
    {"torchao.dtypes.uintx.int4_cpu_layout.Int4CPUAQTTensorImpl", 0, 6},
    {"torchao.dtypes.uintx.int4_cpu_layout.Int4CPULayout", 0, 6},
    {"torchao.dtypes.uintx.int4_xpu_layout.Int4XPUAQTTensorImpl", 2, 6},
    {"torchao.dtypes.uintx.int4_xpu_layout.Int4XPULayout", 2, 6},
    {"torchao.dtypes.uintx.marlin_qqq_tensor.MarlinQQQAQTTensorImpl", 0, 4},
    {"torchao.dtypes.uintx.marlin_qqq_tensor.MarlinQQQLayout", 0, 4},
    {"torchao.dtypes.uintx.marlin_sparse_layout.MarlinSparseAQTTensorImpl", 0, 5},
    {"torchao.dtypes.uintx.marlin_sparse_layout.MarlinSparseLayout", 0, 5},
    {"torchao.dtypes.uintx.packed_linear_int8_dynamic_activation_intx_weight_layout.PackedLinearInt8DynamicActivationIntxWeightAQTTensorImpl",
     1, 6},
    {"torchao.dtypes.uintx.packed_linear_int8_dynamic_activation_intx_weight_layout.PackedLinearInt8DynamicActivationIntxWeightLayout",
     1, 6},
    {"torchao.dtypes.uintx.packed_linear_int8_dynamic_activation_intx_weight_layout.Target", 2, 6},
    {"torchao.dtypes.uintx.plain_layout.PlainAQTTensorImpl", 0, 7},
    {"torchao.dtypes.uintx.q_dq_layout.QDQLayout", 1, 6},
    {"torchao.dtypes.uintx.q_dq_layout.QDQTensorImpl", 2, 6},
    {"torchao.dtypes.uintx.q_dq_layout._Impl", 1, 1},
    {"torchao.dtypes.uintx.semi_sparse_layout.SemiSparseAQTTensorImpl", 0, 6},
    {"torchao.dtypes.uintx.semi_sparse_layout.SemiSparseLayout", 0, 6},
    {"torchao.dtypes.uintx.tensor_core_tiled_layout.TensorCoreTiledAQTTensorImpl", 0, 7},
    {"torchao.dtypes.uintx.tensor_core_tiled_layout.TensorCoreTiledLayout", 0, 7},
    {"torchao.dtypes.uintx.uint4_layout.UInt4Tensor", 5, 5, true},
    {"torchao.dtypes.uintx.uintx_layout.UintxAQTTensorImpl", 0, 4},
    {"torchao.dtypes.uintx.uintx_layout.UintxLayout", 0, 4},
    {"torchao.dtypes.utils.PlainLayout", 0, 7},
    {"torchao.float8.config.ScalingGranularity", 3, 8},
    {"torchao.float8.float8_tensor.Float8Tensor", 0, 2},
    {"torchao.float8.float8_tensor.GemmInputRole", 0, 2},
    {"torchao.float8.float8_tensor.LinearMMConfig", 0, 2},
    {"torchao.float8.float8_tensor.ScaledMMConfig", 0, 2},
    {"torchao.float8.float8_training_tensor.Float8TrainingTensor", 3, 8},
    {"torchao.float8.float8_training_tensor.GemmInputRole", 3, 8},
    {"torchao.float8.float8_training_tensor.LinearMMConfig", 3, 8},
    {"torchao.float8.float8_training_tensor.ScaledMMConfig", 3, 8},
    {"torchao.float8.fsdp_utils.WeightWithDelayedFloat8CastTensor", 0, 0},
    {"torchao.float8.fsdp_utils.WeightWithDynamicFloat8CastTensor", 3, 8},
    {"torchao.float8.inference.Float8MMConfig", 0, 8},
    {"torchao.optim.subclass_4bit.OptimState4bit", 1, 8},
    {"torchao.optim.subclass_8bit.OptimState8bit", 1, 8},
    {"torchao.optim.subclass_fp8.OptimStateFp8", 1, 8},
    {"torchao.prototype.dtypes.floatx.floatx_tensor_core_layout.FloatxTensorCoreAQTTensorImpl", 5, 5},
    {"torchao.prototype.dtypes.floatx.floatx_tensor_core_layout.FloatxTensorCoreLayout", 5, 5},
    {"torchao.prototype.dtypes.uintx.block_sparse_layout.BlockSparseAQTTensorImpl", 5, 6},
    {"torchao.prototype.dtypes.uintx.block_sparse_layout.BlockSparseLayout", 5, 6},
    {"torchao.prototype.dtypes.uintx.cutlass_int4_packed_layout.CutlassInt4PackedLayout", 5, 5},
    {"torchao.prototype.dtypes.uintx.cutlass_int4_packed_layout.Int4PackedTensorImpl", 5, 5},
    {"torchao.prototype.dtypes.uintx.dyn_int8_act_int4_wei_cpu_layout.DA8W4CPUAQTTensorImpl", 5, 6},
    {"torchao.prototype.dtypes.uintx.dyn_int8_act_int4_wei_cpu_layout.Int8DynamicActInt4WeightCPULayout", 5, 6},
    {"torchao.prototype.dtypes.uintx.gemlite_layout.GemliteAQTTensorImpl", 5, 6},
    {"torchao.prototype.dtypes.uintx.gemlite_layout.GemlitePackedLayout", 5, 6},
    {"torchao.prototype.dtypes.uintx.marlin_qqq_tensor.MarlinQQQAQTTensorImpl", 5, 5},
    {"torchao.prototype.dtypes.uintx.marlin_qqq_tensor.MarlinQQQLayout", 5, 5},
    {"torchao.prototype.dtypes.uintx.uintx_layout.UintxAQTTensorImpl", 5, 6},
    {"torchao.prototype.dtypes.uintx.uintx_layout.UintxLayout", 5, 6},
    {"torchao.prototype.dtypes.uintx.uintx_layout.UintxTensor", 5, 6, true},
    {"torchao.prototype.mx_formats.config.ScaleCalculationMode", 7, 8},
    {"torchao.prototype.mx_formats.mx_tensor.MXTensor", 7, 8},
    {"torchao.prototype.mx_formats.mx_tensor.QuantizeTensorToMXKwargs", 7, 8},
    {"torchao.prototype.mx_formats.nvfp4_tensor.NVFP4Tensor", 7, 8},
    {"torchao.prototype.mx_formats.nvfp4_tensor.QuantizeTensorToNVFP4Kwargs", 7, 8},
    {"torchao.prototype.quantization.gguf.gguf_quantized_tensor.GGUFQuantizedTensor", 6, 8},
    {"torchao.quantization.Float8Tensor", 3, 8},
    {"torchao.quantization.Int4MarlinSparseTensor", 3, 5},
    {"torchao.quantization.Int4OpaqueTensor", 4, 4},
    {"torchao.quantization.Int4PlainInt32Tensor", 4, 8},
    {"torchao.quantization.Int4PreshuffledTensor", 3, 8},
    {"torchao.quantization.Int4Tensor", 3, 8},
    {"torchao.quantization.Int4TilePackedTo4dTensor", 4, 8},
    {"torchao.quantization.Int8Tensor", 5, 8},
    {"torchao.quantization.IntxOpaqueTensor", 4, 8},
    {"torchao.quantization.IntxUnpackedTensor", 3, 3},
    {"torchao.quantization.IntxUnpackedToInt8Tensor", 4, 8},
    {"torchao.quantization.autoquant.AQBFloat16LinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQDefaultLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQFloat16LinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQFloat32LinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQGemliteInt4G64WeightOnlyQuantizedLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQInt4G128WeightOnlyQuantizedMarlinSparseLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQInt4G64WeightOnlyQuantizedLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQInt8DynamicallyQuantizedLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQInt8DynamicallyQuantizedSemiSparseLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQInt8WeightOnlyQuantizedLinearWeight", 0, 5},
    {"torchao.quantization.autoquant.AQInt8WeightOnlyQuantizedLinearWeight2", 0, 5},
    {"torchao.quantization.autoquant._identity", 0, 5},
    {"torchao.quantization.autoquant._to_bfloat16", 0, 5},
    {"torchao.quantization.autoquant._to_float16", 0, 5},
    {"torchao.quantization.granularity.PerBlock", 5, 8},
    {"torchao.quantization.granularity.PerRow", 0, 8},
    {"torchao.quantization.granularity.PerTensor", 0, 8},
    {"torchao.quantization.linear_activation_quantized_tensor.LinearActivationQuantizedTensor", 0, 7},
    {"torchao.quantization.linear_activation_scale.WeightTensorWithLinearActivationScaleMetadata", 0, 7},
    {"torchao.quantization.linear_activation_weight_observed_tensor.LinearActivationWeightObservedTensor", 0, 7},
    {"torchao.quantization.quant_api._float8_cutlass_quant", 1, 6},
    {"torchao.quantization.quant_api._float8_cutlass_quant_sparse", 1, 6},
    {"torchao.quantization.quant_api._input_activation_quant_func_fp8", 0, 6},
    {"torchao.quantization.quant_api._int4_symm_cutlass_quant", 1, 5},
    {"torchao.quantization.quant_api._int4_symm_per_token_quant_cutlass", 0, 0},
    {"torchao.quantization.quant_api._int8_asymm_per_token_quant", 0, 7},
    {"torchao.quantization.quant_api._int8_symm_cutlass_quant", 1, 5},
    {"torchao.quantization.quant_api._int8_symm_per_token_reduced_range_quant", 0, 7},
    {"torchao.quantization.quant_api._int8_symm_per_token_reduced_range_quant_cutlass", 0, 0},
    {"torchao.quantization.quant_primitives.MappingType", 0, 8},
    {"torchao.quantization.quant_primitives.ZeroPointDomain", 0, 8},
    {"torchao.quantization.quantize_.common.kernel_preference.KernelPreference", 3, 8},
    {"torchao.quantization.quantize_.workflows.float8.float8_packing_format.Float8PackingFormat", 6, 8},
    {"torchao.quantization.quantize_.workflows.float8.float8_sparse_2x4_1d_data_1d_metadata_tensor.Float8Sparse2x4_1DData1DMetadataTensor",
     8, 8},
    {"torchao.quantization.quantize_.workflows.float8.float8_sparse_2x4_2d_data_2d_metadata_tensor.Float8Sparse2x4_2DData2DMetadataTensor",
     8, 8},
    {"torchao.quantization.quantize_.workflows.float8.float8_tensor.QuantizeTensorToFloat8Kwargs", 3, 8},
    {"torchao.quantization.quantize_.workflows.float8.sparse_2x4_cutlass_float8_tensor.Sparse2x4CUTLASSFloat8Tensor", 6,
     7},
    {"torchao.quantization.quantize_.workflows.int8.int8_tensor.QuantizeTensorToInt8Kwargs", 5, 8},
    {"torchao.quantization.quantize_.workflows.intx.intx_packing_format.IntxPackingFormat", 4, 8},
    {"torchao.quantization.quantize_.workflows.intx.intx_unpacked_to_int8_tensor.IntxUnpackedToInt8TensorActivationQuantization",
     4, 8},
    {"torchao.quantization.quantize_.workflows.nf4.nf4_tensor.NF4Tensor", 8, 8},
    {"torchao.quantization.weight_tensor_linear_activation_quantization.WeightTensorWithLinearActivationQuantizationMetadata",
     0, 5},
};

// What config.json in the folder of `path` says.
struct Neighbour {
  bool torchao = false;
  bool diffusers = false;
};

Neighbour neighbour_of(const FileTree& repo, const std::string& path) {
  const std::string config = path.substr(0, path.rfind('/') + 1) + "config.json";
  const Result<std::string> text = repo.is_file(config) ? repo.read(config, 16u << 20) : Error{};
  const auto document = text ? json_document(*text) : std::nullopt;
  Neighbour found;
  if (!document || !document->is_object()) return found;
  found.diffusers = document->contains("_class_name");
  const auto quantization = document->find("quantization_config");
  if (quantization == document->end() || !quantization->is_object()) return found;
  const auto method = quantization->find("quant_method");
  found.torchao = method != quantization->end() && method->is_string() && *method == "torchao";
  return found;
}

std::string releases_of(std::uint8_t first, std::uint8_t last) {
  if (first == last) return fmt::format("torchao {}", kReleases[first]);
  if (last == kNewest) return fmt::format("torchao {} or later", kReleases[first]);
  return fmt::format("torchao {} to {}", kReleases[first], kReleases[last]);
}

}  // namespace

std::vector<std::string_view> torchao_releases() { return {kReleases.begin(), kReleases.end()}; }

const Registration* registration_of(std::string_view name) {
  const auto* const it =
      std::lower_bound(std::begin(kRegistrations), std::end(kRegistrations), name,
                       [](const Registration& each, std::string_view wanted) { return each.name < wanted; });
  return it == std::end(kRegistrations) || it->name != name ? nullptr : it;
}

void settle_registered_names(const FileTree& repo, const std::string& path, const std::vector<RegisteredName>& names,
                             std::vector<Defect>& defects) {
  if (names.empty()) return;
  const Neighbour neighbour = neighbour_of(repo, path);
  const auto add = [&](DefectKind kind, bool stops, const RegisteredName& name, std::string_view what) {
    defects.push_back({kind, stops, path, name.offset, "",
                       fmt::format("the pickle names {}, which torch.load {}", quoted_name(name.name), what)});
  };
  std::uint8_t first = 0;
  std::uint8_t last = kNewest;
  for (const RegisteredName& name : names) {
    const Registration* registration = registration_of(name.name);
    if (registration == nullptr || (registration->by_diffusers && !neighbour.diffusers)) {
      add(DefectKind::kPickleCall, true, name, "refuses with `weights_only=True`");
      continue;
    }
    const std::string releases = releases_of(registration->first, registration->last);
    first = std::max(first, registration->first);
    last = std::min(last, registration->last);
    if (!neighbour.torchao) {
      add(DefectKind::kPickleCall, true, name,
          fmt::format("refuses with `weights_only=True` unless {} is imported, and config.json does not ask for it",
                      releases));
    } else if (registration->last < kNewest) {
      add(DefectKind::kRetiredName, false, name,
          fmt::format("allows with `weights_only=True` where {} is imported: later ones do not register it", releases));
    } else if (registration->first > kFirstTaken) {
      add(DefectKind::kRecentName, false, name,
          fmt::format("allows with `weights_only=True` where {} is imported", releases));
    }
  }
  if (neighbour.torchao && first > last)
    add(DefectKind::kPickleCall, true, names.front(),
        "refuses with `weights_only=True`, as no release of torchao registers all the names of the file");
}

}  // namespace ckptlint
