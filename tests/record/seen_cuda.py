"""torch for accelerate on a machine without accelerators."""

import types

import torch


class TorchThatSeesCuda(types.ModuleType):
    """torch, for releases of accelerate that ask it which kind of device an index is."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def device(device):
        return torch.device("cuda", device) if isinstance(device, int) else torch.device(device)
