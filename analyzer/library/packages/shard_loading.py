# What transformers 4 does with stored tensors once it has compared their keys with a model, by its own code: the file
# is given instead of read, and what torch and accelerate do is described.


class _Slice:
    def __init__(self, tensor):
        self._tensor = tensor

    def __getitem__(self, part):
        return self._tensor


# An open file of safetensors.
class _File:
    def __init__(self, stored):
        self._stored = stored

    def get_slice(self, name):
        return _Slice(self._stored[name])

    def __exit__(self, *raised):
        return None


def _own_tensors(module):
    for name, tensor in list(module._parameters.items()):
        yield name, tensor
    for name, tensor in list(module._buffers.items()):
        if name not in module._non_persistent_buffers_set:
            yield name, tensor


_placed = []  # what was put into the model, and under which key it was given


# torch puts a tensor in the place of another of its shape, and asks of it the gradients that the other has.
def _assign(module, prefix, given, errors):
    import torch

    for name, own in _own_tensors(module):
        if own is None or prefix + name not in given:
            continue
        tensor = given[prefix + name]
        if own.ndim == 0 and tensor.ndim == 1:
            tensor = tensor[0]
        if tensor.shape != own.shape:
            errors.append(f"size mismatch for {prefix}{name}")
            continue
        _placed.append((given[prefix + name], prefix + name))
        try:
            if isinstance(own, torch.nn.Parameter) and not isinstance(tensor, torch.nn.Parameter):
                tensor = torch.nn.Parameter(tensor, requires_grad=own.requires_grad)
            elif isinstance(own, torch.nn.Parameter):
                tensor.requires_grad_(own.requires_grad)
            setattr(module, name, tensor)
        except Exception as error:
            errors.append(f"{prefix}{name}: {error}")


# torch.nn.Module._load_from_state_dict
def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):
    for hook in list(self._load_state_dict_pre_hooks.values()):
        hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
    _assign(self, prefix, state_dict, error_msgs)


def _load(module, state_dict, prefix, assign, told):
    from torch.nn.modules.module import _IncompatibleKeys

    local_metadata = {"assign_to_params_buffers": assign} if assign else {}
    module._load_from_state_dict(state_dict, prefix, local_metadata, True, *told)
    for name, child in module._modules.items():
        if child is not None:
            below = prefix + name + "."
            _load(child, {key: value for key, value in state_dict.items() if key.startswith(below)}, below, assign, told)
    for hook in list(module._load_state_dict_post_hooks.values()):
        if hook(module, _IncompatibleKeys(told[0], told[1])) is not None:
            raise AssertionError("a hook behind load_state_dict returns something")


# torch.nn.Module.load_state_dict(strict=False, assign=True)
def _load_state_dict(self, state_dict, strict=True, assign=False):
    told = [], [], []  # missing, unexpected, errors
    _load(self, dict(state_dict), "", assign, told)
    if told[2]:
        errors = "\n\t".join(told[2])
        raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{errors}")


# accelerate moves the model to its device, at once or (`by_hooks`) tensor by tensor.
def _dispatch(model, by_hooks):
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.device.type == "meta" and by_hooks:
            raise ValueError(f"{name.rpartition('.')[2]} is on the meta device, we need a `value` to put in on cpu.")
        if tensor.device.type == "meta":
            raise NotImplementedError("Cannot copy out of meta tensor; no data!")


def _meets_hooks(quantizer):
    method = getattr(getattr(quantizer, "quantization_config", None), "quant_method", None)
    return getattr(method, "value", method) == "hqq"


def _note_dtype(model, dtype):
    from transformers import PreTrainedModel

    for module in model.modules():
        if isinstance(module, PreTrainedModel):
            module.config._pre_quantization_dtype = dtype


# While it lasts, the library reads the given tensors, and torch is as described here.
class _Described:
    def __init__(self, stored):
        self._stored = stored

    def __enter__(self):
        import torch
        from transformers import modeling_utils

        module = torch.nn.Module
        self._former = modeling_utils.safe_open, module.load_state_dict, module._load_from_state_dict
        modeling_utils.safe_open = lambda filename, framework=None, device=None: _File(self._stored)
        module.load_state_dict, module._load_from_state_dict = _load_state_dict, _load_from_state_dict

    def __exit__(self, *raised):
        import torch
        from transformers import modeling_utils

        module = torch.nn.Module
        modeling_utils.safe_open, module.load_state_dict, module._load_from_state_dict = self._former


