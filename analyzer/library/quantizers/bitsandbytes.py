"""bitsandbytes: layers in place of torch.nn.Linear; on the meta device their weights are those of the layer replaced."""

import torch

__version__ = "0.50.2"
features = {"multi_backend"}
supported_torch_devices = {"cpu", "cuda", "xpu"}


class Linear4bit(torch.nn.Linear):
    def __init__(
        self,
        input_features,
        output_features,
        bias=True,
        compute_dtype=None,
        compress_statistics=True,
        quant_type="fp4",
        quant_storage=torch.uint8,
        device=None,
    ):
        super().__init__(input_features, output_features, bias, device)


class Linear8bitLt(torch.nn.Linear):
    def __init__(
        self,
        input_features,
        output_features,
        bias=True,
        has_fp16_weights=True,
        threshold=0.0,
        index=None,
        device=None,
    ):
        super().__init__(input_features, output_features, bias, device)


class Params4bit:
    def __new__(cls, data=None, requires_grad=False, **state):
        return torch.nn.Parameter(data, requires_grad=False)

    @classmethod
    def from_prequantized(cls, data, quantized_stats, requires_grad=False, device="cuda", module=None, **kwargs):
        if not any("quant_state." in key for key in quantized_stats):
            raise ValueError("Expected packed or unpacked quant_state items, found neither")
        if any(key.endswith(".nested_absmax") for key in quantized_stats):
            if not any(key.endswith(".nested_quant_map") for key in quantized_stats):
                raise KeyError("nested_quant_map")
        for part in (".absmax", ".quant_map"):
            if not any(key.endswith(part) for key in quantized_stats):
                raise KeyError(part[1:])
        return torch.nn.Parameter(data, requires_grad=False)


class Int8Params:
    def __new__(cls, data=None, requires_grad=True, **state):
        return torch.nn.Parameter(data, requires_grad=False)


class nn:
    Linear4bit = Linear4bit
    Linear8bitLt = Linear8bitLt
    Params4bit = Params4bit
    Int8Params = Int8Params
