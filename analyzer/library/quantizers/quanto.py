"""optimum.quanto: a layer in place of torch.nn.Linear, which keeps its weight until it is frozen."""

import torch


class qtype:
    def __init__(self, name, bits=8):
        self.name, self.bits = name, bits


qint2, qint4, qint8 = qtype("qint2", 2), qtype("qint4", 4), qtype("qint8")
qfloat8 = qfloat8_e4m3fn = qtype("qfloat8_e4m3fn")


class PackedTensor:
    """Values of few bits, several rows of them in one."""

    def __init__(self, rows, columns, bits):
        values = 8 // bits
        self._data = torch.empty([(rows - 1) // values + 1, columns], dtype=torch.uint8)


class QTensor(torch.nn.Parameter):
    """A weight, and the parts that it is stored in: of 8 bits with a scale a row, of fewer with a scale and a shift a group."""

    def __new__(cls, data, requires_grad=False, **parts):
        made = super().__new__(cls, data, requires_grad)
        for name, part in parts.items():
            setattr(made, name, part)
        return made

    @classmethod
    def quantize(cls, weight, qtype, group_size):
        rows, columns = weight.shape[0], weight.numel() // weight.shape[0]
        if qtype.bits == 8:
            values = torch.empty(weight.shape, dtype=torch.int8 if qtype is qint8 else torch.float8_e4m3fn)
            return cls(weight.data, _data=values, _scale=torch.empty([rows] + [1] * (weight.ndim - 1), dtype=weight.dtype))
        if group_size is not None:
            rows, columns = weight.numel() // group_size, group_size
        scale, shift = (torch.empty([rows, 1], dtype=weight.dtype) for _ in range(2))
        return cls(weight.data, _data=PackedTensor(rows, columns, qtype.bits), _scale=scale, _shift=shift)


class QModuleMixin:
    def __init__(self, *args, weights=None, activations=None, optimizer=None, quantize_input=False, device=None, **kwargs):
        super().__init__(*args, device=device, **kwargs)
        self.weight_qtype, self.weight_group_size = weights, None
        if weights is not None and weights.bits < 8:
            columns, size = self.weight.numel() // self.weight.shape[0], 128
            if columns > size:
                while columns % size != 0 and size > 32:
                    size -= 32
                self.weight_group_size = size if columns % size == 0 else None
        dtype = torch.float32 if self.weight is None else self.weight.dtype
        self.register_buffer("input_scale", torch.ones((), dtype=dtype, device=device))
        self.register_buffer("output_scale", torch.ones((), dtype=dtype, device=device))

    @property
    def frozen(self):
        return isinstance(self.weight, QTensor)

    # From then on the weight is stored in its parts.
    def freeze(self):
        if self.weight_qtype is not None and not self.frozen:
            self.weight = QTensor.quantize(self.weight, self.weight_qtype, self.weight_group_size)

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if not self.frozen:
            return
        del destination[prefix + "weight"]
        for part in ("_data", "_scale") if self.weight_qtype.bits == 8 else ("_data", "_scale", "_shift"):
            stored = getattr(self.weight, part)
            if isinstance(stored, PackedTensor):
                destination[f"{prefix}weight.{part}._data"] = stored._data
            else:
                destination[f"{prefix}weight.{part}"] = stored


def freeze(model):
    for module in model.modules():
        if isinstance(module, QModuleMixin):
            module.freeze()


class QLinear(QModuleMixin, torch.nn.Linear):
    pass


class QLayerNorm(QModuleMixin, torch.nn.LayerNorm):
    pass
