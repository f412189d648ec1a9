"""gptqmodel and optimum.gptq: packed layers in place of linear ones, with the tensors that checkpoints have.

Which of its classes gptqmodel takes depends on the device; they register the same tensors.
"""

import math
from enum import Enum

import torch

from _described import not_described

_PATTERNS = (
    "transformer.h model.decoder.layers gpt_neox.layers model.layers model.language_model.layers h decoder.layers layers"
).split()


class METHOD(str, Enum):
    GPTQ = "gptq"
    AWQ = "awq"


class _PackedLinear(torch.nn.Module):
    def forward(self, *args, **kwargs):
        return not_described("a pass through layers of gptqmodel")

    def _register(self, bits, group_size, in_features, out_features, bias):
        self.in_features, self.out_features, self.bits = in_features, out_features, bits
        self.group_size = in_features if group_size == -1 else group_size
        self.groups = math.ceil(in_features / self.group_size)
        self.register_buffer("scales", torch.zeros((self.groups, out_features), dtype=torch.float16))
        if bias:
            self.register_buffer("bias", torch.zeros((out_features,), dtype=torch.float16))
        else:
            self.bias = None


class TorchLinear(_PackedLinear):
    def __init__(self, bits, group_size, desc_act, sym, in_features, out_features, bias=False, **kwargs):
        super().__init__()
        words = torch.zeros((in_features * bits // 32, out_features), dtype=torch.int32)
        self.register_buffer("qweight", words)
        groups = math.ceil(in_features / (in_features if group_size == -1 else group_size))
        self.register_buffer("qzeros", torch.zeros((groups, out_features * bits // 32), dtype=torch.int32))
        self.register_buffer("g_idx", torch.zeros((in_features,), dtype=torch.int32))
        self._register(bits, group_size, in_features, out_features, bias)


class TorchAwqLinear(_PackedLinear):
    def __init__(self, bits, group_size, in_features, out_features, bias=False, **kwargs):
        super().__init__()
        self.register_buffer("qweight", torch.zeros((in_features, out_features * bits // 32), dtype=torch.int32))
        groups = math.ceil(in_features / (in_features if group_size == -1 else group_size))
        self.register_buffer("qzeros", torch.zeros((groups, out_features * bits // 32), dtype=torch.int32))
        self._register(bits, group_size, in_features, out_features, bias)


def hf_select_quant_linear_v2(bits, format, quant_method, **kwargs):
    name = str(getattr(format, "value", format)).lower()
    if quant_method != METHOD.AWQ or name not in ("gemm", "gptq") or bits not in (2, 3, 4, 8):
        return not_described(f"gptqmodel's layer for {bits} bits in the format {name}")
    return TorchAwqLinear


class ScaledActivation(torch.nn.Module):
    def __init__(self, module, scales):
        super().__init__()
        self.act = module
        self.scales = torch.nn.Parameter(scales.data)


class GPTQQuantizer:
    def __init__(
        self,
        bits,
        group_size=128,
        desc_act=False,
        sym=True,
        block_name_to_quantize=None,
        modules_in_block_to_quantize=None,
        **kwargs,
    ):
        self.bits, self.group_size, self.desc_act, self.sym = bits, group_size, desc_act, sym
        self.block_name_to_quantize = block_name_to_quantize
        self.modules_in_block_to_quantize = modules_in_block_to_quantize
        self.format = kwargs.get("format") or kwargs.get("checkpoint_format") or "gptq"

    @classmethod
    def from_dict(cls, options):
        return cls(**options)

    def _block_name(self, names):
        for pattern in _PATTERNS:
            if any(name.startswith(pattern) for name in names):
                return pattern
        raise ValueError("Block pattern could not be match. Pass `block_name_to_quantize` argument in `quantize_model`")

    def convert_model(self, model, **kwargs):
        from transformers.pytorch_utils import Conv1D

        if self.bits not in (2, 4, 8) or self.format not in ("gptq", "gptq_v2"):
            return not_described(f"gptqmodel's layer for {self.bits} bits in the format {self.format}")
        modules = list(model.named_modules())
        block = self.block_name_to_quantize or self._block_name([name for name, _ in modules])
        self.block_name_to_quantize = block
        kept = self.modules_in_block_to_quantize
        kept = None if kept is None else [name for group in kept for name in group]
        for name, module in modules:
            if not name.startswith(block) or (kept is not None and not any(name.endswith(each) for each in kept)):
                continue
            if isinstance(module, torch.nn.Conv2d):
                sizes = module.in_channels, module.out_channels
            elif isinstance(module, Conv1D):
                sizes = module.weight.shape[0], module.weight.shape[1]
            elif type(module) is torch.nn.Linear:
                sizes = module.in_features, module.out_features
            else:
                continue
            layer = TorchLinear(self.bits, self.group_size, self.desc_act, self.sym, *sizes, module.bias is not None)
            parent, _, key = name.rpartition(".")
            parent = model.get_submodule(parent)
            delattr(parent, key)
            setattr(parent, key, layer)
        return model
