"""What modules print as: Module.__repr__, and extra_repr of the layers that torch brings along."""

import torch
from torch import nn


def _indented(text, spaces=2):
    return text.replace("\n", "\n" + " " * spaces)


def _framed(name, lines):
    return name + "(\n  " + "\n  ".join(lines) + "\n)" if lines else name + "()"


def list_text(name, children):
    """ModuleList: a run of children that print alike is one line."""
    runs = []
    for at, (_, text) in enumerate(children):
        if runs and runs[-1][2] == text:
            runs[-1][1] = at
        else:
            runs.append([at, at, text])
    lines = []
    for first, last, text in runs:
        lines.append(_indented(f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"))
    return _framed(name, lines)


def text(name, extra, children):
    said = extra.split("\n") if extra else []
    if len(said) == 1 and not children:
        return f"{name}({said[0]})"
    return _framed(name, said + [f"({key}): {_indented(text)}" for key, text in children])


def _named(self, *names):
    return ", ".join(f"{name}={getattr(self, name)}" for name in names)


def _has_bias(self):
    return self.bias is not None


def _linear(self):
    return f"{_named(self, 'in_features', 'out_features')}, bias={_has_bias(self)}"


def _bilinear(self):
    return f"{_named(self, 'in1_features', 'in2_features', 'out_features')}, bias={_has_bias(self)}"


def _embedding(self):
    said = f"{self.num_embeddings}, {self.embedding_dim}"
    for name, usual in (("padding_idx", None), ("max_norm", None), ("norm_type", 2)):
        if getattr(self, name) != usual:
            said += f", {name}={getattr(self, name)}"
    for name in ("scale_grad_by_freq", "sparse"):
        if getattr(self, name):
            said += f", {name}={getattr(self, name)}"
    return said


def _embedding_bag(self):
    return f"{_embedding(self)}, mode={self.mode!r}"


def _layer_norm(self):
    return f"{self.normalized_shape}, {_named(self, 'eps', 'elementwise_affine')}, bias={_has_bias(self)}"


def _rms_norm(self):
    return f"{self.normalized_shape}, {_named(self, 'eps', 'elementwise_affine')}"


def _group_norm(self):
    return f"{self.num_groups}, {self.num_channels}, {_named(self, 'eps', 'affine')}, bias={_has_bias(self)}"


def _batch_norm(self):
    named = _named(self, "eps", "momentum", "affine")
    return f"{self.num_features}, {named}, bias={_has_bias(self)}, track_running_stats={self.track_running_stats}"


def _convolution(self):
    rank = len(self.kernel_size)
    said = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
    for name, usual in (("padding", (0,) * rank), ("dilation", (1,) * rank), ("output_padding", (0,) * rank), ("groups", 1)):
        if getattr(self, name) != usual:
            said += f", {name}={getattr(self, name)}"
    if self.bias is None:
        said += ", bias=False"
    if self.padding_mode != "zeros":
        said += f", padding_mode={self.padding_mode}"
    return said


def _recurrent(self):
    said = f"{self.input_size}, {self.hidden_size}"
    if self.proj_size != 0:
        said += f", proj_size={self.proj_size}"
    for name, usual in (("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0), ("bidirectional", False)):
        if getattr(self, name) != usual:
            said += f", {name}={getattr(self, name)}"
    return said


def _parameter_list(self):
    lines = []
    for at, each in enumerate(self):
        if isinstance(each, torch.Tensor):
            kind = "Parameter" if isinstance(each, nn.Parameter) else "Tensor"
            lines.append(f"  ({at}): {kind} containing: [{each.dtype} of size {'x'.join(str(size) for size in each.size())}]")
        else:
            lines.append(f"  ({at}): Object of type: {type(each).__name__}")
    return "\n".join(lines)


def _inplace(self):
    return "inplace=True" if self.inplace else ""


def _pooling(self):
    return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


def _output_size(self):
    return f"output_size={self.output_size}"


_EXTRA = {
    "Linear LazyLinear": _linear,
    "Bilinear": _bilinear,
    "Embedding": _embedding,
    "EmbeddingBag": _embedding_bag,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "GroupNorm": _group_norm,
    "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d": _batch_norm,
    "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d": _convolution,
    "LSTM GRU RNN": _recurrent,
    "ParameterList": _parameter_list,
    "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout": lambda self: _named(self, "p", "inplace"),
    "ReLU ReLU6 SiLU Mish SELU": _inplace,
    "GELU": lambda self: f"approximate={self.approximate!r}",
    "Softmax LogSoftmax Softmin GLU": lambda self: f"dim={self.dim}",
    "PReLU": lambda self: f"num_parameters={self.num_parameters}",
    "Softplus": lambda self: _named(self, "beta", "threshold"),
    "Flatten": lambda self: _named(self, "start_dim", "end_dim"),
    "MaxPool1d MaxPool2d MaxPool3d": lambda self: f"{_pooling(self)}, {_named(self, 'dilation', 'ceil_mode')}",
    "AvgPool1d AvgPool2d AvgPool3d": _pooling,
    "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d": _output_size,
    "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d": _output_size,
    "Identity Sequential ModuleList ModuleDict Module MultiheadAttention Sigmoid Tanh Softsign LogSigmoid Hardsigmoid": lambda self: "",
    "Transformer TransformerEncoder TransformerEncoderLayer TransformerDecoder TransformerDecoderLayer": lambda self: "",
    "CrossEntropyLoss MSELoss L1Loss BCELoss BCEWithLogitsLoss NLLLoss KLDivLoss SmoothL1Loss HuberLoss": lambda self: "",
    "CosineSimilarity PairwiseDistance Hardswish Tanhshrink": lambda self: "",
}
_EXTRA = {name: function for names, function in _EXTRA.items() for name in names.split()}


def extra(self):
    """The extra_repr of the class of torch that a module has; None where that is not known."""
    for cls in type(self).__mro__:
        if cls.__module__.startswith("torch.nn.modules.") and cls.__name__ in vars(nn):
            try:
                return _EXTRA[cls.__name__](self)
            except (KeyError, AttributeError):
                return None
    return None
