# What PEFT makes of an adapter, by its own code: the files are given instead of read, and what torch would load is
# noted instead.  Of a package `peft` that is evaluated from source.


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
        return [name for name in names if name.replace(".modules_to_save.", ".") not in stored or ".modules_to_save." not in name]

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
        result = _IncompatibleKeys([key for key in own if key not in state_dict], [])
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


# A machine without an accelerator, and tensors that lie on it whole.
def _settle_machine():
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


def _load(model, config, stored):
    import os
    import warnings

    import peft.peft_model as peft_model
    import peft.utils.save_and_load as files
    import torch
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

    notes = _Notes(stored)
    files.os = _Instead(os, path=_Instead(os.path, exists=lambda path: True))
    files.safe_load_file = lambda filename, device=None: dict(stored)
    files.http_user_agent = lambda *args, **kwargs: ""
    files.is_transformers_dtensor_tp = False
    peft_model.warnings = _Instead(warnings, warn=lambda message, *args, **kwargs: notes.warned.append(str(message)))
    torch.nn.Module.load_state_dict = _noting_load(notes)
    try:
        config_class = PEFT_TYPE_TO_CONFIG_MAPPING[config["peft_type"]]
        made = config_class.from_peft_type(**config_class.check_kwargs(**config))
        peft_model.PeftModel.from_pretrained(model, "adapter", config=made, torch_device="cpu")
    except ImportError:
        raise
    except Exception as error:
        return [], [], [], f"{type(error).__name__}: {error}"
    return notes.missing(), notes.unexpected(stored), notes.mismatched, ""


# The class of the base that PEFT's own Auto class for the task takes.
def _class_for(task):
    import peft.auto as auto

    if task not in auto.MODEL_TYPE_TO_PEFT_MODEL_MAPPING:
        return None
    for each in vars(auto).values():
        if getattr(each, "_target_peft_class", None) is auto.MODEL_TYPE_TO_PEFT_MODEL_MAPPING[task]:
            return each._target_class
    return None


# As many labels as the head that is stored has.
def _with_labels(config, adapter, stored):
    heads = [f".{name}." for name in (adapter.get("modules_to_save") or ["classifier", "score"])]
    for name, tensor in stored.items():
        if name.endswith("weight") and tensor.ndim == 2 and any(head in name for head in heads):
            if not name.endswith("dense.weight"):
                config.num_labels = tensor.shape[0]
    return config


def load(model, config, stored):
    """The names that PEFT finds missing, those that it leaves out, those of other sizes, and what it raises; and the
    class of the base, which is that of the task where the given one does not fit."""
    if (config.get("boft_n_butterfly_factor") or 1) > 1:
        raise ImportError("what BOFT makes rests on whether its extension can be compiled")
    _settle_machine()
    first = _load(model, config, stored)
    task = config.get("task_type")
    auto_class = _class_for(task) if any(first) else None
    if auto_class is not None:
        import copy

        base_config = copy.deepcopy(getattr(model, "config"))
        if task in ("SEQ_CLS", "TOKEN_CLS"):
            base_config = _with_labels(base_config, config, stored)
        try:
            other = auto_class.from_config(base_config)
        except ValueError:
            other = model  # it has no class for the task
        if type(other) is not type(model):
            second = _load(other, config, stored)
            if not second[3] and (first[3] or sum(map(len, second[:3])) < sum(map(len, first[:3]))):
                return *second, type(other).__name__
    return *first, ""
