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


# torch copies a tensor into another of its shape or, where it assigns, puts it in the place of that, and asks of it the gradients that the
# other has.
def _take(module, prefix, given, assigns, errors):
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
        if not assigns:
            continue
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
    _take(self, prefix, state_dict, local_metadata.get("assign_to_params_buffers", False), error_msgs)


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


# torch.nn.Module.load_state_dict(strict=False)
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


def _load_into_meta_model(model, stored, names, quantizer, unexpected=(), part=""):
    from transformers import modeling_utils

    expected = [name for name in names if name not in unexpected]
    if part:  # the keys are then without its name, but for those that nobody expects
        inner = lambda name: name.removeprefix(part + ".")
        model, names, expected = getattr(model, part), {inner(name): source for name, source in names.items()}, [*map(inner, expected)]

    _call(
        modeling_utils._load_state_dict_into_meta_model,
        model=model,
        state_dict={name: stored[source] for name, source in names.items()},
        shard_file="model.safetensors",
        expected_keys=expected,
        reverse_renaming_mapping=names,
        device_map={"": "cpu"},
        hf_quantizer=quantizer,
        unexpected_keys=unexpected,
    )


def load_into_parts(model, stored, names):
    """Raises what the modules raise into which `names` are loaded; the arguments are those of load()."""
    with _Described(stored):
        _load_into_meta_model(model, stored, names, None)


def fill_at_once(model, stored, names):
    """The same where the library hands all to torch; the arguments are those of load()."""
    from transformers.modeling_utils import check_support_param_buffer_assignment

    given = {name: stored[source] for name, source in names.items()}
    with _Described(stored):
        model.load_state_dict(given, strict=False, assign=check_support_param_buffer_assignment(model, given))


class _TypedSlice:
    def __init__(self, name):
        self._name = name

    def get_dtype(self):
        return self._name

    def get_shape(self):
        return [1]


# An open file of safetensors, of which the types are asked.
class _TypedFile:
    def __init__(self, types):
        self._types = types

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None

    def metadata(self):
        return {"format": "pt"}

    def keys(self):
        return list(self._types)

    def get_slice(self, name):
        return _TypedSlice(self._types[name])

    def get_tensor(self, name):
        return None


def read_types(types):
    """Raises what the library raises that reads a file of tensors of `types`, {name: the type's in the file}."""
    from _answering import answering
    from transformers import modeling_utils

    answers = {"safe_open": lambda *given, **named: _TypedFile(types), "safe_load_file": lambda *given, **named: {}}
    with answering([modeling_utils], answers):
        _call(modeling_utils.load_state_dict, checkpoint_file="model.safetensors", map_location="meta")


def _fill(model, quantizer, dtype, stored, names, absent, unexpected, part):
    import copy

    quantizer = copy.copy(quantizer)
    if quantizer is not None:
        _note_dtype(model, dtype)
    _call(
        model._move_missing_keys_from_meta_to_cpu,
        missing_keys=absent,
        unexpected_keys=unexpected,
        dtype=dtype,
        hf_quantizer=quantizer,
    )
    _call(
        model._initialize_missing_keys,
        missing_keys=absent,
        loaded_keys=[name for name in names if name not in unexpected],
        ignore_mismatched_sizes=False,
        is_quantized=quantizer is not None,
    )
    _load_into_meta_model(model, stored, names, quantizer, unexpected, part)
    model.tie_weights()


def load(model, quantizer, dtype, stored, names, absent, unexpected, part):
    """What is left of `unexpected`, of which a quantizer takes its parts.  Raises what from_pretrained raises.  `model`: a copy, of which the parameters are on the meta device; `stored`: the file's tensors by name; `names`: what is loaded, by its name in
    the model; `absent`: what is missing, or of another shape; `unexpected`: names that are given and not expected; `part`: the attribute that
    is filled, "" for the whole."""
    with _Described(stored):
        _fill(model, quantizer, dtype, stored, names, absent, unexpected, part)
        _dispatch(model, _meets_hooks(quantizer))
    return unexpected


# The part of the model that the library fills, and what the keys of that begin with.
class _Filled:
    def __init__(self, model, prefix):
        self._whole, self._prefix = model, prefix
        self.part, self.start = model, ""

    def __enter__(self):
        from transformers import modeling_utils

        self._former = [(name, getattr(modeling_utils, name)) for name in self._ours()]
        for name, ours in self._ours().items():
            setattr(modeling_utils, name, ours)
        return self

    def _ours(self):
        return {
            "_load_state_dict_into_model": self._fill,
            "_load_state_dict_into_meta_model": self._fill_meta,
            "id_tensor_storage": id,
        }

    def _fill(self, model_to_load, state_dict, start_prefix, *others):
        self.part, self.start = model_to_load, start_prefix
        return self._former[0][1](model_to_load, state_dict, start_prefix, *others)

    def _fill_meta(self, model_to_load, state_dict, start_prefix, expected_keys, **others):
        self.part, self.start = model_to_load, start_prefix
        _placed.extend((tensor, key) for key, tensor in state_dict.items() if key in expected_keys)
        return self._former[1][1](model_to_load, state_dict, start_prefix, expected_keys, **others)

    def __exit__(self, *raised):
        from transformers import modeling_utils

        for name, former in self._former:
            setattr(modeling_utils, name, former)

    def name_in_model(self, key):
        key = key[len(self.start) :]
        return key if self.part is self._whole else f"{self._prefix}.{key}"


def load_whole(model, stored, quantizer, dtype, by_default):
    """What _load_pretrained_model of transformers before 4.50 makes of the tensors of a file, `stored` by name, where no pattern ignores
    keys: pairs of a name in the file and the one in the model; names that are missing, as the library reports them; unexpected ones; those in
    the file of tensors of another shape, each with the key that they have for the model.  Raises what the library raises.  `model`: a copy;
    with a quantizer, its parameters are on the meta device, and `dtype` is that of the model.  Not `by_default`: with
    ignore_mismatched_sizes=True, and nothing is initialised."""
    import copy

    kind = type(model)
    plain = type(kind.__name__, (kind,), {"_keys_to_ignore_on_load_missing": None, "_keys_to_ignore_on_load_unexpected": None})
    rows = {id(tensor): name for name, tensor in stored.items()}
    options = {} if by_default else {"ignore_mismatched_sizes": True, "_fast_init": False}
    if quantizer is not None:
        quantizer = copy.copy(quantizer)
        _note_dtype(model, dtype)
        options = {"low_cpu_mem_usage": True, "device_map": {"": "cpu"}, "dtype": dtype, "hf_quantizer": quantizer}
    del _placed[:]
    with _Described(stored), _Filled(model, kind.base_model_prefix) as filled:
        _, missing, unexpected, mismatched, _, _ = plain._load_pretrained_model(model, dict(stored), list(stored), None, "repo", **options)
        if quantizer is not None:
            model.tie_weights()
            _dispatch(model, _meets_hooks(quantizer))
    fixed = getattr(model, "_fix_state_dict_key_on_load", None)
    taken = [(rows[id(tensor)], filled.name_in_model(key)) for tensor, key in _placed]
    others = [(key, fixed(key)[0] if fixed else key) for key, _, _ in mismatched]
    return taken, list(missing), list(unexpected), others


def left_empty(model, quantizer, dtype, stored, names, absent, unexpected, part):
    """The names of what has no value then; the arguments are those of load()."""
    with _Described(stored):
        _fill(model, quantizer, dtype, stored, names, absent, unexpected, part)
    return [name for name, tensor in model.state_dict().items() if tensor.device.type == "meta"]
