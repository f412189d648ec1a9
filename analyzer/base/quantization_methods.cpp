// The rows of the table of quantization methods.
#include "ckptlint/quantization_methods.h"

#include <algorithm>
#include <iterator>

namespace ckptlint {
namespace {

using Layout = QuantizedLayout;
using Method = QuantizationMethod;

constexpr Layout kPackedWords[] = {
    {.marker = ".qweight",
     .name = "GPTQ or AWQ",
     .parts = {".qweight", ".scales", ".qzeros"},
     .scales = Layout::Scales::kOneAGroup},
    {.marker = ".qzeros",
     .name = "GPTQ or AWQ",
     .parts = {".qweight", ".scales", ".qzeros"},
     .scales = Layout::Scales::kOneAGroup},
};

constexpr Layout kBitsandbytes[] = {
    {.marker = ".weight.quant_state.bitsandbytes__nf4",
     .name = "bitsandbytes, 4 bit",
     .parts = {".weight", ".weight.absmax", ".weight.quant_map"}},
    {.marker = ".weight.quant_state.bitsandbytes__fp4",
     .name = "bitsandbytes, 4 bit",
     .parts = {".weight", ".weight.absmax", ".weight.quant_map"}},
    {.marker = ".SCB", .name = "bitsandbytes, 8 bit", .parts = {".weight", ".SCB"}},
};

constexpr Layout kCompressedTensors[] = {
    {.marker = ".weight_packed", .name = "compressed-tensors", .parts = {".weight_packed", ".weight_scale"}},
    {.marker = ".weight_scale",
     .name = "fp8 or int8 with scales",
     .parts = {".weight", ".weight_scale"},
     .values = Layout::Values::kOneByte,
     .scales_all_fp8 = true},
};

constexpr Layout kFp8[] = {
    {.marker = ".weight_scale_inv",
     .name = "fp8 in blocks",
     .parts = {".weight", ".weight_scale_inv"},
     .scales = Layout::Scales::kOneABlock,
     .scales_all_fp8 = true},
};

constexpr Layout kHqq[] = {
    {.marker = ".W_q", .name = "HQQ", .parts = {".W_q", ".scale", ".zero"}},
};

constexpr Layout kMlx[] = {
    {.marker = ".scales", .name = "MLX", .parts = {".weight", ".scales"}, .values = Layout::Values::kUint32},
};

constexpr Layout kModelopt[] = {
    {.marker = ".weight_scale_2", .name = "NVFP4", .parts = {".weight", ".weight_scale", ".weight_scale_2"}},
};

constexpr Layout kMxfp4[] = {
    {.marker = "_blocks", .name = "MXFP4", .parts = {"_blocks", "_scales"}, .values = Layout::Values::kOneByte},
};

constexpr Layout kQuanto[] = {
    {.marker = ".weight._data", .name = "quanto", .parts = {".weight._data", ".weight._scale"}},
};

constexpr Method kMethods[] = {
    {.name = "aqlm",
     .text = "quantizers/aqlm.py",
     .compared_with_4 = true,
     .compared_with_5 = true,
     .has_own_parameters = true},
    {.name = "auto-round", .text = "quantizers/auto_round.py", .compared_with_diffusers = true},
    {.name = "awq",
     .text = "quantizers/awq.py",
     .layouts = kPackedWords,
     .packs = Method::Packs::kOutputs,
     .words = "AWQ",
     .compared_with_5 = true,
     .has_own_parameters = true,
     .own_file = "quant_config.json"},
    {.name = "bitnet", .compared_with_4 = true, .compared_with_5 = true, .has_own_parameters = true},
    {.name = "bitsandbytes",
     .text = "quantizers/bitsandbytes.py",
     .layouts = kBitsandbytes,
     .compared_with_4 = true,
     .compared_with_5 = true,
     .compared_with_diffusers = true,
     .skip_list = "llm_int8_skip_modules"},
    {.name = "compressed-tensors",
     .text = "quantizers/compressed_tensors.py",
     .layouts = kCompressedTensors,
     .compared_with_4 = true,
     .compared_with_5 = true,
     .has_own_parameters = true,
     .plain_format = "dense",
     .skip_list = "ignore",
     .packs_by_status = true},
    {.name = "eetq", .compared_with_5 = true, .has_own_parameters = true},
    {.name = "fbgemm_fp8", .compared_with_4 = true, .compared_with_5 = true, .has_own_parameters = true},
    {.name = "fp8", .layouts = kFp8, .compared_with_4 = true, .compared_with_5 = true, .has_own_parameters = true},
    {.name = "gptq",
     .text = "quantizers/gptqmodel.py",
     .layouts = kPackedWords,
     .packs = Method::Packs::kInputs,
     .words = "GPTQ",
     .compared_with_5 = true,
     .has_own_parameters = true,
     .own_file = "quantize_config.json"},
    {.name = "hqq",
     .text = "quantizers/hqq.py",
     .layouts = kHqq,
     .compared_with_4 = true,
     .compared_with_5 = true,
     .skip_list = "skip_modules"},
    {.name = "metal", .compared_with_5 = true, .has_own_parameters = true},
    {.name = "mlx", .layouts = kMlx},
    {.name = "modelopt",
     .text = "quantizers/modelopt.py",
     .layouts = kModelopt,
     .compared_with_diffusers = true,
     .own_file = "hf_quant_config.json",
     .read_by = "what ModelOpt writes is for TensorRT-LLM, vLLM and SGLang, which read it"},
    {.name = "mxfp4", .layouts = kMxfp4, .compared_with_4 = true, .compared_with_5 = true},
    {.name = "mxfp8", .compared_with_5 = true, .has_own_parameters = true},
    {.name = "nunchaku_lite", .compared_with_diffusers = true},
    {.name = "quanto",
     .text = "quantizers/quanto.py",
     .layouts = kQuanto,
     .compared_with_4 = true,
     .compared_with_5 = true,
     .compared_with_diffusers = true},
    {.name = "sdnq", .text = "quantizers/sdnq.py", .compared_with_diffusers = true},
    {.name = "torchao", .text = "quantizers/torchao.py", .compared_with_diffusers = true},
};

// Ends of the last component.  Those of activations come first: "input_scale" ends like a weight's.
constexpr std::string_view kOfActivations[] = {"input_scale",
                                               "input_zero_point",
                                               "input_global_scale",
                                               "output_scale",
                                               "output_zero_point",
                                               "output_global_scale",
                                               "activation_scale",
                                               "k_scale",
                                               "v_scale",
                                               "q_scale",
                                               "kv_cache_scaling_factor"};
constexpr std::string_view kOfWeights[] = {"weight_scale",
                                           "_scale_inv",
                                           "weight_scale_2",
                                           "weight_packed",
                                           "weight_shape",
                                           "weight_zero_point",
                                           "weight_global_scale",
                                           "weight_g_idx",
                                           "qweight",
                                           "qzeros",
                                           "qscale_weight",
                                           "SCB",
                                           "weight_format",
                                           "absmax",
                                           "quant_map",
                                           "bitsandbytes__nf4",
                                           "bitsandbytes__fp4",
                                           "_proj_scale",
                                           "_blocks",
                                           "_scales"};
// Words that mean something only where they are all of it.
constexpr std::string_view kWholeWords[] = {"scales", "g_idx", "W_q", "_data", "_scale"};

}  // namespace

PartKind part_kind(std::string_view leaf) {
  const auto ends = [&](std::string_view part) { return leaf.ends_with(part); };
  if (std::any_of(std::begin(kOfActivations), std::end(kOfActivations), ends)) return PartKind::kActivation;
  if (std::any_of(std::begin(kOfWeights), std::end(kOfWeights), ends)) return PartKind::kWeight;
  return std::find(std::begin(kWholeWords), std::end(kWholeWords), leaf) != std::end(kWholeWords) ? PartKind::kWeight
                                                                                                  : PartKind::kNone;
}

std::span<const Method> quantization_methods() { return kMethods; }

const Method* quantization_method(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kMethods), std::end(kMethods), [&](const Method& method) { return method.name == name; });
  return found == std::end(kMethods) ? nullptr : found;
}

const Method* method_that_packs(Method::Packs axis) {
  const auto* const found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                         [&](const Method& method) { return method.packs == axis; });
  return found == std::end(kMethods) || axis == Method::Packs::kNothing ? nullptr : found;
}

}  // namespace ckptlint
