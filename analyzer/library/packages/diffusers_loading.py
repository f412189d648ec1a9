# What from_pretrained of diffusers makes of a folder, by its own code: stored tensors are given instead of read, the model that was
# built stands for the one that would be, and what accelerate does with tensors is described.

import contextlib
import importlib

from _answering import answering
from _diffusers_machine import settle

_placed = []  # tensors that were put into the model, with their names there
_apart = []  # those of another shape, likewise
_told = []  # what the library has found of keys, once all files are read: (missing, unexpected, mismatched)


class SafetensorError(Exception):
    pass


# A folder, or what else is given for one, is no name of the Hub.
def _no_name_of_the_hub(*given, **named):
    from huggingface_hub.errors import HFValidationError

    raise HFValidationError("Repo id must be a string")


class _Described:
    """While it lasts, the library reads `files`, {path: {name: tensor}, or None of a broken file}, whose headers have `metadata`,
    {path: {key: text}}, and builds `model` where that is not None."""

    def __init__(self, model, files, metadata={}):
        import _diffusers_cache
        import huggingface_hub.constants
        import safetensors

        huggingface_hub.constants.HF_HUB_CACHE = _diffusers_cache.FOLDER
        import diffusers.configuration_utils as configuration
        import diffusers.models.model_loading_utils as utilities
        import diffusers.models.modeling_utils as modeling

        self._model = model
        self._files = files
        answers = {
            "load_state_dict": self._load_state_dict,
            "accelerate": self,
            "set_module_tensor_to_device": _set_module_tensor_to_device,
            "dispatch_model": _dispatch_model,
            "get_max_memory": _ample_memory,
            "get_balanced_memory": _ample_memory,
            "infer_auto_device_map": _everything_on_one_device,
            "offload_weight": _nothing,
            "load_model_dict_into_meta": _noting(utilities.load_model_dict_into_meta),
            "_load_state_dict_into_model": _load_into_model,
            "_find_mismatched_keys": _noting_shapes(getattr(utilities, "_find_mismatched_keys", None)),
            "_caching_allocator_warmup": _nothing,
            "empty_device_cache": _nothing,
            "http_user_agent": _nothing,
            "safe_open": lambda path, **named: _Header(metadata[str(path)], files[str(path)]),
            "hf_hub_download": _no_name_of_the_hub,
        }
        self._answering = answering([modeling, utilities, configuration, *_quantizers(), safetensors], answers)

    def __enter__(self):
        self._answering.__enter__()
        if self._model is None:
            return
        kind = type(self._model)
        self._own = kind.__dict__.get("from_config")
        kind.from_config = classmethod(lambda cls, config, **unused: self._model)

    def __exit__(self, *raised):
        self._answering.__exit__(None, None, None)
        if self._model is None:
            return
        kind = type(self._model)
        if self._own is None:
            del kind.from_config
        else:
            kind.from_config = self._own

    # ---- of accelerate

    @contextlib.contextmanager
    def init_empty_weights(self, include_buffers=None):
        yield

    def load_checkpoint_and_dispatch(
        self, model, checkpoint, device_map=None, max_memory=None, offload_folder=None, force_hooks=False, strict=False, **named
    ):
        import json
        import os

        if "disk" in device_map.values() and offload_folder is None:
            raise ValueError("At least one of the model submodule will be offloaded to disk, please pass along an `offload_folder`.")
        files = [str(checkpoint)]
        if files[0].endswith(".json"):
            with open(files[0]) as index:
                names = json.load(index)["weight_map"].values()
            files = [os.path.join(os.path.dirname(files[0]), name) for name in sorted(set(names))]
        for file in files:
            if not os.path.isfile(file):
                raise FileNotFoundError(f'No such file or directory: "{file}"')
            stored = self._files[file]
            if stored is None:
                raise SafetensorError("Error while deserializing header")
            device = next(iter(device_map.values()))
            if len(set(device_map.values())) == 1 and not isinstance(device, (int, str)):
                raise SafetensorError(f"device {device!r} is invalid")
            for name, tensor in stored.items():
                _set_module_tensor(model, name, tensor, device_map)
                _placed.append((tensor, name))
        if not force_hooks:
            _dispatch_model(model, device_map)
        elif any(name not in {placed for _, placed in _placed} for name in model.state_dict()):
            raise ValueError("a tensor is on the meta device, we need a `value` to put in on its device.")
        return model

    # ---- of the library

    def _load_state_dict(self, checkpoint_file, *given, **named):
        if isinstance(checkpoint_file, dict):
            return checkpoint_file
        if checkpoint_file is None:
            raise TypeError("expected str, bytes or os.PathLike object, not NoneType")
        stored = self._files[str(checkpoint_file)]
        if stored is None:
            raise OSError(
                f"Unable to load weights from checkpoint file for '{checkpoint_file}' at '{checkpoint_file}'. "
            )
        return dict(stored)


