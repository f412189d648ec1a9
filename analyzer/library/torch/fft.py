"""torch.fft: the shapes and types of transforms.  Their values are not computed."""

import torch


def _complex(dtype):
    if dtype in (torch.float64, torch.complex128):
        return torch.complex128
    return torch.complex32 if dtype in (torch.float16, torch.complex32) else torch.complex64


def _real(dtype):
    if dtype in (torch.float64, torch.complex128):
        return torch.float64
    return torch.float16 if dtype in (torch.float16, torch.complex32) else torch.float32


def _transform(input, sizes, dims, real, to_real):
    shape = list(input.shape)
    if dims is None:
        dims = list(range(len(shape))) if sizes is None else list(range(len(shape) - len(sizes), len(shape)))
    for at, dim in enumerate(dims):
        last = at == len(dims) - 1
        size = None if sizes is None else sizes[at]
        if last and to_real:
            shape[dim] = size if size is not None else 2 * (shape[dim] - 1)
        elif last and real:
            shape[dim] = (size if size is not None else shape[dim]) // 2 + 1
        elif size is not None:
            shape[dim] = size
    dtype = _real(input.dtype) if to_real else _complex(input.dtype)
    return torch.empty(shape, dtype=dtype, device=input.device)


def _one(real=False, to_real=False):
    def transform(input, n=None, dim=-1, norm=None, *, out=None):
        return _transform(input, None if n is None else [n], [dim], real, to_real)

    return transform


def _two(real=False, to_real=False):
    def transform(input, s=None, dim=(-2, -1), norm=None, *, out=None):
        return _transform(input, s, list(dim), real, to_real)

    return transform


def _many(real=False, to_real=False):
    def transform(input, s=None, dim=None, norm=None, *, out=None):
        return _transform(input, s, None if dim is None else list(dim), real, to_real)

    return transform


fft = ifft = _one()
rfft = ihfft = _one(real=True)
irfft = hfft = _one(to_real=True)
fft2 = ifft2 = _two()
rfft2 = ihfft2 = _two(real=True)
irfft2 = hfft2 = _two(to_real=True)
fftn = ifftn = _many()
rfftn = ihfftn = _many(real=True)
irfftn = hfftn = _many(to_real=True)


def fftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False, **kwargs):
    steps = list(range((n - 1) // 2 + 1)) + list(range(-(n // 2), 0))
    return torch.tensor([step / (n * d) for step in steps], dtype=dtype or torch.get_default_dtype(), device=device)


def rfftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False, **kwargs):
    return torch.tensor(
        [step / (n * d) for step in range(n // 2 + 1)], dtype=dtype or torch.get_default_dtype(), device=device
    )


def _rolled(input, dim, back):
    dims = list(range(input.dim())) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    return torch.roll(input, [(input.size(d) + back) // 2 * (-1 if back else 1) for d in dims], dims)


def fftshift(input, dim=None):
    return _rolled(input, dim, 0)


def ifftshift(input, dim=None):
    return _rolled(input, dim, 1)
