"""nvidia-modelopt 0.47.0: what diffusers asks of it where nobody has called its enable_huggingface_checkpointing."""

from _described import not_described

_PATCHED_CLASSES = ()  # what that function changes


class config:
    _default_disabled_quantizer_cfg = []  # a dict in the releases that diffusers was written for


class ModeloptStateManager:
    _state_key = "_modelopt_state"


def apply_mode(model, mode, *given, **named):
    return not_described("what modelopt makes of a model that it quantizes")


def is_quantized(module):
    return False
