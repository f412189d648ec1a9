# What load_lora_weights of a pipeline of diffusers, or load_lora_adapter of a model, does with a file of LoRA weights, by that library's and
# PEFT's own code: models are built of their configs instead of loaded, stored tensors are given instead of read, and what torch would load is
# compared.

import contextlib

import _diffusers_loading
import _diffusers_pipeline
import _stored
from _answering import answering


class _Notes:
    """What is learned while the library loads."""

    def __init__(self):
        self.converted = None  # what lora_state_dict gave: keys and tensors, alphas, metadata
        self.given = set()  # tensors by their ids, of those that a component was given
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


def settle():
    """The releases of diffusers and of PEFT."""
    import os

    import diffusers
    import peft
    import safetensors
    import safetensors.torch
    import transformers.utils.logging

    import _peft_loading
    import peft.tuners.tuners_utils
    import torch

    os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = "1"  # no thread reads what lies here
    transformers.utils.logging.tqdm = lambda items, *given, **named: items
    _diffusers_pipeline.settle()
    _peft_loading.settle_machine()
    peft.tuners.tuners_utils.init_empty_weights = lambda *given: torch.device("meta")
    safetensors.safe_open = safetensors.torch.safe_open = _File
    _diffusers_pipeline.build_of_configs()
    return diffusers.__version__, peft.__version__


# None for each component that takes no LoRA weights, and need not be there, or of these for each that the folder does not have.
def _others(folder, absent_alone):
    import inspect

    import diffusers

    listed = diffusers.DiffusionPipeline.load_config(folder)
    kind = getattr(diffusers, listed["_class_name"])
    wanted = inspect.signature(kind.__init__).parameters
    optional = kind._optional_components
    takers = [*kind._lora_loadable_modules, *optional]
    others = [name for name, each in wanted.items() if name != "self" and each.default is each.empty and name not in takers]
    return {name: None for name in others if not absent_alone or not listed.get(name) or listed[name][0] is None}


def base(folder):
    """The model, or the pipeline, on which a file can be loaded: without other components where it can be made so, as from_pretrained makes it
    otherwise."""
    import json
    import os

    import diffusers
    from diffusers import DiffusionPipeline

    if not os.path.isfile(os.path.join(folder, DiffusionPipeline.config_name)):
        with open(os.path.join(folder, "config.json")) as file:
            config = json.load(file)
        return getattr(diffusers, config["_class_name"]).from_config(config)
    with _diffusers_loading._Described(None, None):
        try:
            pipeline = DiffusionPipeline.from_pretrained(folder, **_others(folder, False))
        except Exception:
            pipeline = DiffusionPipeline.from_pretrained(folder, **_others(folder, True))
    _diffusers_pipeline.said()
    return pipeline


# While it lasts, what transformers says that text encoders lack is noted.
def _noting_reports(notes):
    import transformers.integrations.peft as integration

    former = getattr(integration, "log_state_dict_report", None)

    def log_state_dict_report(*given, loading_info, **named):
        notes.missing += sorted(loading_info.missing_keys)
        return former(*given, loading_info=loading_info, **named)

    return answering([integration], {"log_state_dict_report": log_state_dict_report})


@contextlib.contextmanager
def _noting(pipeline, notes):
    import diffusers.loaders.peft as adapters
    import peft

    convert = getattr(pipeline, "lora_state_dict", None)
    # Older releases look at what PEFT gives wherever they load.
    tells = adapters if hasattr(adapters, "_maybe_warn_for_unhandled_keys") else peft
    told = "_maybe_warn_for_unhandled_keys" if tells is adapters else "set_peft_model_state_dict"
    former = getattr(tells, told)

    def lora_state_dict(*given, **named):
        made = convert(*given, **named)
        parts = list(made) if isinstance(made, tuple) else [made]
        metadata = parts.pop() if named.get("return_lora_metadata") else None
        alphas = parts[1] if len(parts) > 1 else None
        notes.converted = dict(parts[0]), dict(alphas or {}), metadata
        return made

    def note(incompatible_keys, adapter_name):
        if incompatible_keys is not None:
            notes.unexpected += incompatible_keys.unexpected_keys
            notes.missing += [key for key in incompatible_keys.missing_keys if "lora_" in key and adapter_name in key]

    def _maybe_warn_for_unhandled_keys(incompatible_keys, adapter_name):
        note(incompatible_keys, adapter_name)
        return former(incompatible_keys, adapter_name)

    give = peft.set_peft_model_state_dict

    def set_peft_model_state_dict(model, state_dict, adapter_name, **named):
        notes.given.update(id(tensor) for tensor in state_dict.values())
        incompatible_keys = give(model, state_dict, adapter_name, **named)
        if tells is peft:
            note(incompatible_keys, adapter_name)
        return incompatible_keys

    if convert is not None:
        pipeline.lora_state_dict = lora_state_dict
    peft.set_peft_model_state_dict = set_peft_model_state_dict
    if tells is adapters:
        adapters._maybe_warn_for_unhandled_keys = _maybe_warn_for_unhandled_keys
    try:
        with _noting_reports(notes):
            yield
    finally:
        if convert is not None:
            del pipeline.lora_state_dict
        peft.set_peft_model_state_dict = give
        setattr(tells, told, former)


_notes = _Notes()


def _parts(base):
    return base.components if hasattr(base, "components") else {"": base}


