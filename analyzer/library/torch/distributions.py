"""torch.distributions.normal; other distributions are unknown."""

import math

import torch


class Normal:
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = torch.broadcast_tensors(*(torch.as_tensor(each, dtype=_dtype(loc, scale)) for each in (loc, scale)))
        self.batch_shape, self.event_shape = self.loc.shape, torch.Size()

    mean = mode = property(lambda self: self.loc)
    stddev = property(lambda self: self.scale)
    variance = property(lambda self: self.scale.pow(2))

    def cdf(self, value):
        return 0.5 * (1 + torch.erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value):
        return self.loc + self.scale * torch.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return torch.ops.unknown_result


# Numbers become what a tensor among them is.
def _dtype(*values):
    return next((value.dtype for value in values if isinstance(value, torch.Tensor)), torch.get_default_dtype())
