// The packages that transformers' quantizers ask for, as far as they decide which modules and tensors a model has, and
// the accelerator that quantizers want to see.
#include "library/quantizers/install.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "ckptlint/quantization_methods.h"
#include "library/host/embedded.h"
#include "library/host/environment.h"
#include "library/stdlib/values.h"
#include "library/torch/state.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// A module of this program's own for the text: "_awq" for "quantizers/awq.py".
void add_text(Interpreter& in, std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  in.embedded_module("_" + std::string(file.substr(0, file.rfind('.'))), embedded_text(path), false);
}

constexpr std::string_view kKernels = "kernels";
// Libraries find these where they can be imported, whatever is said of their releases.
constexpr std::string_view kDescribedIfPresent[] = {"auto_round", kKernels, "modelopt", "sdnq"};

bool is_described(const Interpreter& in, std::string_view module) {
  const std::string package(module.substr(0, module.find('.')));
  return std::ranges::count(kDescribedIfPresent, package) == 0 || is_present(in.environment, package);
}

// What the packages' modules take from them; without names, a module that only has to be there.
struct Described {
  const char* module;
  const char* from;
  const char* names;  // separated by spaces
};
constexpr Described kDescribed[] = {
    {"accelerate", "_accelerate", "init_empty_weights init_on_device"},
    {"accelerate.utils", "_accelerate", "CustomDtype find_tied_parameters set_module_tensor_to_device"},
    {"accelerate.utils.modeling", "_accelerate", "find_tied_parameters"},
    {"aqlm", "_aqlm", "QuantizedLinear"},
    {"auto_round", "", ""},
    {"auto_round.inference", "", ""},
    {"auto_round.inference.convert_model", "_auto_round", "convert_hf_model infer_target_device post_init"},
    {"awq", "", ""},
    {"awq.modules", "", ""},
    {"awq.modules.act", "_awq", "ScaledActivation"},
    {"awq.modules.linear", "", ""},
    {"awq.modules.linear.exllama", "_awq", "WQLinear_Exllama"},
    {"awq.modules.linear.exllamav2", "_awq", "WQLinear_ExllamaV2"},
    {"awq.modules.linear.gemm", "_awq", "WQLinear_GEMM"},
    {"awq.modules.linear.gemm_ipex", "_awq", "WQLinear_IPEX"},
    {"awq.modules.linear.gemv", "_awq", "WQLinear_GEMV"},
    {"bitsandbytes", "_bitsandbytes", "__version__ features supported_torch_devices nn"},
    {"bitsandbytes.nn", "_bitsandbytes", "Int8Params Linear4bit Linear8bitLt Params4bit"},
    {"compressed_tensors", "", ""},
    {"compressed_tensors.compressors", "_compressed_tensors", "BaseCompressor ModelCompressor"},
    {"compressed_tensors.config", "_compressed_tensors", "SparsityCompressionConfig"},
    {"compressed_tensors.quantization", "_compressed_tensors",
     "QuantizationConfig QuantizationStatus apply_quantization_config"},
    {"compressed_tensors.utils", "", ""},
    {"compressed_tensors.utils.match", "_compressed_tensors", "match_named_modules"},
    {"fbgemm_gpu", "", ""},
    {"fbgemm_gpu.experimental", "", ""},
    {"fbgemm_gpu.experimental.gen_ai", "", ""},
    {"gptqmodel", "", ""},
    {"gptqmodel.quantization", "_gptqmodel", "METHOD"},
    {"gptqmodel.quantization.awq", "", ""},
    {"gptqmodel.quantization.awq.modules", "", ""},
    {"gptqmodel.quantization.awq.modules.act", "_gptqmodel", "ScaledActivation"},
    {"gptqmodel.utils", "", ""},
    {"gptqmodel.utils.importer", "_gptqmodel", "hf_select_quant_linear_v2"},
    {"hqq", "", ""},
    {"hqq.core", "", ""},
    {"hqq.core.quantize", "_hqq", "BaseQuantizeConfig HQQLinear"},
    {"kernels", "_kernels",
     "CUDAProperties Device FuncRepository KernelizeFallback LayerRepository LocalLayerRepository Mode ROCMProperties "
     "get_kernel kernelize register_kernel_mapping replace_kernel_forward_from_hub use_kernel_forward_from_hub "
     "use_kernel_func_from_hub use_kernelized_func"},
    {"modelopt", "", ""},
    {"modelopt.torch", "", ""},
    {"modelopt.torch.opt", "_modelopt", "ModeloptStateManager apply_mode"},
    {"modelopt.torch.opt.plugins", "", ""},
    {"modelopt.torch.opt.plugins.huggingface", "_modelopt", "_PATCHED_CLASSES"},
    {"modelopt.torch.quantization", "_modelopt", "config"},
    {"modelopt.torch.quantization.utils", "_modelopt", "is_quantized"},
    {"optimum", "", ""},
    {"optimum.gptq", "_gptqmodel", "GPTQQuantizer"},
    {"optimum.quanto", "_quanto", "QLayerNorm QLinear QModuleMixin QTensor freeze qfloat8 qint2 qint4 qint8"},
    {"optimum.quanto.tensor", "", ""},
    {"optimum.quanto.tensor.packed", "_quanto", "PackedTensor"},
    {"sdnq", "_sdnq", "SDNQConfig SDNQQuantizer"},
    {"torchao", "", ""},
    {"torchao.core", "", ""},
    {"torchao.core.config", "_torchao", "AOBaseConfig config_from_dict config_to_dict"},
    {"torchao.dtypes", "_torchao", "NF4Tensor"},
    {"torchao.dtypes.floatx", "", ""},
    {"torchao.dtypes.floatx.float8_layout", "_torchao", "Float8AQTTensorImpl"},
    {"torchao.dtypes.uintx", "", ""},
    {"torchao.dtypes.uintx.uint4_layout", "_torchao", "UInt4Tensor"},
    {"torchao.dtypes.uintx.uintx_layout", "_torchao", "UintxAQTTensorImpl UintxTensor"},
    {"torchao.prototype", "", ""},
    {"torchao.prototype.safetensors", "", ""},
    {"torchao.prototype.safetensors.safetensors_support", "_torchao", "unflatten_tensor_state_dict"},
    {"torchao.prototype.safetensors.safetensors_utils", "_torchao", "is_metadata_torchao"},
    {"torchao.quantization", "_torchao",
     "FqnToConfig float8_dynamic_activation_float8_weight float8_static_activation_float8_weight float8_weight_only "
     "fpx_weight_only fqn_matches_fqn_config int4_weight_only int8_dynamic_activation_int4_weight "
     "int8_dynamic_activation_int8_weight int8_weight_only quantize_ uintx_weight_only"},
    {"torchao.quantization.observer", "_torchao", "PerRow PerTensor"},
    {"torchao.quantization.quant_api", "_torchao", "AOBaseConfig"},
    {"triton", "_triton", "cdiv jit next_power_of_2"},
};

