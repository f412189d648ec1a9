"""autoawq, for transformers 4: packed layers in place of linear ones."""

import torch

from _described import not_described, remarks

try:
    from transformers.activations import PytorchGELUTanh  # noqa: F401
except ImportError:
    remarks.append("autoawq 0.2.9, the last of its releases, asks this transformers for PytorchGELUTanh and is not imported without it")


class _Packed(torch.nn.Module):
    def forward(self, *args, **kwargs):
        return not_described("a pass through layers of autoawq")

    def __init__(self, w_bit, group_size, in_features, out_features, bias, dev, training=False):
        super().__init__()
        if w_bit != 4:
            raise NotImplementedError("Only 4-bit are supported for now.")
        self.in_features, self.out_features, self.w_bit = in_features, out_features, w_bit
        self.group_size = group_size if group_size != -1 else in_features
        self._pack(in_features, out_features)
        if bias:
            self.register_buffer("bias", torch.zeros((out_features,), dtype=torch.float16, device=dev))
        else:
            self.bias = None

    def _buffers_of(self, weights, zeros, scales):
        self.register_buffer("qweight", torch.zeros(weights, dtype=torch.int32))
        self.register_buffer("qzeros", torch.zeros(zeros, dtype=torch.int32))
        self.register_buffer("scales", torch.zeros(scales, dtype=torch.float16))

    def _check(self):
        assert self.in_features % self.group_size == 0
        assert self.out_features % 8 == 0

    def _pack(self, columns, rows):
        groups = columns // self.group_size
        self._buffers_of((columns, rows // 8), (groups, rows // 8), (groups, rows))


class WQLinear_GEMM(_Packed):
    def _pack(self, columns, rows):
        self._check()
        super()._pack(columns, rows)


class WQLinear_GEMV(_Packed):
    def _pack(self, columns, rows):
        self._check()
        factor = 1 if self.group_size >= 128 else {64: 2, 32: 4}.get(self.group_size)
        if factor is None:
            raise NotImplementedError
        words = -(-(columns // self.group_size) // 8)
        width = -(-words // factor) * factor
        self._buffers_of((rows, columns // 8), (rows, width), (rows, width * 8))


class WQLinear_Exllama(_Packed):
    pass


class WQLinear_ExllamaV2(_Packed):
    pass


class WQLinear_IPEX(torch.nn.Module):
    def __new__(cls, *args, **kwargs):
        return not_described("autoawq's layer for Intel processors")


class ScaledActivation(torch.nn.Module):
    def __init__(self, module, scales):
        super().__init__()
        self.act = module
        self.scales = torch.nn.Parameter(scales.data)
