# What PEFT makes of an adapter, by its own code: the files are given instead of read, and what torch would load is
# noted instead.  Of a package `peft` that is evaluated from source.


_COPIES = (".modules_to_save.", ".original_module.")


class _Notes:
    def __init__(self, stored):
        self.names = {id(tensor): name for name, tensor in stored.items()}
        self.used = set()
        self.left_out = []
        self.mismatched = []
        self.results = []
        self.warned = []

    def stored_name(self, key, tensor):
        return self.names.get(id(tensor), key)

    # Names in the file, or of what was made of several: without the copies that PEFT saves beside a module that it
    # saves whole.
    def unexpected(self, stored):
        names = [self.stored_name(key, tensor) for key, tensor in self.left_out if id(tensor) not in self.used]
        return [name for name in names if not any(copy in name and name.replace(copy, ".") in stored for copy in _COPIES)]

    # Of those, what the layers have as buffers under the names that PEFT saves: made by their constructors, and no worse for
    # not being read.
    def recomputed(self, stored, made):
        saved = {name.replace(".default", ""): list(buffer.shape) for name, buffer in made.named_buffers(remove_duplicate=False)}
        return [name for name in self.unexpected(stored) if name in stored and saved.get(name) == list(stored[name].shape)]

    def missing(self):
        warned = [message for message in self.warned if "missing adapter keys" in message]
        return [key for result in self.results for key in result.missing_keys if any(repr(key) in text for text in warned)]


class _IncompatibleKeys:
    def __init__(self, missing_keys, unexpected_keys):
        self.missing_keys = missing_keys
        self.unexpected_keys = unexpected_keys


# torch.nn.Module.load_state_dict, but for the values.
def _noting_load(notes):
    def load_state_dict(self, state_dict, strict=True, assign=False):
        own = self.state_dict()
        for key, tensor in state_dict.items():
            if key not in own:
                notes.left_out.append((key, tensor))
                continue
            notes.used.add(id(tensor))
            found, expected = list(tensor.shape), list(own[key].shape)
            if found != expected and not (expected == [] and found == [1]):
                notes.mismatched.append((notes.stored_name(key, tensor), found, expected))
        result = _IncompatibleKeys([key for key in own if key not in state_dict], [key for key in state_dict if key not in own])
        notes.results.append(result)
        return result

    return load_state_dict


# A module of which some attributes are others.
class _Instead:
    def __init__(self, module, **others):
        self._module = module
        self.__dict__.update(others)

    def __getattr__(self, name):
        return getattr(self._module, name)


def settle_machine():
    """A machine without an accelerator, and tensors that lie on it whole."""
    import concurrent.futures

    import accelerate.utils
    import accelerate.utils.imports
    import torch.distributed.tensor
    import torch.utils.cpp_extension

    class Spread:
        pass

    def no_compiler(*args, **kwargs):
        raise RuntimeError("no extension can be compiled here")

    torch.distributed.tensor.DTensor = Spread
    torch.utils.cpp_extension.load = no_compiler
    concurrent.futures.Future = Spread  # nor is any read in another thread
    for module in (accelerate.utils, accelerate.utils.imports):
        for name in ("mlu", "npu", "xpu"):
            setattr(module, f"is_{name}_available", lambda *args, **kwargs: False)
        module.is_bf16_available = lambda *args, **kwargs: True


# Its parameters are those by which PEFT tells what is meant for the Hub.
def _hf_hub_download(repo_id, filename, *, subfolder=None, repo_type=None, revision=None, cache_dir=None, local_dir=None,
                     user_agent=None, force_download=False, token=None, local_files_only=False, headers=None, endpoint=None):
    raise FileNotFoundError(filename)


_FOLDER = "adapter"


# The config and the tensors of the adapter, and of those that it mixes, each by its folder.
def _give_files(config, stored, mixed):
    import os

    import peft.config as configs
    import peft.peft_model as models
    import peft.utils.save_and_load as files

    folders = {_FOLDER: (config, stored), **mixed}

    def of(path):
        return folders[os.path.dirname(path)]

    def is_there(path):
        return path in folders or os.path.dirname(path) in folders

    there = _Instead(os, path=_Instead(os.path, exists=is_there, isfile=is_there))
    configs.os = files.os = there
    configs.hf_hub_download = models.hf_hub_download = files.hf_hub_download = _hf_hub_download
    configs.http_user_agent = files.http_user_agent = lambda *args, **kwargs: ""
    configs.PeftConfigMixin.from_json_file = staticmethod(lambda path, **kwargs: dict(of(path)[0]))
    files.safe_load_file = lambda filename, device=None: dict(of(filename)[1])
    files.is_transformers_dtensor_tp = False


