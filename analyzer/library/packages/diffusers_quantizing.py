# from_pretrained of a model of diffusers as far as its device map, by its own code, without a weight file: what its quantizer has made of the
# model by then.

import contextlib
import importlib

from _answering import answering
from _diffusers_machine import settle


class _Reached(Exception):
    """Raised where the device map would be made, to leave from_pretrained."""


class _NoFile:
    """A weight file that has nothing in it."""

    def __init__(self, *given, **named):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return False

    def keys(self):
        return []

    def metadata(self):
        return {}


def _nothing(*given, **named):
    return None


@contextlib.contextmanager
def _on_the_way(reach):
    modules = []
    for name in ("configuration_utils", "models.modeling_utils", "quantizers.torchao.torchao_quantizer"):
        with contextlib.suppress(ImportError):
            modules.append(importlib.import_module("diffusers." + name))
    answers = {
        "_determine_device_map": reach,
        "_fetch_index_file": _nothing,
        "_fetch_index_file_legacy": _nothing,
        "_get_model_file": lambda *given, **named: "model.safetensors",
        "load_state_dict": lambda *given, **named: {},
        "safe_open": _NoFile,
        "http_user_agent": _nothing,
    }
    with answering(modules, answers):
        yield


def quantize(kind, folder, torch_dtype, quantization_config):
    """(model, quantizer, dtype, names of what stays in float32): what from_pretrained(folder, device_map="auto", torch_dtype, quantization_config)
    makes its device map of; empty where the release makes it without them.  Raises what it raises before."""
    reached = []

    def reach(model, device_map, max_memory, torch_dtype, keep_in_fp32_modules=[], hf_quantizer=None):
        if hf_quantizer is not None:
            reached.extend((model, hf_quantizer, torch_dtype, list(keep_in_fp32_modules)))
        raise _Reached()

    settle(folder, quantization_config)
    given = {} if quantization_config is None else {"quantization_config": quantization_config}
    with _on_the_way(reach), contextlib.suppress(_Reached):
        kind.from_pretrained(folder, device_map="auto", torch_dtype=torch_dtype, **given)
    return tuple(reached)
