# What load_lora_weights of a pipeline of diffusers does with a file of LoRA weights, by that library's and PEFT's own code: models are
# built of their configs instead of loaded, stored tensors are given instead of read, and what torch would load is compared.

import contextlib

import _diffusers_loading
import _diffusers_pipeline
import _stored


class _Notes:
    """What is learned while the library loads."""

    def __init__(self):
        self.converted = None  # what lora_state_dict gave: keys and tensors, alphas, metadata
        self.unexpected = []
        self.missing = []


class _File:
    """An open file of safetensors, of which the metadata is asked for."""

    def __init__(self, filename, *given, **named):
        self._path = str(filename)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None

    def metadata(self):
        return _stored.metadata(self._path)


# Warnings of the modules that have a part in it.
def _listen():
    import sys

    for name, module in list(sys.modules.items()):
        logger = getattr(module, "logger", None) if name.startswith("diffusers.") else None
        if logger is not None and not isinstance(logger, _diffusers_pipeline._Logger):
            module.logger = _diffusers_pipeline._Logger(logger)


def _built_of_its_config(cls, folder, *given, subfolder=None, **named):
    return cls.from_config(cls.load_config(folder, subfolder=subfolder))


def settle():
    """The releases of diffusers and of PEFT."""
    import os

    import diffusers
    import peft
    import safetensors
    import safetensors.torch
    import transformers
    import transformers.utils.logging
    from diffusers.models.modeling_utils import ModelMixin

    import _peft_loading

    os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = "1"  # no thread reads what lies here
    transformers.utils.logging.tqdm = lambda items, *given, **named: items
    _diffusers_pipeline.settle()
    _peft_loading.settle_machine()
    safetensors.safe_open = safetensors.torch.safe_open = _File
    ModelMixin.from_pretrained = classmethod(_built_of_its_config)
    transformers.PreTrainedModel.from_pretrained = classmethod(lambda cls, folder, *given, **named: cls(cls.config_class.from_pretrained(folder)))
    return diffusers.__version__, peft.__version__


# None for each component that takes no LoRA weights, and need not be there.
def _others(folder):
    import inspect

    import diffusers

    kind = getattr(diffusers, diffusers.DiffusionPipeline.load_config(folder)["_class_name"])
    wanted = inspect.signature(kind.__init__).parameters
    optional = kind._optional_components
    takers = [*kind._lora_loadable_modules, *optional]
    return {name: None for name, each in wanted.items() if name != "self" and each.default is each.empty and name not in takers}


def base(folder):
    """The pipeline, on which a file can be loaded: without other components where it can be made so, as from_pretrained makes it otherwise."""
    from diffusers import DiffusionPipeline

    with _diffusers_loading._Described(None, None):
        try:
            pipeline = DiffusionPipeline.from_pretrained(folder, **_others(folder))
        except Exception:
            pipeline = DiffusionPipeline.from_pretrained(folder)
    _diffusers_pipeline.said()
    return pipeline


@contextlib.contextmanager
def _noting(pipeline, notes):
    import diffusers.loaders.peft as adapters

    convert, unhandled = pipeline.lora_state_dict, adapters._maybe_warn_for_unhandled_keys

    def lora_state_dict(*given, **named):
        made = convert(*given, **named)
        parts = made if isinstance(made, tuple) else (made,)
        alphas = parts[1] if len(parts) == 3 else None
        metadata = parts[-1] if named.get("return_lora_metadata") else None
        notes.converted = dict(parts[0]), dict(alphas or {}), metadata
        return made

    def _maybe_warn_for_unhandled_keys(incompatible_keys, adapter_name):
        if incompatible_keys is not None:
            notes.unexpected += incompatible_keys.unexpected_keys
            notes.missing += [key for key in incompatible_keys.missing_keys if "lora_" in key and adapter_name in key]
        return unhandled(incompatible_keys, adapter_name)

    pipeline.lora_state_dict = lora_state_dict
    adapters._maybe_warn_for_unhandled_keys = _maybe_warn_for_unhandled_keys
    try:
        yield
    finally:
        del pipeline.lora_state_dict
        adapters._maybe_warn_for_unhandled_keys = unhandled


_notes = _Notes()


def load(pipeline, folder, file):
    _listen()
    with _noting(pipeline, _notes):
        pipeline.load_lora_weights(folder, weight_name=file)


def converted():
    """Triples of a key, the type and the sizes of its tensor; pairs of a module and its alpha; the metadata as JSON, or nothing."""
    import json

    if _notes.converted is None:
        return None
    tensors, alphas, metadata = _notes.converted
    keys = [(key, str(tensor.dtype).removeprefix("torch."), list(tensor.shape)) for key, tensor in tensors.items()]
    return keys, [(name, float(alpha)) for name, alpha in alphas.items()], json.dumps(metadata) if metadata else ""


def compared(pipeline):
    """Keys that no layer takes, those that layers lack, and the layers: component, module, rank, alpha."""
    import torch
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers = []
    for component, model in pipeline.components.items():
        if not isinstance(model, torch.nn.Module):
            continue
        for name, module in model.named_modules():
            if isinstance(module, BaseTunerLayer):
                layers += [(component, name, rank, float(module.lora_alpha[made])) for made, rank in getattr(module, "r", {}).items()]
    return list(_notes.unexpected), list(_notes.missing), layers