// Releases that the quantizers of transformers 4.57 and 5.23 accept.
constexpr std::pair<const char*, const char*> kVersions[] = {
    {"aqlm", "1.1.7"},       {"bitsandbytes", "0.50.2"}, {"optimum", "2.3.0"},   {"optimum_quanto", "0.2.7"},
    {"hqq", "0.2.8"},        {"torchao", "0.18.0"},      {"gptqmodel", "7.7.0"}, {"compressed_tensors", "0.20.0"},
    {"kernels", "0.18.2"},   {"triton", "3.9.0"},        {"awq", "0.2.9"},       {"autoawq", "0.2.9"},
    {"fbgemm_gpu", "1.7.0"},
};

// A release of diffusers imports each of these that is there, and cannot be imported with some: there is what the
// method asks for.  A method is what `quant_method` begins with; bitsandbytes does without one.
struct OfDiffusers {
  std::string_view method;
  const char* package;
  const char* version;  // null: as above
};
constexpr OfDiffusers kOfDiffusers[] = {
    {"bitsandbytes", "bitsandbytes", nullptr}, {"quanto", "optimum", nullptr},
    {"quanto", "optimum_quanto", nullptr},     {"torchao", "torchao", nullptr},
    {"auto-round", "auto_round", "0.16.1"},    {"modelopt", "modelopt", "0.47.0"},
    {"nunchaku_lite", "kernels", nullptr},     {"sdnq", "sdnq", "0.2.8"},
};