# What a prompt encoder takes by its name, where others load the state of a module.
_BY_NAME = ("prompt_embeddings", "prefix_task_cols", "prefix_task_rows")


# An adapter that others mix is of another folder, or of the Hub; on a base that keeps a cache PEFT refuses to mix any.
def _mixing(model, config, mixed):
    for path in (config.get("adapters") or {}).values():
        if path not in mixed and not path.startswith((".", "/")):
            raise ImportError(f"the adapter {path!r}, which it mixes, may be a repo of the Hub")
    model.config.use_cache = False


def load(model, config, stored, mixed):
    """PeftModel.from_pretrained: the class of the base, the names that it finds missing, those that it leaves out, those
    of other sizes, what it raises, and which of those that it leaves out it makes anew."""
    import warnings

    import peft.peft_model as peft_model
    import torch

    if config.get("peft_type") == "XLORA":
        _mixing(model, config, mixed)
    notes = _Notes(stored)
    base_class = type(model).__name__
    _give_files(config, stored, mixed)
    peft_model.warnings = _Instead(warnings, warn=lambda message, *args, **kwargs: notes.warned.append(str(message)))
    torch.nn.Module.load_state_dict = _noting_load(notes)
    model.to_empty(device="cpu")  # where its weights are by then
    try:
        made = peft_model.PeftModel.from_pretrained(model, _FOLDER, torch_device="cpu")
    except ImportError:
        raise
    except Exception as error:
        if "PEFT is not installed" in str(error):
            raise ImportError("PEFT asks transformers to load it, which asks for an installed PEFT") from None
        return base_class, [], [], [], f"{type(error).__name__}: {error}", []
    if made.active_peft_config.is_prompt_learning:
        notes.used.update(id(tensor) for name, tensor in stored.items() if name in _BY_NAME)
    if (config.get("boft_n_butterfly_factor") or 1) > 1 and (notes.missing() or notes.mismatched):
        raise ImportError("what BOFT makes rests on whether its extension can be compiled")
    recomputed = notes.recomputed(stored, made)
    unexpected = [name for name in notes.unexpected(stored) if name not in recomputed]
    return base_class, notes.missing(), unexpected, notes.mismatched, "", recomputed


# PEFT's own Auto class for the task.
def _auto_class(task):
    import peft.auto as auto

    if not isinstance(task, str) or task not in auto.MODEL_TYPE_TO_PEFT_MODEL_MAPPING:
        return None
    for each in vars(auto).values():
        if getattr(each, "_target_peft_class", None) is auto.MODEL_TYPE_TO_PEFT_MODEL_MAPPING[task]:
            return each
    return None


# How many labels the head has that is stored; 0 where none is.
def _stored_labels(adapter, stored):
    heads = [f".{name}." for name in (adapter.get("modules_to_save") or ["classifier", "score"])]
    for name, tensor in stored.items():
        if name.endswith("weight") and tensor.ndim == 2 and any(head in name for head in heads):
            if not name.endswith("dense.weight"):
                return tensor.shape[0]
    return 0


# The config that from_pretrained of the Auto class gives the model: of a multimodal one that of its text, where the class
# is that of the text.
def _own_config(auto_class, config):
    import copy

    made = copy.deepcopy(config)
    chosen = auto_class._model_mapping[type(config)]
    text = (getattr(config, "sub_configs", None) or {}).get("text_config")
    return made.get_text_config() if text is not None and getattr(chosen, "config_class", None) == text else made


def other_bases(base_class, base_config, config, stored):
    """The models that PEFT's Auto class takes as base, by the task or by the class that the adapter was saved on, each as
    (how one says that, the model); without one of the class that was built."""
    import copy
    import importlib

    task = config.get("task_type")
    auto = _auto_class(task)
    made = []
    if auto is not None:
        try:
            model = auto._target_class.from_config(_own_config(auto._target_class, base_config))
        except Exception:
            return made  # it has no class for the task, or none that can be made of this config
        other = type(model) is not base_class
        if other:
            made.append((auto.__name__, model))
        labels = _stored_labels(config, stored) if other and task in ("SEQ_CLS", "TOKEN_CLS") else 0
        if labels and labels != base_config.num_labels:
            labelled = _own_config(auto._target_class, base_config)
            labelled.num_labels = labels
            made.append((f"{auto.__name__} with num_labels={labels}", auto._target_class.from_config(labelled)))
    saved_on = config.get("auto_mapping")
    if task is None and isinstance(saved_on, dict) and str(saved_on.get("parent_library")).startswith("transformers."):
        try:
            found = getattr(importlib.import_module(saved_on["parent_library"]), saved_on["base_model_class"])
        except (ImportError, AttributeError, KeyError, TypeError):
            return made
        if found is not base_class:
            made.append(("AutoPeftModel", found(copy.deepcopy(base_config))))
    return made
