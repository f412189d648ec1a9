"""A machine for the quantizers of diffusers: it says that it has CUDA devices, and keeps everything on the CPU.  With it, configs of every kind.

Needs diffusers, torch, accelerate with psutil, and the packages that quantizers ask for: bitsandbytes, torchao, optimum-quanto, gguf, nvidia-modelopt;
for OTHERS auto-round with triton, sdnq, kernels."""

import importlib
import os
import sys
import warnings

os.environ["DIFFUSERS_VERBOSITY"] = os.environ.get("DIFFUSERS_VERBOSITY", "critical")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DIFFUSERS_TRUST_REMOTE_KERNELS"] = "true"
os.environ["SDNQ_USE_TORCH_COMPILE"] = "0"
warnings.filterwarnings("ignore")

import torch

# Before there seems to be an accelerator, which some of them would start to use.
PACKAGES = ("bitsandbytes", "optimum.quanto", "torchao.quantization", "torchao.prototype.mx_formats", "gguf", "modelopt.torch.quantization", "modelopt.torch.opt")
OTHER_PACKAGES = ("torchao.quantization", "modelopt.torch.quantization", "modelopt.torch.opt", "auto_round", "sdnq", "kernels")
for package in OTHER_PACKAGES if "--others" in sys.argv else PACKAGES:
    try:
        importlib.import_module(package)
    except Exception as absent:
        print(f"{package} is not there: {absent}", file=sys.stderr)

torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 8
torch.cuda.current_device = lambda: 0
torch.cuda.get_device_capability = lambda *_: (9, 0)
torch.cuda.empty_cache = lambda: None

import diffusers
from accelerate.utils import modeling
from diffusers.models import modeling_utils
from seen_cuda import TorchThatSeesCuda

modeling.torch = TorchThatSeesCuda("torch")


def torchao(name, **data):
    """Of the version that the installed release has, where it has it."""
    kinds = [getattr(sys.modules.get(module), name, None) for module in ("torchao.quantization", "torchao.prototype.mx_formats")]
    kind = next(filter(None, kinds), None)
    config = {"_type": name, "_version": getattr(kind, "version", getattr(kind, "VERSION", 1)), "_data": data}
    return {"quant_method": "torchao", "quant_type": {"default": config}}


FOUR = {"quant_method": "bitsandbytes", "load_in_4bit": True}
EIGHT = {"quant_method": "bitsandbytes", "load_in_8bit": True}
QUANTO = {"quant_method": "quanto"}
KINDS = {
    "4 bit": FOUR | {"bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": "bfloat16"},
    "4 bit fp4": FOUR,
    "4 bit double": FOUR | {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True, "bnb_4bit_compute_dtype": "float16"},
    "4 bit in bfloat16": FOUR | {"bnb_4bit_quant_storage": "bfloat16"},
    "4 bit skipping": FOUR | {"llm_int8_skip_modules": ["proj_out", "norm_out", "time_text_embed"]},
    "4 bit skipping blocks": FOUR | {"llm_int8_skip_modules": ["transformer_blocks.0", "blocks.1", "to_q"]},
    "4 bit offloading": FOUR | {"llm_int8_enable_fp32_cpu_offload": True},
    "8 bit": EIGHT,
    "8 bit threshold": EIGHT | {"llm_int8_threshold": 0.0, "llm_int8_has_fp16_weight": True},
    "8 bit skipping": EIGHT | {"llm_int8_skip_modules": ["proj_out", "attn", "context_embedder"]},
    "8 bit offloading": EIGHT | {"llm_int8_enable_fp32_cpu_offload": True},
    "int8wo": torchao("Int8WeightOnlyConfig"),
    "int4wo": torchao("Int4WeightOnlyConfig", group_size=32),
    "int8dq": torchao("Int8DynamicActivationInt8WeightConfig"),
    "int8 in int4": torchao("Int8DynamicActivationInt4WeightConfig"),
    "float8wo": torchao("Float8WeightOnlyConfig"),
    "float8dq": torchao("Float8DynamicActivationFloat8WeightConfig"),
    "intx": torchao("IntxWeightOnlyConfig"),
    "int8wo skipping": torchao("Int8WeightOnlyConfig") | {"modules_to_not_convert": ["proj_out", "norm"]},
    "old torchao": {"quant_method": "torchao", "quant_type": "int8wo", "quant_type_kwargs": {}},
    "old torchao int4": {"quant_method": "torchao", "quant_type": "int4wo", "quant_type_kwargs": {}},
    "float8": QUANTO | {"weights_dtype": "float8"},
    "int8": QUANTO | {"weights_dtype": "int8"},
    "int4": QUANTO | {"weights_dtype": "int4"},
    "int2": QUANTO | {"weights_dtype": "int2"},
    "int8 skipping": QUANTO | {"weights_dtype": "int8", "modules_to_not_convert": ["proj_out", "to_q"]},
    "gguf": {"quant_method": "gguf"},
    "bfl": {"quant_method": "bfl"},
    "modelopt": {"quant_method": "modelopt", "quant_type": "FP8"},
}


