"""A machine for the quantizers of diffusers: it says that it has CUDA devices, and keeps everything on the CPU.  With it, configs of every kind.

Needs diffusers, torch, accelerate with psutil, and the packages that quantizers ask for: bitsandbytes, torchao, optimum-quanto, gguf, nvidia-modelopt."""

import importlib
import os
import sys
import warnings

os.environ["DIFFUSERS_VERBOSITY"] = os.environ.get("DIFFUSERS_VERBOSITY", "critical")
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch

# Before there seems to be an accelerator, which some of them would start to use.
for package in ("bitsandbytes", "optimum.quanto", "torchao.quantization", "gguf", "modelopt.torch.quantization", "modelopt.torch.opt"):
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
    kind = getattr(importlib.import_module("torchao.quantization"), name, None)
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
