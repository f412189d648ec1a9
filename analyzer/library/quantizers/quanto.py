"""optimum.quanto: a layer in place of torch.nn.Linear, which keeps its weight until it is frozen."""

import torch


class qtype:
    def __init__(self, name):
        self.name = name


qint2, qint4, qint8 = qtype("qint2"), qtype("qint4"), qtype("qint8")
qfloat8 = qfloat8_e4m3fn = qtype("qfloat8_e4m3fn")


class QModuleMixin:
    frozen = False

    def __init__(self, *args, weights=None, activations=None, optimizer=None, quantize_input=False, device=None, **kwargs):
        super().__init__(*args, device=device, **kwargs)
        dtype = torch.float32 if self.weight is None else self.weight.dtype
        self.register_buffer("input_scale", torch.ones((), dtype=dtype, device=device))
        self.register_buffer("output_scale", torch.ones((), dtype=dtype, device=device))


class QLinear(QModuleMixin, torch.nn.Linear):
    pass


class QLayerNorm(QModuleMixin, torch.nn.LayerNorm):
    pass
