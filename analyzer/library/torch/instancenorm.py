"""Instance normalisation: without statistics or weights unless asked for."""

from torch.nn.modules.batchnorm import _LazyNormBase, _NormBase


class _InstanceNorm(_NormBase):
    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None, dtype=None, *, bias=True
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device=device, dtype=dtype, bias=bias)


class InstanceNorm1d(_InstanceNorm):
    pass


class InstanceNorm2d(_InstanceNorm):
    pass


class InstanceNorm3d(_InstanceNorm):
    pass


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    pass


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    pass


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    pass
