"""optimum.quanto: a layer in place of torch.nn.Linear, which keeps its weight until it is frozen."""

import torch


class qtype:
    def __init__(self, name, bits=8):
        self.name, self.bits = name, bits


qint2, qint4, qint8 = qtype("qint2", 2), qtype("qint4", 4), qtype("qint8")
qfloat8 = qfloat8_e4m3fn = qtype("qfloat8_e4m3fn")


class QModuleMixin:
    frozen = False

    def __init__(self, *args, weights=None, activations=None, optimizer=None, quantize_input=False, device=None, **kwargs):
        super().__init__(*args, device=device, **kwargs)
        self.weight_qtype = weights
        dtype = torch.float32 if self.weight is None else self.weight.dtype
        self.register_buffer("input_scale", torch.ones((), dtype=dtype, device=device))
        self.register_buffer("output_scale", torch.ones((), dtype=dtype, device=device))

    # From then on the weight is stored in its parts.
    def freeze(self):
        if self.weight_qtype is not None and not self.frozen:
            rows = list(range(1, self.weight.ndim))
            self._scale = torch.amax(torch.abs(self.weight), dim=rows, keepdim=True)
            self.frozen = True

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if self.frozen:
            parts = ("_data", "_scale") if self.weight_qtype.bits == 8 else ("_data", "_scale", "_shift")
            weight = destination.pop(prefix + "weight")
            destination.update({f"{prefix}weight.{part}": weight for part in parts})


def freeze(model):
    for module in model.modules():
        if isinstance(module, QModuleMixin):
            module.freeze()


class QLinear(QModuleMixin, torch.nn.Linear):
    pass


class QLayerNorm(QModuleMixin, torch.nn.LayerNorm):
    pass