def layers(model, torch_kind=torch.nn.Linear):
    return [name for name, module in model.named_modules() if type(module) is torch_kind]


def nunchaku(rank=None, share=2, **more):
    """Of the model: every `share`-th of its layers is a target of the first kind, some of the others of the second."""

    def config(model):
        names = layers(model)
        made = {"quant_method": "nunchaku_lite"} | {key: value for key, value in more.items() if key != "precision"}
        if rank is not None:
            precision = more.get("precision", "int4")
            made["svdq_w4a4"] = {"precision": precision, "group_size": 16 if precision == "nvfp4" else 64, "rank": rank, "targets": names[::share]}
        if rank is None or share > 1:
            made["awq_w4a16"] = {"precision": "int4", "group_size": 64, "targets": names[1::share]}
        return made

    return config


SDNQ = {"quant_method": "sdnq", "minimum_allowed_numel": 0, "minimum_allowed_channel_size": 0}
ROUND = {"quant_method": "auto-round", "bits": 4, "group_size": 32, "sym": True, "data_type": "int", "packing_format": "auto_round:auto_gptq"}
MODELOPT = {"quant_method": "modelopt", "quant_type": "FP8"}
OTHERS = {
    "sdnq": SDNQ,
    "sdnq uint4": SDNQ | {"weights_dtype": "uint4"},
    "sdnq int4 groups": SDNQ | {"weights_dtype": "int4", "group_size": 16},
    "sdnq int6 rows": SDNQ | {"weights_dtype": "int6", "group_size": -1},
    "sdnq int5 tensor": SDNQ | {"weights_dtype": "int5", "group_size": -2},
    "sdnq svd": SDNQ | {"weights_dtype": "uint4", "use_svd": True, "svd_rank": 8},
    "sdnq float8": SDNQ | {"weights_dtype": "float8_e4m3fn", "dequantize_fp32": False},
    "sdnq float4": SDNQ | {"weights_dtype": "float4_e2m1fn"},
    "sdnq uint12": SDNQ | {"weights_dtype": "uint12"},
    "sdnq convolutions": SDNQ | {"weights_dtype": "uint4", "quant_conv": True, "quant_embedding": True},
    "sdnq matmul": SDNQ | {"use_quantized_matmul": True, "quant_conv": True, "use_quantized_matmul_conv": True},
    "sdnq matmul svd": SDNQ | {"use_quantized_matmul": True, "use_svd": True, "svd_rank": 8, "modules_to_not_use_matmul": ["to_q"]},
    "sdnq scales": SDNQ | {"weights_dtype": "uint4", "scale_dtype": "float8_e4m3fn", "group_size": 8},
    "sdnq packed scales": SDNQ | {"weights_dtype": "uint4", "scale_dtype": "uint6", "zero_point_dtype": "int8", "group_size": 8},
    "sdnq codebook": SDNQ | {"weights_dtype": "uint4", "use_codebook": True},
    "sdnq rotated": SDNQ | {"weights_dtype": "int4", "use_hadamard": True, "hadamard_group_size": 16},
    "sdnq uint2 tensor svd": SDNQ | {"weights_dtype": "uint2", "group_size": -2, "use_svd": True, "svd_rank": 4, "dequantize_fp32": False},
    "sdnq skipping": SDNQ | {"modules_to_not_convert": ["proj_out", "transformer_blocks.0.*", "to_q"]},
    "sdnq of modules": SDNQ | {"modules_dtype_dict": {"uint4": ["to_k", "to_v"], "minimum_6bit": ["proj_out"]}, "weights_dtype": "int5"},
    "sdnq nosuch": SDNQ | {"weights_dtype": "int64"},
    "nunchaku": nunchaku(32),
    "nunchaku nvfp4": nunchaku(16, precision="nvfp4", compute_dtype="float16"),
    "nunchaku all": nunchaku(8, 1),
    "nunchaku awq": nunchaku(None, 2, compute_dtype="bfloat16"),
    "nunchaku no target": {"quant_method": "nunchaku_lite", "svdq_w4a4": {"precision": "int4", "group_size": 64, "rank": 32, "targets": ["nosuch.layer"]}},
    "nunchaku wrong": {"quant_method": "nunchaku_lite", "svdq_w4a4": {"precision": "nvfp4", "group_size": 64, "rank": 32, "targets": ["proj_out"]}},
    "auto-round": ROUND,
    "auto-round blocks": ROUND | {"block_name_to_quantize": "transformer_blocks,blocks"},
    "auto-round 8 bit": ROUND | {"bits": 8, "group_size": -1, "packing_format": "auto_round"},
    "auto-round 2 bit": ROUND | {"bits": 2, "group_size": 16, "sym": False},
    "auto-round 3 bit": ROUND | {"bits": 3, "backend": "torch"},
    "auto-round 128": ROUND | {"group_size": 128},
    "auto-round extra": ROUND | {"extra_config": {"transformer_blocks.0.attn.to_q": {"bits": 16, "data_type": "fp"}, ".*proj.*": {"bits": 8}}},
    "auto-round awq": ROUND | {"packing_format": "auto_round:auto_awq", "sym": False},
    "auto-round mxfp4": ROUND | {"packing_format": "auto_round:llm_compressor", "data_type": "mx_fp", "act_bits": 4, "act_data_type": "mx_fp", "act_group_size": 32, "act_sym": True, "act_dynamic": True},
    "auto-round marlin": ROUND | {"backend": "marlin"},
    "auto-round nosuch": ROUND | {"backend": "nosuch"},
    "modelopt": MODELOPT,
    "modelopt own": MODELOPT | {"modelopt_config": {"quant_cfg": {"*weight_quantizer": {"num_bits": [4, 3], "fake_quant": False}, "*input_quantizer": {"enable": False}}, "algorithm": "max"}},
    "modelopt list": MODELOPT | {"modelopt_config": {"quant_cfg": [{"quantizer_name": "*weight_quantizer", "cfg": {"num_bits": [4, 3]}}], "algorithm": "max"}},
    "modelopt skipping": MODELOPT | {"modules_to_not_convert": ["proj_out"], "modelopt_config": {"quant_cfg": {"*weight_quantizer": {"num_bits": 8}}, "algorithm": "max"}},
}


