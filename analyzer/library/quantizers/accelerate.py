"""accelerate: what quantizers take from it.  Parameters are on the meta device anyway; of transformers 5, everything is."""

from contextlib import contextmanager, nullcontext
from enum import Enum

import torch


class CustomDtype(Enum):
    FP8 = "fp8"
    INT4 = "int4"
    INT2 = "int2"


@contextmanager
def init_empty_weights(include_buffers=None):
    with torch.device("meta") if include_buffers else nullcontext():
        yield


@contextmanager
def init_on_device(device, include_buffers=None):
    yield


def find_tied_parameters(model, **kwargs):
    first, names = {}, {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(first.setdefault(id(parameter), name), []).append(name)
    return [sorted(group) for group in names.values() if len(group) > 1]


def set_module_tensor_to_device(module, tensor_name, device, value=None, **named):
    """As it is on the CPU."""
    *path, last = tensor_name.split(".")
    for part in path:
        module, holder = getattr(module, part), module
        if module is None:
            raise ValueError(f"{holder} has no attribute {part}.")
    if last not in module._parameters and last not in module._buffers:
        raise ValueError(f"{module} does not have a parameter or a buffer named {last}.")
    own = getattr(module, last)
    if value is None:
        return
    kind = type(own)
    if own.shape != value.shape and kind.__name__ != "Params4bit":
        raise ValueError(f'Trying to set a tensor of shape {value.shape} in "{last}" (which has shape {own.shape}), this looks incorrect.')
    value = value.to(own.dtype).to("cpu")
    if last in module._buffers:
        module._buffers[last] = value
    else:
        module._parameters[last] = kind(value, requires_grad=own.requires_grad)