class _Header:
    """An open file of safetensors."""

    def __init__(self, metadata, stored):
        if stored is None:
            raise SafetensorError("Error while deserializing header")
        self._metadata, self._stored = metadata, stored

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return False

    def metadata(self):
        return self._metadata

    def keys(self):
        return list(self._stored)

    def get_tensor(self, name):
        return self._stored[name]


def _nothing(*given, **named):
    return None


# The modules of quantizers that do something with stored tensors themselves, as far as the release has them.
def _quantizers():
    for name in ("quanto.quanto_quantizer", "torchao.torchao_quantizer"):
        with contextlib.suppress(ImportError):
            yield importlib.import_module("diffusers.quantizers." + name)


# What of the model is still on the meta device, where `filled` were loaded: parameters, by the names of their parts where they are stored in such.
def _without_values(model, filled):
    stored, names = list(model.state_dict()), []
    for name, _ in model.named_parameters():
        if name not in filled:
            names.extend([name] if name in stored else [part for part in stored if part.startswith(name + ".") and part not in filled])
    return names


# accelerate moves a model to the one device that it is to be on, which takes values.
def _dispatch_model(model, device_map=None, **named):
    if device_map and len(set(device_map.values())) == 1 and "disk" not in device_map.values():
        filled = {name for _, name in _placed}
        if _without_values(model, filled):
            raise NotImplementedError(
                "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when "
                "moving module from meta to a different device."
            )
    return model


# The module that has a tensor of that name, and what it calls it.
def _holder(model, name):
    *path, last = name.split(".")
    module = model
    for part in path:
        module = getattr(module, part)
    return module, last


# accelerate.utils.set_module_tensor_to_device, but for the values: integers stay such where a dtype is asked for.
def _set_module_tensor_to_device(model, name, device, value=None, dtype=None, **named):
    import torch

    if value is None:
        return
    module, last = _holder(model, name)
    own = module._parameters.get(last, module._buffers.get(last))
    if own is not None and own.shape != value.shape and type(own).__name__ != "Params4bit":
        raise ValueError(f'Trying to set a tensor of shape {value.shape} in "{last}" (which has shape {own.shape}), this looks incorrect.')
    if dtype is None:
        return
    if isinstance(dtype, str):
        raise RuntimeError(f"Invalid device string: '{dtype}'")
    if last not in module._parameters:
        return
    if not value.is_floating_point() and not value.is_complex():
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    # Quantizers ask for the dtype of the model that they have loaded.
    if getattr(model, "is_quantized", False) and type(module._parameters[last]) is torch.nn.Parameter and module._parameters[last].dtype != dtype:
        module._parameters[last] = torch.nn.Parameter(torch.empty(module._parameters[last].shape, dtype=dtype, device="meta"), requires_grad=False)


# The same of a tensor that is stored, and what precedes it.
def _set_module_tensor(model, name, tensor, device_map):
    held = name
    while held and held not in device_map:
        held = held.rpartition(".")[0]
    if not held and "" not in device_map:
        raise ValueError(f"{name} doesn't have any device set.")
    module, last = _holder(model, name)
    if last not in module._parameters and last not in module._buffers:
        raise ValueError(f"{module} does not have a parameter or a buffer named {last}.")
    own = getattr(module, last)
    if own.shape != tensor.shape:
        raise ValueError(f'Trying to set a tensor of shape {tensor.shape} in "{last}" (which has shape {own.shape}), this looks incorrect.')


# Of all that is asked of accelerate for a map: there is a device that takes the model, an accelerator where the machine has one.
def _device():
    import torch

    return 0 if torch.cuda.is_available() else "cpu"


def _ample_memory(*given, **named):
    return {_device(): 1 << 60}


def _everything_on_one_device(model, *given, **named):
    return {"": _device()}


def _note(model, state_dict):
    own = model.state_dict()
    _placed.extend((tensor, name) for name, tensor in state_dict.items() if name in own)


