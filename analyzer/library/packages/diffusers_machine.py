# The machine on which a quantized model of diffusers is asked about, as far as its method decides that.

import json
import os


def _method(folder, argument):
    try:
        own = json.loads(_text(folder + "/config.json") or "null")
    except ValueError:  # of which the library says something itself
        own = None
    for config in (own.get("quantization_config") if isinstance(own, dict) else None, argument):
        if isinstance(config, dict):
            return config.get("quant_method")
    return None


def _text(path):
    if not os.path.isfile(path):
        return None
    with open(path) as file:
        return file.read()


def settle(folder, argument=None):
    """For the model in that folder, which is quantized by its config or by the argument, a dict."""
    if _method(folder, argument) != "nunchaku_lite":
        return
    import diffusers.utils.constants
    import torch
    from _described import remarks

    # It refuses the device that all others are asked about, and kernels that nobody has said to trust.
    torch.cuda.get_device_capability = lambda *given: (10, 0)
    diffusers.utils.constants.DIFFUSERS_TRUST_REMOTE_KERNELS = True
    remarks.append("as on a device of compute capability 10.0 and with DIFFUSERS_TRUST_REMOTE_KERNELS=true, without which it ends in ValueError")
