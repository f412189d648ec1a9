# Loading from a disk that has a repo alone: stored tensors are given instead of read, models of transformers are built instead of
# loaded, and no name of the Hub is one.

import os

import _stored


class _Keys:
    def __init__(self, missing_keys, unexpected_keys):
        self.missing_keys = missing_keys
        self.unexpected_keys = unexpected_keys

    def __iter__(self):
        return iter((self.missing_keys, self.unexpected_keys))


def _quoted(keys):
    return ", ".join(f'"{key}"' for key in keys)


# A parameter on the meta device is the stored tensor from now on.
def _fill(model, name, tensor):
    import torch

    path, _, last = name.rpartition(".")
    module = model.get_submodule(path)
    if last in module._parameters:
        module._parameters[last] = torch.nn.Parameter(tensor, module._parameters[last].requires_grad)


# torch.nn.Module.load_state_dict, but for the values.
def _load_state_dict(self, state_dict, strict=True, assign=False):
    own = self.state_dict()
    missing = [key for key in own if key not in state_dict]
    unexpected = [key for key in state_dict if key not in own]
    errors = []
    if strict and unexpected:
        errors.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
    if strict and missing:
        errors.append(f"Missing key(s) in state_dict: {_quoted(missing)}. ")
    for key, tensor in state_dict.items():
        if key not in own:
            continue
        found, expected = list(tensor.shape), list(own[key].shape)
        if found != expected and not (expected == [] and found == [1]):
            errors.append(
                f"size mismatch for {key}: copying a param with shape torch.Size({found}) from checkpoint, "
                f"the shape in current model is torch.Size({expected})."
            )
        elif assign and own[key].is_meta:
            _fill(self, key, tensor)
    if errors:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
    return _Keys(missing, unexpected)


# The names of one tensor but for the one under which safetensors stores it, for each that has several.
def _other_names(model, stored):
    names = {}
    for named in (model.named_parameters, model.named_buffers):
        for name, tensor in named(remove_duplicate=False):
            names.setdefault(id(tensor), []).append(name)
    for shared in names.values():
        kept = min([name for name in shared if name in stored] or shared)
        yield from (name for name in sorted(shared) if name != kept)


# safetensors.torch.load_model
def _load_model(model, filename, strict=True, device="cpu"):
    stored = _load_file(filename)
    missing, unexpected = model.load_state_dict(stored, strict=False)
    for name in _other_names(model, stored):
        if name in missing:
            missing.remove(name)
        else:
            unexpected.append(name)
    if strict and (missing or unexpected):
        lines = [f"Error(s) in loading state_dict for {type(model).__name__}:"]
        if missing:
            lines.append(f"    Missing key(s) in state_dict: {_quoted(sorted(missing))}")
        if unexpected:
            lines.append(f"    Unexpected key(s) in state_dict: {_quoted(sorted(unexpected))}")
        raise RuntimeError("\n".join(lines))
    return set(missing), unexpected


class SafetensorError(Exception):
    pass


def _load_file(filename, *given, **named):
    stored = _stored.tensors(str(filename))
    if stored is None:
        raise SafetensorError("Error while deserializing header")
    return stored


def _load_pickled(filename, *given, **named):
    stored = _stored.tensors(str(filename))
    return _stored.what_torch_says_of_a_broken_file if stored is None else stored


class HFValidationError(ValueError):
    pass


# A folder is no name of the Hub.
def _no_name_of_the_hub(*given, **named):
    raise HFValidationError("a folder is no repo of the Hub")


# from_pretrained reads what generates from beside the model, where there is such a file.
def _with_generation(model, folder):
    from transformers import GenerationConfig

    if model.can_generate():
        try:
            GenerationConfig.from_pretrained(folder)
        except OSError:
            pass
    return model


# from_pretrained of a class, for what is on the disk; what the Hub has is left to the function that was there.
def _in_place_of(cls, make):
    former = cls.from_pretrained.__func__

    def from_pretrained(cls, name, *given, config=None, **named):
        from transformers import AutoConfig

        if not os.path.isdir(name):
            return former(cls, name, *given, config=config, **named)
        trusted = named.get("trust_remote_code", False)
        if config is None:
            config, named = AutoConfig.from_pretrained(name, return_unused_kwargs=True, **{**named, "trust_remote_code": trusted})
        return _with_generation(make(cls, config, trusted), name)

    cls.from_pretrained = classmethod(from_pretrained)


# os.walk
def _walk(top, *given, **named):
    names = sorted(os.listdir(top))
    folders = [name for name in names if os.path.isdir(os.path.join(top, name))]
    yield top, folders, [name for name in names if name not in folders]
    for name in folders:
        yield from _walk(os.path.join(top, name))


def _of_its_config(cls, config, trusted):
    return cls.from_config(config, trust_remote_code=trusted)


def _directly(cls, config, trusted):
    return cls(config)


def settle():
    import huggingface_hub
    import huggingface_hub.errors
    import huggingface_hub.utils
    import safetensors
    import safetensors.torch
    import torch
    import transformers
    from transformers.models.auto.auto_factory import _BaseAutoModelClass

    for module in (huggingface_hub.errors, huggingface_hub.utils):
        module.HFValidationError = HFValidationError
    os.walk = _walk
    huggingface_hub.hf_hub_download = huggingface_hub.snapshot_download = _no_name_of_the_hub
    safetensors.SafetensorError = SafetensorError
    safetensors.torch.load_file = _load_file
    safetensors.torch.load_model = _load_model
    torch.load = _load_pickled
    torch.nn.Module.load_state_dict = _load_state_dict
    _in_place_of(_BaseAutoModelClass, _of_its_config)
    _in_place_of(transformers.PreTrainedModel, _directly)