// Their quantizers ask whether `kernels` is installed, and refuse or dequantize where it is not.  Of what it holds
// nothing is known, so that for every other method it is absent, as it is where nobody installed it: the library has
// code for that, which leaves modules as they are.
constexpr std::string_view kAskForKernels[] = {"eetq", "metal", "mxfp4", "nvfp4"};

// Compute capability 9.0: every method but NVFP4 is content with it.
Value capability(Interpreter& in, const Arguments&, const Value&) { return in.tuple({Value::of(9), Value::of(0)}); }

// For evaluated code to say that it goes beyond what is described here.
Value not_described(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = by_position<"what=">(arguments);
  const std::string what = given.missing() ? "" : in.str(given);
  in.note_partial(what + " is not described");
  return in.unknown(what);
}

Value itself(Interpreter&, const Arguments&, const Value& answer) { return answer; }

}  // namespace

void add_quantizer_packages(Environment& environment, std::string_view method) {
  const bool with_kernels =
      std::find(std::begin(kAskForKernels), std::end(kAskForKernels), method) != std::end(kAskForKernels);
  for (const auto& [package, version] : kVersions) {
    if (with_kernels || package != kKernels) environment.packages.emplace_back(package, version);
  }
}

void add_packages_of_diffusers(Environment& environment, std::string_view method) {
  if (method.empty()) method = kOfDiffusers[0].method;
  for (const OfDiffusers& wanted : kOfDiffusers) {
    if (!method.starts_with(wanted.method)) continue;
    if (wanted.version != nullptr) environment.packages.emplace_back(wanted.package, wanted.version);
    for (const auto& [package, version] : kVersions) {
      if (wanted.version == nullptr && std::string_view(package) == wanted.package)
        environment.packages.emplace_back(package, version);
    }
  }
}

void install_quantizer_packages(Interpreter& in) {
  add_text(in, "quantizers/accelerate.py");
  add_text(in, "quantizers/kernels.py");
  for (const QuantizationMethod& method : quantization_methods()) {
    if (!method.text.empty()) add_text(in, method.text);
  }
  add_text(in, "quantizers/triton.py");
  for (const Described& each : kDescribed) {
    if (!is_described(in, each.module)) continue;
    Module* module = in.native_module(each.module, true);
    for (std::string_view rest = each.names; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      define_lazy(in, module, name, each.from, name);
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
  }
  Module* described = in.native_module("_described", false);
  in.define(described, "not_described", not_described);
  in.define(described, "remarks", Value::of(in.list()));
  Module* cuda = in.native_module("torch.cuda");
  in.define(cuda, "is_available", itself, Value::of(true));
  in.define(cuda, "device_count", itself, Value::of(8));
  in.define(cuda, "current_device", itself, Value::of(0));
  in.define(cuda, "get_device_capability", capability);
  Module* accelerator = in.native_module("torch.accelerator");
  in.define(accelerator, "is_available", itself, Value::of(true));
  in.define(accelerator, "device_count", itself, Value::of(8));
  in.define(accelerator, "current_accelerator", itself, Value::of(torch::device(in, "cuda")));
}

}  // namespace ckptlint::python
