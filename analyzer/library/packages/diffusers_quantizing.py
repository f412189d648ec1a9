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


# The quantizer's part in from_pretrained, after which it is left, in releases that take no device map of a quantized model.
@contextlib.contextmanager
def _leaving_after_quantizer(leave):
    from diffusers.quantizers.base import DiffusersQuantizer

    own = DiffusersQuantizer.preprocess_model

    def preprocess_model(self, model, **named):
        own(self, model, **named)
        leave(model, self, list(named.get("keep_in_fp32_modules") or []))
        raise _Reached()

    DiffusersQuantizer.preprocess_model = preprocess_model
    try:
        yield
    finally:
        DiffusersQuantizer.preprocess_model = own


def quantize(kind, folder, torch_dtype, quantization_config):
    """(model, quantizer, dtype, names of what stays in float32): what from_pretrained(folder, device_map="auto", torch_dtype, quantization_config)
    makes its device map of; empty where the release makes it without them; with what it raises of every device map, where the release makes none of
    a quantized model.  Raises what it raises before."""
    reached = []

    def reach(model, device_map, max_memory, torch_dtype, keep_in_fp32_modules=[], hf_quantizer=None):
        if hf_quantizer is not None:
            reached.extend((model, hf_quantizer, torch_dtype, list(keep_in_fp32_modules)))
        raise _Reached()

    def leave(model, hf_quantizer, keep_in_fp32_modules):
        reached.extend((model, hf_quantizer, hf_quantizer.update_torch_dtype(torch_dtype), keep_in_fp32_modules, refused))

    settle(folder, quantization_config)
    given = {"torch_dtype": torch_dtype}
    if quantization_config is not None:
        given["quantization_config"] = quantization_config
    try:
        with _on_the_way(reach), contextlib.suppress(_Reached):
            kind.from_pretrained(folder, device_map="auto", **given)
    except NotImplementedError as raised:
        refused = str(raised)
        if "`device_map`" not in refused:
            raise
        with _on_the_way(reach), _leaving_after_quantizer(leave), contextlib.suppress(_Reached):
            kind.from_pretrained(folder, **given)
    return tuple(reached)