# Some releases of transformers 4 ask for more: each is given what it has a parameter for.
def _call(function, **given):
    import inspect

    wanted = inspect.signature(function).parameters
    return function(**{name: value for name, value in given.items() if name in wanted})


def _load_into_meta_model(model, stored, names, quantizer):
    from transformers import modeling_utils

    _call(
        modeling_utils._load_state_dict_into_meta_model,
        model=model,
        state_dict={name: stored[source] for name, source in names.items()},
        shard_file="model.safetensors",
        expected_keys=list(names),
        reverse_renaming_mapping=names,
        device_map={"": "cpu"},
        hf_quantizer=quantizer,
    )


def load_into_parts(model, stored, names):
    """Raises what the modules raise into which `names` are loaded; the arguments are those of load()."""
    with _Described(stored):
        _load_into_meta_model(model, stored, names, None)


def _fill(model, quantizer, dtype, stored, names, absent):
    import copy

    quantizer = copy.copy(quantizer)
    if quantizer is not None:
        _note_dtype(model, dtype)
    _call(
        model._move_missing_keys_from_meta_to_cpu,
        missing_keys=absent,
        unexpected_keys=[],
        dtype=dtype,
        hf_quantizer=quantizer,
    )
    _call(
        model._initialize_missing_keys,
        missing_keys=absent,
        loaded_keys=list(names),
        ignore_mismatched_sizes=False,
        is_quantized=quantizer is not None,
    )
    _load_into_meta_model(model, stored, names, quantizer)
    model.tie_weights()


def load(model, quantizer, dtype, stored, names, absent):
    """Raises what from_pretrained raises.  `model`: a copy, of which the parameters are on the meta device; `stored`: the file's tensors by name; `names`: what is loaded, by its name in
    the model; `absent`: what is missing, or of another shape."""
    with _Described(stored):
        _fill(model, quantizer, dtype, stored, names, absent)
        _dispatch(model, _meets_hooks(quantizer))


# The part of the model that the library fills, and what the keys of that begin with.
class _Filled:
    def __init__(self, model, prefix):
        self._whole, self._prefix = model, prefix
        self.part, self.start = model, ""

    def __enter__(self):
        from transformers import modeling_utils

        self._former = modeling_utils._load_state_dict_into_model, modeling_utils.id_tensor_storage
        modeling_utils._load_state_dict_into_model = self._fill
        modeling_utils.id_tensor_storage = id
        return self

    def _fill(self, model_to_load, state_dict, start_prefix, *others):
        self.part, self.start = model_to_load, start_prefix
        return self._former[0](model_to_load, state_dict, start_prefix, *others)

    def __exit__(self, *raised):
        from transformers import modeling_utils

        modeling_utils._load_state_dict_into_model, modeling_utils.id_tensor_storage = self._former

    def name_in_model(self, key):
        key = key[len(self.start) :]
        return key if self.part is self._whole else f"{self._prefix}.{key}"


def load_whole(model, stored):
    """What _load_pretrained_model of transformers before 4.50 makes of the tensors of a file, `stored` by name, with
    ignore_mismatched_sizes=True and no pattern that ignores keys: pairs of a name in the file and the one in the model; names that are
    missing, as the library reports them; unexpected ones; those in the file of tensors of another shape, each with the key that they
    have for the model.  Raises what the library raises.  `model`: a copy."""
    kind = type(model)
    plain = type(kind.__name__, (kind,), {"_keys_to_ignore_on_load_missing": None, "_keys_to_ignore_on_load_unexpected": None})
    rows = {id(tensor): name for name, tensor in stored.items()}
    del _placed[:]
    with _Described(stored), _Filled(model, kind.base_model_prefix) as filled:
        _, missing, unexpected, mismatched, _, _ = plain._load_pretrained_model(
            model,
            dict(stored),
            list(stored),
            None,
            "repo",
            ignore_mismatched_sizes=True,
            _fast_init=False,  # what is missing has been initialised when the model was built
        )
    fixed = getattr(model, "_fix_state_dict_key_on_load", None)
    taken = [(rows[id(tensor)], filled.name_in_model(key)) for tensor, key in _placed]
    others = [(key, fixed(key)[0] if fixed else key) for key, _, _ in mismatched]
    return taken, list(missing), list(unexpected), others


def left_empty(model, quantizer, dtype, stored, names, absent):
    """The names of what has no value then; the arguments are those of load()."""
    with _Described(stored):
        _fill(model, quantizer, dtype, stored, names, absent)
    return [name for name, tensor in model.state_dict().items() if tensor.device.type == "meta"]
