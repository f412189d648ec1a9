# The machine on which a quantized model of diffusers is asked about, as far as its method decides that.

import json
import os


_REMARKS = {
    "nunchaku_lite": "this method as on one of 10.0, with DIFFUSERS_TRUST_REMOTE_KERNELS=true, without which it ends in ValueError",
    "modelopt": "as without modelopt's `enable_huggingface_checkpointing()`, which would restore what modelopt_state.pth has",
}


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
    method = _method(folder, argument)
    if not isinstance(method, str) or method not in _REMARKS:
        return
    try:
        from _described import remarks
    except ImportError:  # quantizers are not asked about
        return
    remarks.append(_REMARKS[method])
    if method == "nunchaku_lite":
        import diffusers.utils.constants
        import torch

        # It refuses the device that all others are asked about, and kernels that nobody has said to trust.
        torch.cuda.get_device_capability = lambda *given: (10, 0)
        diffusers.utils.constants.DIFFUSERS_TRUST_REMOTE_KERNELS = True