def _noting(load):
    def load_model_dict_into_meta(model, state_dict, *given, **named):
        _note(model, state_dict)
        with _noting_parts(named.get("hf_quantizer")):
            return load(model, state_dict, *given, **named)

    return load_model_dict_into_meta


# What a quantizer takes out of the unexpected keys is a part of the weight that it makes.
@contextlib.contextmanager
def _noting_parts(quantizer):
    own = getattr(quantizer, "create_quantized_param", None)

    def create_quantized_param(model, value, name, device, state_dict=None, unexpected_keys=None, **named):
        before = list(unexpected_keys or [])
        made = own(model, value, name, device, state_dict, unexpected_keys, **named)
        left = set(unexpected_keys or [])
        _placed.extend((state_dict[key], name) for key in before if key not in left)
        return made

    if own is not None:
        quantizer.create_quantized_param = create_quantized_param
    try:
        yield
    finally:
        if own is not None:
            del quantizer.create_quantized_param


def _noting_shapes(find):
    def _find_mismatched_keys(state_dict, *given, **named):
        before = dict(state_dict)
        found = find(state_dict, *given, **named)
        _apart.extend((before[key], key) for key, _, _ in found)
        return found

    return _find_mismatched_keys


# torch.nn.Module._load_from_state_dict of each module, but for the values.
def _load_into_model(model, state_dict, *given, **named):
    _note(model, state_dict)
    errors = []
    for name, own in model.state_dict().items():
        stored = state_dict.get(name)
        if stored is None or stored.shape == own.shape or (list(own.shape) == [] and list(stored.shape) == [1]):
            continue
        errors.append(
            f"size mismatch for {name}: copying a param with shape {stored.shape} from checkpoint, "
            f"the shape in current model is {own.shape}."
        )
    return errors


# _load_pretrained_model of the class, which says what it has found before the model is moved anywhere.
@contextlib.contextmanager
def _noting_keys(kind):
    own = getattr(kind, "_load_pretrained_model", None)

    def _load_pretrained_model(cls, *given, **named):
        loaded = own(*given, **named)
        if len(loaded) > 3:
            _told.append(loaded[1:4])
        return loaded

    if own is not None:
        kind._load_pretrained_model = classmethod(_load_pretrained_model)
    try:
        yield
    finally:
        if own is not None:
            del kind._load_pretrained_model


def _given(arguments):
    import json

    import torch

    given = json.loads(arguments)
    for name in ("torch_dtype", "dtype"):
        # Another string than the name of a dtype is left to the library.
        if isinstance(given.get(name), str):
            given[name] = getattr(torch, given[name], given[name])
    return given


def _stored(files, pairs):
    """Pairs of tensors and names as pairs of stored names and those; what a package puts together of parts knows of which."""
    names = {id(tensor): name for stored in files.values() for name, tensor in (stored or {}).items()}
    return [(names[id(part)], name) for tensor, name in pairs for part in getattr(tensor, "stored_as", [tensor])]


def _answer(files, missing, unexpected, mismatched, unset):
    apart = list({name: (key, name) for key, name in _stored(files, _apart)}.values())
    apart = apart or [(key, key) for key, _, _ in mismatched]
    return _stored(files, _placed), list(missing), list(unexpected), apart, unset


def load(made, folder, files, metadata, arguments):
    """What from_pretrained(folder, **arguments), which are JSON, tells of the tensors in `files`, {path: {name: tensor}}, where `made` is the model
    that the folder's config makes, or its class; `metadata` is that of the files:
    pairs of a stored name and the name in the model; names that are missing; keys that are unexpected; pairs of those of another
    shape; names that have no value, of which it tells nothing.  Raises what the library raises."""
    del _placed[:], _apart[:], _told[:]
    kind, model = (made, None) if isinstance(made, type) else (type(made), made)
    given = _given(arguments)
    settle(f"{folder}/{given.get('subfolder') or ''}", given.get("quantization_config"))
    with _Described(model, files, metadata), _noting_keys(kind):
        made, told = kind.from_pretrained(folder, output_loading_info=True, **given)
    missing, mismatched = told["missing_keys"], told["mismatched_keys"]
    unset = []
    if getattr(made, "hf_quantizer", None) is not None:
        known = {name for _, name in _placed} | set(missing) | {name for name, _, _ in mismatched}
        unset = _without_values(made, known)
    return _answer(files, missing, told["unexpected_keys"], mismatched, unset)


def compared(files):
    """What `load` would have told, after it raised; nothing where keys had not been compared."""
    return _answer(files, *_told[0], []) if _told else None
