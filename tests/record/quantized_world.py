"""A machine for transformers' quantizers: it says that it has an accelerator, and keeps everything on the CPU.  For quantized_changes.py."""

import contextlib
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import types

import torch

NAMES = {
    torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float8_e4m3fn: "F8_E4M3", torch.int8: "I8",
    torch.int32: "I32", torch.int64: "I64", torch.uint8: "U8", torch.float8_e8m0fnu: "F8_E8M0", torch.bool: "BOOL",
    torch.float8_e5m2: "F8_E5M2", torch.int16: "I16", torch.float64: "F64",
}  # fmt: skip

activations = importlib.import_module("transformers.activations")
if not hasattr(activations, "PytorchGELUTanh"):  # the last release of autoawq asks for it
    activations.PytorchGELUTanh = activations.GELUTanh

# Before there seems to be an accelerator, which some of them would start to use.
PACKAGES = "bitsandbytes optimum.quanto hqq.core.quantize torchao.quantization compressed_tensors optimum.gptq gptqmodel awq triton"
for package in PACKAGES.split():
    try:
        importlib.import_module(package)
    except Exception as absent:
        print(f"{package} is not there: {absent}", file=sys.stderr)

named_only = pathlib.Path(tempfile.mkdtemp())
sys.path.append(str(named_only))


def name_package(name, version, module, text=""):
    (named_only / module).parent.mkdir(parents=True, exist_ok=True)
    (named_only / module).write_text(text)
    (named_only / f"{name}-{version}.dist-info").mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (named_only / f"{name}-{version}.dist-info" / "METADATA").write_text(metadata)
    importlib.invalidate_caches()
    listed = getattr(sys.modules.get("transformers.utils.import_utils"), "PACKAGE_DISTRIBUTION_MAPPING", {})
    listed[name] = [name]


import_utils = importlib.import_module("transformers.utils.import_utils")


def seen(check, flag):
    if hasattr(getattr(import_utils, check), "cache_clear"):
        getattr(import_utils, check).cache_clear()
    else:
        setattr(import_utils, flag, True)


if importlib.util.find_spec("kernels") is None:
    name_package("kernels", "0.18.2", "kernels/__init__.py", "class Kernel:\n    def __getattr__(self, name): return Kernel()\n    def __call__(self, *_, **__): return Kernel()\ndef get_kernel(*_, **__): return Kernel()\n")
    seen("is_kernels_available", "_kernels_available")
if importlib.util.find_spec("fbgemm_gpu") is None:
    name_package("fbgemm_gpu", "1.7.0", "fbgemm_gpu/experimental/gen_ai.py")
    (named_only / "fbgemm_gpu" / "__init__.py").touch()
    torch.library.define("fbgemm::quantize_fp8_per_row", "(Tensor input) -> Tensor")
    seen("is_fbgemm_gpu_available", "_fbgemm_gpu_available")

torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 8
torch.cuda.current_device = lambda: 0
torch.cuda.get_device_capability = lambda *_: (9, 0)
torch.cuda.empty_cache = lambda: None
torch.accelerator.current_accelerator = lambda *_, **__: torch.device("cuda")

import transformers
from safetensors.torch import save_file
from transformers.integrations import hub_kernels
from transformers.quantizers import auto

IS_5 = int(transformers.__version__.split(".")[0]) >= 5

import transformers.integrations.mxfp4 as mxfp4


class Anything:
    """What has every attribute, and can be called."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_, **__):
        return Anything()


mxfp4.swizzle_mxfp4 = lambda *_: (types.SimpleNamespace(), None)
mxfp4.get_kernel = hub_kernels.get_kernel = lambda *_, **__: Anything()  # they fetch kernels, for forward alone
if hasattr(mxfp4, "get_current_accelerator"):
    mxfp4.get_current_accelerator = lambda: None
else:  # it asks torch, or takes it for granted, and moves there what it has
    mxfp4.on_device = lambda *_: contextlib.nullcontext()

    def keep_off_the_accelerator(name, device):
        own = getattr(mxfp4, name, None)

        def swizzle(*arguments, **keywords):
            return own(*arguments[:device], "meta", *arguments[device + 1 :], **keywords)

        if own is not None:
            setattr(mxfp4, name, swizzle)
            setattr(integrations, name, swizzle)

    import transformers.integrations as integrations

    keep_off_the_accelerator("swizzle_mxfp4_convertops", 4)
    keep_off_the_accelerator("load_and_swizzle_mxfp4", 3)


def checks_map_auto(quantizer):
    """The quantizer's check of the machine as it is with device_map="auto"."""
    own = quantizer.validate_environment

    def validate(self, *arguments, **keywords):
        return own(self, *arguments, **{**keywords, "device_map": "auto"})

    quantizer.validate_environment = validate


for quantizer in set(auto.AUTO_QUANTIZER_MAPPING.values()):
    if "validate_environment" in vars(quantizer):
        checks_map_auto(quantizer)

for module, quantizer in (("gptq", "GptqHfQuantizer"), ("awq", "AwqQuantizer"), ("awq", "AwqHfQuantizer")):
    kind = getattr(importlib.import_module(f"transformers.quantizers.quantizer_{module}"), quantizer, None)
    if kind is not None:
        kind._process_model_after_weight_loading = lambda self, model, **_: model


def write(folder, config, tensors):
    with open(f"{folder}/config.json", "w") as handle:
        json.dump(config, handle)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, f"{folder}/model.safetensors", metadata={"format": "pt"})


conversion_errors = []
own_report = getattr(transformers.modeling_utils, "log_state_dict_report", None)


def noting_report(*arguments, **keywords):
    """The library's report, which says only in its log which conversions failed."""
    found = keywords["loading_info"].conversion_errors if "loading_info" in keywords else {}
    conversion_errors.extend(text.strip().splitlines() for text in found.values())
    return own_report(*arguments, **keywords)


if own_report is not None:
    transformers.modeling_utils.log_state_dict_report = noting_report


def load(kind, config, tensors):
    """from_pretrained's report."""
    conversion_errors.clear()
    with tempfile.TemporaryDirectory() as folder:
        write(folder, config, tensors)
        _, info = getattr(transformers, kind).from_pretrained(
            folder, dtype="auto", device_map={"": "cpu"}, output_loading_info=True, ignore_mismatched_sizes=True
        )
        return info
