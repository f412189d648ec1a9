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
        self.weight = Int8Params(self.weight.data, requires_grad=has_fp16_weights)

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if self.weight.SCB is not None:
            destination[prefix + "SCB"] = self.weight.SCB
            destination[prefix + "weight_format"] = torch.tensor(0, dtype=torch.uint8)


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


class Int8Params(torch.nn.Parameter):
    SCB = None  # a scale for each row, once it is quantized

    def __new__(cls, data=None, requires_grad=True, **state):
        made = super().__new__(cls, data, requires_grad)
        made.SCB = state.get("SCB")
        return made

    # What comes from the CPU is quantized on its way, if it is not yet.
    def to(self, device=None, **more):
        data = self.data.to(device, **more)
        if self.dtype == torch.int8 or self.device.type != "cpu" or str(device) == "meta":
            return Int8Params(data, requires_grad=self.requires_grad, SCB=self.SCB)
        scales = torch.empty(data.shape[:1], dtype=torch.float32)
        return Int8Params(data.to(torch.int8), requires_grad=False, SCB=scales)


class nn:
    Linear4bit = Linear4bit
    Linear8bitLt = Linear8bitLt
    Params4bit = Params4bit
    Int8Params = Int8Params