def blocks(name, columns, rows=1, **data):
    """A config of torchao whose kind of tensor has blocks: the layers that do not divide into such are skipped."""

    def config(model):
        odd = [name for name in layers(model) if model.get_submodule(name).in_features % columns or model.get_submodule(name).out_features % rows]
        return torchao(name, **data) | {"modules_to_not_convert": odd}

    return config


DTYPE = {"_type": "torch.dtype", "_data": "float8_e4m3fn"}
MX = {"block_size": 32, "activation_dtype": DTYPE, "weight_dtype": DTYPE}
FOUR_BITS = DTYPE | {"_data": "float4_e2m1fn_x2"}
OF_TORCHAO = {
    "mx": blocks("MXDynamicActivationMXWeightConfig", 32, **MX),
    "mx 4 bit": blocks("MXDynamicActivationMXWeightConfig", 32, **(MX | {"activation_dtype": FOUR_BITS, "weight_dtype": FOUR_BITS})),
    "nvfp4": blocks("NVFP4WeightOnlyConfig", 16, 16),
    "nvfp4 dynamic": blocks("NVFP4DynamicActivationNVFP4WeightConfig", 16, 16),
    "tiled": blocks("Int4WeightOnlyConfig", 32, 8, group_size=32, int4_packing_format="tile_packed_to_4d"),
    "plain int32": blocks("Int4WeightOnlyConfig", 32, 8, group_size=32, int4_packing_format="plain_int32"),
    "intx": KINDS["intx"],
    "int8wo": KINDS["int8wo"],
}


def sees_device_for(method):
    """nunchaku_lite refuses the device on which all others load."""
    torch.cuda.get_device_capability = lambda *_: (10, 0) if method == "nunchaku_lite" else (9, 0)


if "--others" in sys.argv:
    import types

    import kernels

    # What the Hub has of these is used by a forward pass alone.
    kernels.get_kernel = lambda *given, **named: types.SimpleNamespace(ops=None)
