"""Shapes of what windows that slide over an input give: pooling, unfold and fold, as in torch.nn.functional.

Checks are those of ATen/native/Pool.h (torch 2.13) that end a forward pass; what is seldom written is not known.
"""

import torch


def _each(value, count):
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return values * count if len(values) == 1 else values


def _count(size, kernel, stride, padding, dilation, ceil_mode):
    reach = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (reach + (stride - 1 if ceil_mode else 0)) // stride + 1
    return count - 1 if ceil_mode and (count - 1) * stride >= size + padding else count


def _text(sizes):
    return f"({'x'.join(map(str, sizes))})"


def _pooled(input, kernel_size, stride, padding, dilation, ceil_mode, n):
    if input.dim() not in (n + 1, n + 2):
        return torch._C._nn.pooled(input)
    kernel = _each(kernel_size, n)
    steps, pads, dilations = _each(kernel if stride is None or stride == [] else stride, n), _each(padding, n), _each(dilation, n)
    for size, pad, gap in zip(kernel, pads, dilations):
        if 2 * pad > gap * (size - 1) + 1:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, "
                f"but got pad={pad}, kernel_size={size} and dilation={gap}"
            )
    given = input.shape[-n:]
    sizes = [_count(*each, ceil_mode) for each in zip(given, kernel, steps, pads, dilations)]
    if min(sizes) < 1:
        channels = input.shape[-n - 1]
        raise RuntimeError(
            f"Given input size: {_text((channels, *given))}. "
            f"Calculated output size: {_text((channels, *sizes))}. Output size is too small"
        )
    return input.new_empty((*input.shape[:-n], *sizes))


def _max(n):
    def max_pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        out = _pooled(input, kernel_size, stride, padding, dilation, ceil_mode, n)
        return (out, torch.empty_like(out, dtype=torch.int64)) if return_indices else out

    return max_pool


def _avg(n):
    def avg_pool(
        input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        return _pooled(input, kernel_size, stride, padding, 1, ceil_mode, n)

    return avg_pool


def _lp(n):
    def lp_pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        return _pooled(input, kernel_size, stride, 0, 1, ceil_mode, n)

    return lp_pool


def _adaptive(n):
    def adaptive_pool(input, output_size, return_indices=False):
        if input.dim() not in (n + 1, n + 2):
            return torch._C._nn.pooled(input)
        sizes = [given if wanted is None else wanted for given, wanted in zip(input.shape[-n:], _each(output_size, n))]
        out = input.new_empty((*input.shape[:-n], *sizes))
        return (out, torch.empty_like(out, dtype=torch.int64)) if return_indices else out

    return adaptive_pool


max_pool1d, max_pool2d, max_pool3d = _max(1), _max(2), _max(3)
avg_pool1d, avg_pool2d, avg_pool3d = _avg(1), _avg(2), _avg(3)
lp_pool1d, lp_pool2d, lp_pool3d = _lp(1), _lp(2), _lp(3)
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = _adaptive(1), _adaptive(2), _adaptive(3)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = _adaptive(1), _adaptive(2), _adaptive(3)


def _windows(sizes, kernel_size, dilation, padding, stride):
    count = 1
    for each in zip(sizes, _each(kernel_size, 2), _each(stride, 2), _each(padding, 2), _each(dilation, 2)):
        count *= _count(*each, False)
    return count


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    if input.dim() not in (3, 4):
        return torch._C._nn.unfold(input)
    rows, columns = _each(kernel_size, 2)
    windows = _windows(input.shape[-2:], kernel_size, dilation, padding, stride)
    return input.new_empty((*input.shape[:-3], input.shape[-3] * rows * columns, windows))


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    rows, columns = _each(kernel_size, 2)
    sizes = _each(output_size, 2)
    windows = _windows(sizes, kernel_size, dilation, padding, stride)
    if input.dim() not in (2, 3) or input.shape[-2] % (rows * columns) != 0 or input.shape[-1] != windows:
        return torch._C._nn.fold(input)
    return input.new_empty((*input.shape[:-2], input.shape[-2] // (rows * columns), *sizes))


def channel_shuffle(input, groups):
    return torch.empty_like(input)