# The name of a component, with which all keys begin that the whole pipeline is to take.
def _prefix(keys):
    first = {key.partition(".")[0] for key in keys}
    return next(iter(first)) if first in ({"unet"}, {"transformer"}) else None


def loader(base):
    return "load_lora_weights" if hasattr(base, "components") else "load_lora_adapter"


def load(base, folder, file):
    _listen()
    with _noting(base, _notes):
        if hasattr(base, "components"):
            base.load_lora_weights(folder, weight_name=file)
        else:
            base.load_lora_adapter(folder, weight_name=file, prefix=_prefix(_stored.tensors(f"{folder}/{file}")))


def converted():
    """Triples of a key, the type and the sizes of its tensor; pairs of a module and its alpha; the metadata as JSON, or nothing."""
    import json

    if _notes.converted is None:
        return None
    tensors, alphas, metadata = _notes.converted
    keys = [(key, str(tensor.dtype).removeprefix("torch."), list(tensor.shape)) for key, tensor in tensors.items()]
    return keys, [(name, float(alpha)) for name, alpha in alphas.items()], json.dumps(metadata) if metadata else ""


class _Reads(dict):
    """Tensors by their keys, of which `read` learns those that are asked for one by one."""

    def __init__(self, tensors, read):
        super().__init__(tensors)
        self._read = read

    def _noted(self, tensor):
        self._read.add(id(tensor))
        return tensor

    def __getitem__(self, key):
        return self._noted(super().__getitem__(key))

    def get(self, key, *default):
        return self._noted(super().get(key, *default))

    def pop(self, key, *default):
        return self._noted(super().pop(key, *default))


def _noting_reads(read):
    """While it lasts, functions that convert names are given tensors that note who is read."""
    import diffusers.loaders.lora_pipeline as pipelines

    converters = {name: each for name, each in vars(pipelines).items() if name.startswith("_convert_") and callable(each)}

    def noting(convert):
        return lambda tensors, *given, **named: convert(_Reads(tensors, read) if type(tensors) is dict else tensors, *given, **named)

    return answering([pipelines], {name: noting(convert) for name, convert in converters.items()})


# What the converter gives of tensors: keys with types and sizes, alphas; None where it raises.
def _summary(convert, tensors, named):
    try:
        made = convert(tensors, **named)
    except Exception:
        return None, []
    parts = made if isinstance(made, tuple) else (made,)
    alphas = dict(parts[1] or {}) if len(parts) > 1 else {}
    given = list(parts[0].values())
    return ({key: (str(tensor.dtype), tuple(tensor.shape)) for key, tensor in parts[0].items()}, alphas), given


def dropped(pipeline, folder, file):
    """Keys of the file without which the converter would give the same: those of which nothing is read or given on, in the groups that
    prove so."""
    import inspect
    import re

    convert = pipeline.lora_state_dict
    named = {"return_alphas": True} if "return_alphas" in inspect.signature(convert).parameters else {}
    if hasattr(pipeline, "unet") and "unet_config" in inspect.signature(convert).parameters:
        named["unet_config"] = pipeline.unet.config
    stored, read = _stored.tensors(f"{folder}/{file}"), set()
    with _noting_reads(read):
        whole, given = _summary(convert, _Reads(stored, read), named)
    taken = read | {id(tensor) for tensor in given}
    groups = {}
    for key, tensor in stored.items():
        if id(tensor) not in taken:
            groups.setdefault(re.sub(r"\d+", "#", key), []).append(key)
    found = []

    def search(kinds):
        left = {key for kind in kinds for key in groups[kind]}
        if not left:
            return
        without, _ = _summary(convert, {key: tensor for key, tensor in stored.items() if key not in left}, named)
        if without == whole:
            found.extend(left)
        elif len(kinds) > 1:
            search(kinds[: len(kinds) // 2])
            search(kinds[len(kinds) // 2 :])

    search(list(groups))
    # An alpha may be in the values, of which nothing is known here: it goes with its layer.
    kept = [key for key in stored if key not in found]

    def has_layer(key):
        layer = key.rpartition(".")[0] + "."
        return any(other.startswith(layer) for other in kept)

    return [key for key in stored if key in found and (stored[key].numel() > 1 or not has_layer(key))]


# Converted keys that are for no component that takes LoRA weights, and of whose tensors none was given to one.
def _left(pipeline):
    takers = getattr(pipeline, "_lora_loadable_modules", None)
    if takers is None or _notes.converted is None:
        return []
    tensors = _notes.converted[0].items()
    return [key for key, tensor in tensors if key.partition(".")[0] not in takers and id(tensor) not in _notes.given]


def compared(pipeline):
    """Keys that no layer takes, those that layers lack, the layers (component, module, rank, alpha), whether what they lack is on the meta
    device, and keys that no component was given."""
    import torch
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers, is_unset = [], False
    for component, model in _parts(pipeline).items():
        if not isinstance(model, torch.nn.Module):
            continue
        for name, module in model.named_modules():
            if isinstance(module, BaseTunerLayer):
                is_unset = is_unset or any(each.is_meta for each in module.parameters())
                layers += [(component, name, rank, float(module.lora_alpha[made])) for made, rank in getattr(module, "r", {}).items()]
    return list(_notes.unexpected), list(_notes.missing), layers, is_unset, _left(pipeline)
