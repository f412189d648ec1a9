"""Layers whose input sizes are found by the first forward pass: their parameters have names and no shapes yet."""

from torch.nn import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    UninitializedParameter,
)


class LazyModuleMixin:
    def has_uninitialized_params(self):
        return True


class _LazyConvolution(LazyModuleMixin):
    def __init__(self, out_channels, kernel_size, *settings, bias=True, device=None, dtype=None, **more):
        super().__init__(0, 0, kernel_size, *settings, bias=False, **more)
        self.out_channels = out_channels
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self):
        pass


class LazyConv1d(_LazyConvolution, Conv1d):
    pass


class LazyConv2d(_LazyConvolution, Conv2d):
    pass


class LazyConv3d(_LazyConvolution, Conv3d):
    pass


class LazyConvTranspose1d(_LazyConvolution, ConvTranspose1d):
    pass


class LazyConvTranspose2d(_LazyConvolution, ConvTranspose2d):
    pass


class LazyConvTranspose3d(_LazyConvolution, ConvTranspose3d):
    pass
