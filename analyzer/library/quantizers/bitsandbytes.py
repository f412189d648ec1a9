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
        self.weight = Params4bit(self.weight.data, requires_grad=False)


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
        scales = getattr(self.weight, "SCB", None)
        if scales is not None:
            destination[prefix + "SCB"] = scales
            destination[prefix + "weight_format"] = torch.tensor(0, dtype=torch.uint8)


_PARTS = {"absmax", "quant_map", "nested_absmax", "nested_quant_map", "bitsandbytes__fp4", "bitsandbytes__nf4"}


class Params4bit(torch.nn.Parameter):
    def __new__(cls, data=None, requires_grad=False, **state):
        return super().__new__(cls, data, requires_grad)

    # QuantState.from_dict, but for values: what is not a tensor is in the one that the kind names.
    @classmethod
    def from_prequantized(cls, data, quantized_stats, requires_grad=False, device="cuda", module=None, **kwargs):
        packed = [key for key in quantized_stats if "quant_state" in key]
        names = {key.rpartition(".")[2] for key in quantized_stats}
        if not packed:
            raise ValueError("Expected packed or unpacked quant_state items, found neither")
        if len(packed) != 1 or packed[0].rpartition(".")[2] not in ("bitsandbytes__fp4", "bitsandbytes__nf4"):
            raise ValueError(
                "There should be exactly one `quant_state` item with ending from "
                f"['bitsandbytes__fp4', 'bitsandbytes__nf4'].\nDetected {packed}."
            )
        assert names.issubset(_PARTS)
        if "nested_absmax" in names and "nested_quant_map" not in names:
            raise KeyError("nested_quant_map")
        for part in ("absmax", "quant_map"):
            if part not in names:
                raise KeyError(part)
        return cls(data)


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
