"""Pooling: settings, and no parameters."""

from torch.nn import Module, functional


def _each(value, count):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


class _MaxPoolNd(Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode


    def forward(self, input):
        pool = getattr(functional, "max_pool" + type(self)._of)
        return pool(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPoolNd):
    _of = "1d"


class MaxPool2d(_MaxPoolNd):
    _of = "2d"


class MaxPool3d(_MaxPoolNd):
    _of = "3d"


class _MaxUnpoolNd(Module):
    _dimensions = 1

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size = _each(kernel_size, self._dimensions)
        self.stride = self.kernel_size if stride is None else _each(stride, self._dimensions)
        self.padding = _each(padding, self._dimensions)


class MaxUnpool1d(_MaxUnpoolNd):
    pass


class MaxUnpool2d(_MaxUnpoolNd):
    _dimensions = 2


class MaxUnpool3d(_MaxUnpoolNd):
    _dimensions = 3


class _AvgPoolNd(Module):
    def forward(self, input):
        pool = getattr(functional, "avg_pool" + type(self)._of)
        return pool(input, self.kernel_size, self.stride, self.padding, self.ceil_mode)


class AvgPool1d(_AvgPoolNd):
    _of = "1d"

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__()
        self.kernel_size = _each(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else _each(stride, 1)
        self.padding = _each(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad


class AvgPool2d(_AvgPoolNd):
    _of = "2d"

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override


class AvgPool3d(AvgPool2d):
    _of = "3d"


class FractionalMaxPool2d(Module):
    _dimensions = 2

    def __init__(self, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
        super().__init__()
        count = self._dimensions
        self.kernel_size = _each(kernel_size, count)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else _each(output_size, count)
        self.output_ratio = None if output_ratio is None else _each(output_ratio, count)
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")


class FractionalMaxPool3d(FractionalMaxPool2d):
    _dimensions = 3


class _LPPoolNd(Module):
    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode


class LPPool1d(_LPPoolNd):
    pass


class LPPool2d(_LPPoolNd):
    pass


class LPPool3d(_LPPoolNd):
    pass


class _AdaptiveMaxPoolNd(Module):
    def __init__(self, output_size, return_indices=False):
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    pass


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    pass


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    pass


class _AdaptiveAvgPoolNd(Module):
    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    pass


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    pass


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    pass
