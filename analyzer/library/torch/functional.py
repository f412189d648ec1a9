"""torch.nn.functional where shapes are easy to follow; the rest of it is unknown."""

import torch


def dropout(input, p=0.5, training=True, inplace=False):
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return input if not training or p == 0 else torch.empty_like(input)


dropout1d = dropout2d = dropout3d = alpha_dropout = feature_alpha_dropout = dropout


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return torch.empty_like(input)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    return torch.empty_like(input)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    channels, shape = input.shape[1], list(input.shape)
    if channels % num_groups != 0:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, "
            f"but got input of shape {shape} and num_groups={num_groups}"
        )
    if weight is not None and weight.shape[0] != channels:
        raise RuntimeError(
            "Expected weight to be a vector of size equal to the number of channels in input, "
            f"but got weight of shape {list(weight.shape)} and input of shape {shape}"
        )
    return torch.empty_like(input)


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    return torch.empty_like(input)


def instance_norm(input, *args, **kwargs):
    return torch.empty_like(input)


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    return torch.empty_like(input)


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    if p != 2.0:
        return torch.empty_like(input)
    return input / input.norm(p, dim, True).clamp_min(eps).expand_as(input)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    return input.clamp(min_val, max_val)


def glu(input, dim=-1):
    first, second = input.chunk(2, dim)
    return first * torch.sigmoid(second)


def prelu(input, weight):
    return torch.empty_like(input)


def rrelu(input, lower=0.125, upper=1.0 / 3, training=False, inplace=False):
    return torch.empty_like(input)


def hardshrink(input, lambd=0.5):
    return torch.empty_like(input)


def softshrink(input, lambd=0.5):
    return torch.empty_like(input)


def softsign(input):
    return input / (input.abs() + 1)


def tanhshrink(input):
    return input - input.tanh()


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return torch.softmax(-input, dim, dtype=dtype)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    return torch.empty_like(logits)


def pad(input, pad, mode="constant", value=None):
    sizes = list(input.shape)
    if len(pad) % 2 != 0:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) // 2 > len(sizes):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {len(sizes)}"
        )
    inner = []
    for dim in range(len(sizes)):
        back = len(sizes) - 1 - dim
        before, after = (pad[2 * back], pad[2 * back + 1]) if 2 * back < len(pad) else (0, 0)
        sizes[dim] += before + after
        inner.append(slice(max(before, 0), sizes[dim] - max(after, 0)))
        if before < 0 or after < 0:
            input = input.narrow(dim, max(-before, 0), input.size(dim) - max(-before, 0) - max(-after, 0))
    if mode != "constant":
        return input.new_empty(sizes)
    made = input.new_full(sizes, 0 if value is None else value)
    made[tuple(inner)] = input
    return made


def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=False
):
    spatial = input.dim() - 2
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = scale_factor if size is None else size
    values = list(given) if isinstance(given, (tuple, list)) else [given] * spatial
    if size is None:
        values = [int(length * factor) for length, factor in zip(input.shape[2:], values)]
    return torch.empty(list(input.shape[:2]) + values, dtype=input.dtype, device=input.device)


upsample = interpolate


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    if enable_gqa and query.ndim >= 3 and key.ndim >= 3:
        if query.shape[-3] % key.shape[-3] != 0:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    scores = query @ key.transpose(-2, -1)
    if attn_mask is not None:
        scores = scores + attn_mask
    return scores @ value


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    return torch.empty_like((x1 * x2).sum(dim))


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return (x1 - x2).norm(p, -1, keepdim)


# What the kernel asks of the memory of a matrix, or of each of several.
def _check_strides(matrix):
    rows, columns = matrix.stride()[-2:]
    if rows == 1 and columns >= max(1, matrix.shape[-2]):
        step = columns
    elif columns == 1 and rows >= max(1, matrix.shape[-1]):
        step = rows
    else:
        raise RuntimeError(f"Invalid strides/sizes, got {list(matrix.stride())} for strides and {list(matrix.shape)} for sizes")
    if step * matrix.element_size() % 16 != 0:
        raise RuntimeError("strides should be multiple of 16 bytes")


def grouped_mm(mat_a, mat_b, *, offs=None, bias=None, out_dtype=None):
    if mat_a.shape[-1] != mat_b.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    _check_strides(mat_a)
    _check_strides(mat_b)
    if offs is not None and mat_b.ndim == 3 and offs.shape[0] != mat_b.shape[0]:
        raise RuntimeError("matrix batch sizes have to match")
    if mat_a.ndim == 2 and mat_b.ndim == 2:
        shape = (offs.shape[0], mat_a.shape[0], mat_b.shape[1])
    elif mat_a.ndim == 3 and mat_b.ndim == 3:
        shape = (mat_a.shape[0], mat_a.shape[1], mat_b.shape[2])
    else:
        shape = (mat_a.shape[-2], mat_b.shape[-1])
    return torch.empty(shape, dtype=out_dtype or mat_a.dtype, device=mat_a.device)


def _of_each(value, count):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


def _convolved(input, weight, stride, padding, dilation, groups, spatial):
    batched = input.ndim == spatial + 2
    channels = input.shape[1] if batched else input.shape[0]
    if channels != weight.shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(input.shape)} to have "
            f"{weight.shape[1] * groups} channels, but got {channels} channels instead"
        )
    stride, dilation = _of_each(stride, spatial), _of_each(dilation, spatial)
    sizes = input.shape[-spatial:]
    if padding == "same":
        out = tuple(sizes)
    else:
        padding = _of_each(0 if padding == "valid" else padding, spatial)
        out = tuple(
            (size + 2 * pad - step * (kernel - 1) - 1) // jump + 1
            for size, pad, step, kernel, jump in zip(sizes, padding, dilation, weight.shape[2:], stride)
        )
    lead = (input.shape[0], weight.shape[0]) if batched else (weight.shape[0],)
    return torch.empty(lead + out, dtype=input.dtype, device=input.device)


def pixel_shuffle(input, upscale_factor):
    *batch, channels, height, width = input.shape
    if channels % upscale_factor**2 != 0:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {upscale_factor**2}"
        )
    rank, by = len(batch), upscale_factor
    parts = input.reshape(*batch, channels // by**2, by, by, height, width)
    order = [*range(rank), rank, rank + 3, rank + 1, rank + 4, rank + 2]
    return parts.permute(order).reshape(*batch, channels // by**2, height * by, width * by)


def pixel_unshuffle(input, downscale_factor):
    *batch, channels, height, width = input.shape
    for name, size in (("height", height), ("width", width)):
        if size % downscale_factor != 0:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, "
                f"but input.size({-2 if name == 'height' else -1})={size} is not divisible by {downscale_factor}"
            )
    rank, by = len(batch), downscale_factor
    parts = input.reshape(*batch, channels, height // by, by, width // by, by)
    order = [*range(rank), rank, rank + 2, rank + 4, rank + 1, rank + 3]
    return parts.permute(order).reshape(*batch, channels * by**2, height // by, width // by)


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _convolved(input, weight, stride, padding, dilation, groups, 1)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _convolved(input, weight, stride, padding, dilation, groups, 2)


def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _convolved(input, weight, stride, padding, dilation, groups, 3)
