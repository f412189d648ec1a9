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
