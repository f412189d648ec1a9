# What DiffusionPipeline.from_pretrained makes of a folder with model_index.json, by its own code: stored tensors are given instead of
# read, models of transformers are built instead of loaded, and what accelerate does with tensors is described.

import _diffusers_loading
import _disk_loading
import _stored

_said = []  # warnings of the library


class _Files:
    def __getitem__(self, path):
        return _stored.tensors(path)


# Whether it is said for want of torchvision, without which an image processor is another class than a pipeline asks for.
def _is_of_machine(message):
    import re

    found = re.fullmatch(r"Expected types for \w+: \((.*)\), got <class '[\w.]*\.(\w+)Pil'>\.", message)
    return found is not None and f".{found.group(2)}'>" in found.group(1)


class _Logger:
    def __init__(self, former):
        self._former = former

    def warning(self, message, *given, **named):
        if not _is_of_machine(str(message)):
            _said.append(str(message))

    def __getattr__(self, name):
        return getattr(self._former, name)


def _bytes_of(tensor, dtype):
    import torch

    size = tensor.dtype.itemsize
    if dtype is not None and (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        size = min(size, dtype.itemsize)
    return tensor.numel() * size


def _bytes_of_model(model):
    dtype = _stored_as.get(id(model))
    if dtype is None or not dtype.is_floating_point:
        return sum(_bytes_of(each, None) for each in [*model.parameters(), *model.buffers()])
    kept = _kept(model, dtype)
    named = [*model.named_parameters(), *model.named_buffers()]
    return sum(_bytes_of(each, None if kept and kept.search(name) else dtype) for name, each in named)


# accelerate.utils.compute_module_sizes, of which the sum alone is asked for, of a model built under init_empty_weights: a
# parameter is made anew whenever it is registered, so that tied weights are counted in each module.
def _compute_module_sizes(model, dtype=None, special_dtypes=None, buffers_only=False):
    import torch

    if isinstance(dtype, str):
        dtype = getattr(torch, dtype.replace("torch.", ""))
    parameters = [each for module in model.modules() for each in module._parameters.values() if each is not None]
    return {"": sum(_bytes_of(each, dtype) for each in [*parameters, *model.buffers()])}


# accelerate.utils.convert_file_size_to_int
def _bytes_in(size):
    if not isinstance(size, str):
        return size
    for end, unit in (("GIB", 2**30), ("MIB", 2**20), ("KIB", 2**10), ("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size.upper().endswith(end):
            return int(float(size[: -len(end)]) * unit)
    raise ValueError("`size` is not in a valid format. Use an integer followed by the unit, e.g., '5GB'.")


# accelerate.utils.get_max_memory of budgets that are given: accelerators first, then the others.
def _get_max_memory(max_memory=None):
    rest = [name for name in ("mps", "cpu", "disk") if name in max_memory]
    order = [*sorted(name for name in max_memory if isinstance(name, int)), *rest]
    return {name: _bytes_in(max_memory[name]) for name in order}


# What is done to a component once it is loaded.
def _as_it_is(module, *given, **named):
    return module


_stored_as = {}  # by the id of a model of transformers: the dtype that it is loaded in where none is asked for


# What names of tensors have in them that the model keeps in float32 when it is loaded in that dtype; None where it keeps nothing.
def _kept(model, dtype):
    import re

    plan = getattr(model, "_get_dtype_plan", None)
    names = "|".join(re.escape(name) for name in (plan(dtype) if plan is not None else ()))
    return re.compile(rf"(?:^|\.)(?:{names})(?:\.|$)") if names else None


# Parts that are built of a config of their own take its dtype, and others float32: all do here, until dtypes are asked about.
def _in_float32(config):
    config.dtype = None
    for name in getattr(config, "sub_configs", {}):
        if getattr(config, name, None) is not None:
            _in_float32(getattr(config, name))
    return config


# What _get_dtype of transformers 5 makes of "auto"; releases before load in float32 where they are not asked.
def _dtype_unless_asked(config, files):
    import transformers
    from transformers import modeling_utils

    if int(transformers.__version__.partition(".")[0]) < 5:
        return None
    dtype = getattr(config, "dtype", None)
    if dtype is None and files:
        tensors = _stored.tensors(files[0]) or {}
        return modeling_utils.get_state_dict_dtype(tensors) if tensors else None
    import torch

    return getattr(torch, dtype, None) if isinstance(dtype, str) else dtype


# PreTrainedModel.from_pretrained, but for the weights: the config by the class's own, then the files that it would load.
def _from_pretrained(cls, name, *given, config=None, variant=None, use_safetensors=None, **named):
    import inspect

    from transformers import modeling_utils

    if config is None:
        config = cls.config_class.from_pretrained(name)
    find = getattr(modeling_utils, "_get_resolved_checkpoint_files", None)
    files = None
    if find is not None:
        known = {
            "pretrained_model_name_or_path": name,
            "variant": variant,
            "use_safetensors": use_safetensors,
            "subfolder": "",
            "user_agent": {},
            "download_kwargs": {},
        }
        files = find(**{each: known.get(each) for each in inspect.signature(find).parameters})[0]
    dtype = None if named.get("dtype") or named.get("torch_dtype") else _dtype_unless_asked(config, files)
    model = cls(_in_float32(config))
    if getattr(config, "quantization_config", None) is None:
        _stored_as[id(model)] = dtype
    return model


# A model that is quantized is built of its config: how it is loaded depends on the machine, and what its quantizer does is not followed.
def _unless_quantized(load):
    def from_pretrained(cls, folder, *given, subfolder=None, **named):
        try:
            config = cls.load_config(folder, subfolder=subfolder)
        except Exception:
            config = {}
        if isinstance(config, dict) and config.get("quantization_config"):
            return cls.from_config({name: value for name, value in config.items() if name != "quantization_config"})
        return load(cls, folder, *given, subfolder=subfolder, **named)

    return from_pretrained


def _settle():
    import diffusers.pipelines.pipeline_loading_utils as utilities
    import diffusers.pipelines.pipeline_utils as pipelines
    from diffusers.models.modeling_utils import ModelMixin

    import transformers

    _disk_loading.settle()
    transformers.PreTrainedModel.from_pretrained = classmethod(_from_pretrained)
    ModelMixin.from_pretrained = classmethod(_unless_quantized(ModelMixin.from_pretrained.__func__))
    answers = {
        "accelerate": _diffusers_loading._Described(None, _Files()),
        "compute_module_sizes": _compute_module_sizes,
        "get_max_memory": _get_max_memory,
        "dispatch_model": _as_it_is,
        "remove_hook_from_module": _as_it_is,
    }
    for module in (utilities, pipelines):
        for name, answer in answers.items():
            if hasattr(module, name):
                setattr(module, name, answer)
        module.logger = _Logger(module.logger)


def settle():
    _settle()
    return __import__("diffusers").__version__


def _built_of_its_config(cls, folder, *given, subfolder=None, **named):
    return cls.from_config(cls.load_config(folder, subfolder=subfolder))


def build_of_configs():
    """Models are built of their configs instead of loaded, from now on."""
    import transformers
    from diffusers.models.modeling_utils import ModelMixin

    def built(cls, folder, *given, **named):
        config = cls.config_class.from_pretrained(folder)
        dtype = _dtype_unless_asked(config, None)
        model = cls(_in_float32(config))
        _stored_as[id(model)] = dtype
        return model

    ModelMixin.from_pretrained = classmethod(_built_of_its_config)
    transformers.PreTrainedModel.from_pretrained = classmethod(built)


# Names, and in them pairs of texts, of model_index.json: components, and the class of the pipeline where the folder has its code.
def _pairs(folder):
    from diffusers import DiffusionPipeline

    with _diffusers_loading._Described(None, _Files()):
        config = DiffusionPipeline.load_config(folder)
    if not isinstance(config, dict):
        return "", {}
    pairs = {name: value for name, value in config.items() if isinstance(value, (list, tuple)) and len(value) == 2}
    return config.get("_class_name"), {name: pair for name, pair in pairs.items() if all(isinstance(part, str) for part in pair)}


# The class that the folder names; its components in the order of the file: name, library, class.
def listed(folder):
    named, pairs = _pairs(folder)
    if "_class_name" in pairs:
        named = pairs.pop("_class_name")[1]
    return named if isinstance(named, str) else "", [(name, *pair) for name, pair in pairs.items()]


# Whether from_pretrained imports code of the folder: where there is any, it is trusted, unless the arguments say otherwise.
def trusts(folder, arguments):
    import os

    pairs = _pairs(folder)[1]
    files = [f"{pair[0]}.py" if name == "_class_name" else os.path.join(name, f"{pair[0]}.py") for name, pair in pairs.items()]
    has_code = any(os.path.isfile(os.path.join(folder, file)) for file in files)
    return has_code and _diffusers_loading._given(arguments).get("trust_remote_code", True)


def load(folder, arguments, trusted):
    from diffusers import DiffusionPipeline

    given = _diffusers_loading._given(arguments)
    if trusted:
        given["trust_remote_code"] = True
    if "max_memory" in given:
        given["max_memory"] = {int(name) if name.isdigit() else name: size for name, size in given["max_memory"].items()}
    with _diffusers_loading._Described(None, _Files()):
        return DiffusionPipeline.from_pretrained(folder, **given)


# Of each component that has weights of the variant, the variant; from_pretrained of older releases has this in its own lines.
def _model_variants(folder, variant):
    import diffusers.pipelines.pipeline_loading_utils as utilities

    identify = getattr(utilities, "_identify_model_variants", None)
    return identify(folder, variant, _pairs(folder)[1]) if identify is not None else {}


# One component, as from_pretrained loads it.
def load_component(folder, name, library, kind, trusted, arguments):
    import inspect

    import diffusers
    import diffusers.pipelines.pipeline_loading_utils as utilities

    described = {
        "library_name": library,
        "class_name": kind,
        "importable_classes": utilities.ALL_IMPORTABLE_CLASSES,
        "pipelines": diffusers.pipelines,
        "is_pipeline_module": hasattr(diffusers.pipelines, library),
        "pipeline_class": diffusers.DiffusionPipeline,
        "model_variants": _model_variants(folder, _diffusers_loading._given(arguments).get("variant")),
        "name": name,
        "low_cpu_mem_usage": True,
        "cached_folder": folder,
        "trust_remote_code": trusted,
    }
    wanted = inspect.signature(utilities.load_sub_model).parameters
    with _diffusers_loading._Described(None, _Files()):
        utilities.load_sub_model(**{each: described.get(each) for each in wanted})


# The class of a pipeline; of each component its name, its class and the bytes of its tensors; pairs of a component and its device.
def made(pipeline):
    import torch

    kinds = [
        (name, "" if part is None else type(part).__name__, _bytes_of_model(part) if isinstance(part, torch.nn.Module) else 0)
        for name, part in pipeline.components.items()
    ]
    placed = getattr(pipeline, "hf_device_map", None)
    devices = [(name, str(device)) for name, device in placed.items()] if isinstance(placed, dict) else []
    return type(pipeline).__name__, kinds, devices


# Whether a tokenizer has none of the files that its class reads.
def _has_no_vocabulary(part, folder):
    import os

    names = getattr(type(part), "vocab_files_names", None) or {}
    return bool(names) and not any(os.path.isfile(os.path.join(folder, name)) for name in names.values())


def hollow(pipeline, folder):
    """Pairs of a component that is made although nothing of it is stored, and what is not there."""
    import os

    found = []
    for name in _pairs(folder)[1]:
        part = pipeline.components.get(name)
        if part is None:
            continue
        if not os.path.isdir(os.path.join(folder, name)):
            found.append((name, "there is no such folder"))
        elif _has_no_vocabulary(part, os.path.join(folder, name)):
            found.append((name, "its folder has no vocabulary"))
    return found


def tokens_beyond(pipeline):
    """Of each tokenizer that has more tokens than the text encoder of the same number has rows: its name, how many, that one, and its rows."""
    found = []
    for name, part in pipeline.components.items():
        reader = name.replace("tokenizer", "text_encoder")
        model = pipeline.components.get(reader)
        if reader == name or part is None or not hasattr(model, "get_input_embeddings"):
            continue
        rows = getattr(getattr(model.get_input_embeddings(), "weight", None), "shape", (0,))[0]
        if len(part) > rows > 0:
            found.append((name, len(part), reader, rows))
    return found


# A model of transformers in the dtype that it is loaded in, which its config and those of its parts then have, with what it keeps in float32.
def _built_in(cls, config, dtype):
    import torch

    config.dtype = dtype
    for name in getattr(config, "sub_configs", {}):
        if getattr(config, name, None) is not None:
            getattr(config, name).dtype = dtype
    former = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        model = cls(config)
    finally:
        torch.set_default_dtype(former)
    kept = _kept(model, dtype)
    for name, module in model.named_modules() if kept else ():
        if kept.search(name):
            module.to(torch.float32)
    return model


def loaded_dtypes(pipeline):
    """Of each model its name and the dtype that it is loaded in where none is asked for."""
    import torch

    found = []
    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module):
            dtypes = {each.dtype for each in part.parameters() if each.dtype.is_floating_point}
            dtype = _stored_as.get(id(part)) or (dtypes.pop() if len(dtypes) == 1 else None)
            found.append((name, "" if dtype is None else str(dtype).replace("torch.", "")))
    return found


def as_loaded(pipeline):
    """Puts models of transformers in their dtypes into their places."""
    for name, part in list(pipeline.components.items()):
        dtype = _stored_as.get(id(part))
        if dtype is not None and dtype.is_floating_point and dtype.itemsize == 2:
            model = _built_in(type(part), part.config, dtype)
            model.eval()
            setattr(pipeline, name, model)


def said():
    found = list(_said)
    del _said[:]
    return found
