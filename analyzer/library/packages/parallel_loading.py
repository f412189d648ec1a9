"""What from_pretrained of transformers makes of a model on the ranks of a group, by its own code: how parameters are cut,
which modules another rank has, and what it raises.

Releases do it in three ways: 5.16 and later lay parameters out before they are read (DistributedMixin); 5.0 to 5.15 cut
what they read by the plan; 4 cuts each stored tensor as it is put into the model."""

import inspect
import re
from itertools import chain

import torch
from _answering import answering
from torch._distributed import DTensor, Shard, _StridedShard, _enter, _misread


def _module(name):
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class _Accelerator:
    type = "cpu"


# Releases ask for more or less: each is given what it has a parameter for.
def _call(function, *args, **given):
    wanted = inspect.signature(function).parameters
    return function(*args, **{name: value for name, value in given.items() if name in wanted})


# ---- what is read

_DTYPE_NAMES = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64",
    torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
}


class _Slice:
    """A tensor in a file of safetensors."""

    def __init__(self, tensor):
        self._tensor = tensor

    def __getitem__(self, part):
        parts = [each for each in (part if isinstance(part, tuple) else (part,)) if each is not ...]
        if len(parts) > self._tensor.ndim:
            raise IndexError(f"slice() cannot be applied to a {self._tensor.ndim}-dim tensor.")
        return self._tensor[part]

    def get_shape(self):
        return list(self._tensor.shape)

    def on_meta(self):
        return torch.empty(self._tensor.shape, dtype=self._tensor.dtype, device="meta")

    def get_dtype(self):
        return _DTYPE_NAMES.get(self._tensor.dtype, "F32")


_Slice.__name__ = "builtins.PySafeSlice"


class _Progress:
    """tqdm, which shows nothing."""

    def __init__(self, items=(), **shown):
        self._items = items

    def __iter__(self):
        return iter(self._items)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None

    def update(self, *args):
        pass

    def set_postfix(self, *args, **shown):
        pass

    def refresh(self):
        pass


class _Reading:
    """A tensor that a thread is asked to read, which is read once that is waited for."""

    def __init__(self, read):
        self._read = read

    def result(self):
        return self._read()


class _Readers:
    """A pool of such threads."""

    def __init__(self, max_workers):
        pass

    def submit(self, read):
        return _Reading(read)

    def shutdown(self, **how):
        pass


class _File:
    def __init__(self, stored):
        self._stored = stored

    def get_slice(self, name):
        return self._stored[name]

    def __exit__(self, *raised):
        return None


def _tied_names(model):
    tied = getattr(model, "all_tied_weights_keys", None)
    return tied if isinstance(tied, dict) else {}


# ---- the model before and after


class _Former:
    """What the model was before it was distributed."""

    def __init__(self, model, modules):
        self._config = dict(model.config.__dict__)
        self._model = model
        self._modules = [(module, dict(module.__dict__), [dict(table) for table in self._tables(module)]) for module in modules]

    @staticmethod
    def _tables(module):
        return module._parameters, module._buffers, module._modules, module._forward_pre_hooks, module._forward_hooks

    def put_back(self):
        for module, attributes, rows_of_tables in self._modules:
            module.__dict__.clear()
            module.__dict__.update(attributes)
            for table, rows in zip(self._tables(module), rows_of_tables):
                table.clear()
                table.update(rows)
        self._model.config.__dict__.clear()
        self._model.config.__dict__.update(self._config)


# from_pretrained ties once the weights are read, constructors do at once.
def _untie(model):
    for name in _tied_names(model):
        module, _, leaf = name.rpartition(".")
        tensor = model.get_submodule(module)._parameters.get(leaf)
        if tensor is not None:
            model.get_submodule(module)._parameters[leaf] = torch.nn.Parameter(
                torch.empty_like(tensor), requires_grad=tensor.requires_grad
            )


# (name, tensor, whether it is a buffer) of the modules, parameters first.
def _tensors(modules):
    for table, is_buffer in ("_parameters", False), ("_buffers", True):
        for prefix, module in modules:
            for leaf, tensor in getattr(module, table).items():
                if tensor is not None:
                    yield (f"{prefix}.{leaf}" if prefix else leaf), tensor, is_buffer


def _cuts(tensor):
    cuts = []
    for placement, (_, size, stride) in zip(tensor._placements, tensor._mesh._axes):
        if isinstance(placement, Shard):
            cuts.append((placement.dim, 1, size, stride))
        elif isinstance(placement, _StridedShard):
            cuts.append((placement.dim, placement.split_factor, size, stride))
    return cuts


# head_dim of the attention that a projection is of
def _unit(parents, name):
    parent = parents.get(name.rpartition(".")[0].rpartition(".")[0])
    unit = getattr(parent, "head_dim", 0)
    return unit if type(unit) is int and unit > 0 else 0


# (name, tensor, whether it is a buffer, whether it has an earlier name, its cuts where torch knows it to be distributed,
# its style, the size of a head)
def _rows(modules, styles):
    rows, seen, parents = [], set(), dict(modules)
    for name, tensor, is_buffer in _tensors(modules):
        cuts = _cuts(tensor) if isinstance(tensor, DTensor) else None
        rows.append((name, tensor, is_buffer, id(tensor) in seen, cuts, styles.get(name), _unit(parents, name)))
        seen.add(id(tensor))
    return rows


# ---- plans


# What the release calls the function that looks a name up in a plan.
def _style_of():
    for name in ("transformers.distributed.parallel_utils", "transformers.distributed.tensor_parallel",
                 "transformers.integrations.tensor_parallel"):
        module = _module(name)
        for function in ("_get_parameter_plan", "_get_parameter_tp_plan"):
            if module is not None and hasattr(module, function):
                return getattr(module, function)
    return None


_TENSOR, _EXPERT, _PIPELINE = range(3)


# The plans that shards are cut by, those of experts first: their rules go before the others.
def _plans(model, tp, ep):
    if ep > 1 and not hasattr(type(model), "maybe_distribute_model"):
        return [(_EXPERT, model.tp_plan)]
    plans = [(_EXPERT, getattr(model, "ep_plan", None))] if ep > 1 else []
    if tp > 1:
        plans.append((_TENSOR, model.tp_plan))
    return [(kind, plan) for kind, plan in plans if plan]


# ([what goes in], [what comes out]) in words.
def _flow(stage):
    ends = stage if isinstance(stage, (tuple, list)) and len(stage) == 2 else ("?", "?")
    return " -> ".join(", ".join(map(str, end)) if isinstance(end, (tuple, list)) else str(end) for end in ends)


# Each rule of them: (name, style, of which plan it is, whether it names anything).  Of a pipeline's plan whole names count.
def _rules(modules, plans, pipeline):
    names = {re.sub(r"\d+", "*", name) for name, *_ in chain(modules, _tensors(modules))}
    own = {name for name, _ in modules}
    rules = [
        (name, style, kind, re.sub(r"\d+", "*", name) in names) for kind, plan in plans for name, style in plan.items()
    ]
    return rules + [(str(name), _flow(stage), _PIPELINE, name in own) for name, stage in pipeline.items()]


def _styles(modules, plans):
    style_of, styles = _style_of(), {}
    for name, _, is_buffer in _tensors(modules):
        if is_buffer:
            continue
        for _, plan in plans:
            style = style_of(name, plan, True)
            if style is not None:
                styles[name] = style
                break
    return styles


# ---- transformers 5.16 and later


# Modules of a library run as far as their names are asked for: those that enter styles in the tables are, in the order
# in which they are imported.
def _enter_styles():
    experts, tensors, data = (_module("transformers.distributed." + name) for name in ("expert_parallel", "tensor_parallel", "fsdp"))
    imports_tensors = hasattr(experts, "_get_parameter_plan")
    for module in (tensors, experts) if imports_tensors else (experts, tensors):
        getattr(module, "ALL_PARALLEL_STYLES", None)
    getattr(data, "ALL_FSDP_STYLES", None)


def _fields(tp, ep, pp, known):
    fields = {"tp_size": tp}
    if pp > 1:
        fields["pp_size"] = pp
    if tp > 1:
        fields["tp_plan"] = "auto"
    if ep > 1 and "ep_size" in known:
        fields["ep_size"] = ep
        if tp == 1:  # the experts' plan alone, over as many ranks
            fields |= {"tp_size": ep, "tp_plan": {}}
    elif ep > 1:
        fields |= {"tp_size": ep, "tp_plan": "auto", "enable_expert_parallel": True}
    return fields


def _distribute_with_mixin(model, tp, ep, pp):
    from transformers.distributed.configuration_utils import DistributedConfig

    _enter_styles()
    cls = type(model)
    config = DistributedConfig(**_fields(tp, ep, pp, DistributedConfig.__dataclass_fields__))
    config, device_map, meshes = cls.prepare_distribute_model(config)
    model.config.distributed_config = config
    if meshes is not None:
        cls.maybe_distribute_model(model, config, meshes)
    return getattr(model, "_device_mesh", None), device_map


# ---- transformers before 5.16


def _distribute_by_plan(model, ep):
    from transformers.integrations import tensor_parallel as library

    config = None
    if ep > 1:
        from transformers.distributed import DistributedConfig

        config = DistributedConfig(enable_expert_parallel=True)
        model.config.distributed_config = config
    answer = _call(library.initialize_tensor_parallelism, "auto", tp_size=None)
    device_map, mesh, size = answer[-3:]
    _call(library.distribute_model, model, tp_plan="auto", distributed_config=config, device_mesh=mesh, tp_size=size)
    return mesh, device_map


# ---- reading


def _device_map(given):
    from transformers import modeling_utils

    check = getattr(modeling_utils, "check_and_set_device_map", None)
    if check is not None:
        return check(given)
    return {"": torch.device(given)} if isinstance(given, (str, torch.device)) else given


# What the release calls what comes after reading.
def _finalize(model, config, info):
    for name in ("_finalize_model_loading", "_finalize_load_state_dict"):
        if hasattr(model, name):
            return getattr(model, name)(model, config, info)


# transformers 5: the loader, and what comes after it.
def _load(model, stored, quantizer, mesh, device_map, names):
    from transformers import core_model_loading, modeling_utils
    from transformers.conversion_mapping import get_model_conversion_mapping

    mapping = _call(get_model_conversion_mapping, model, key_mapping=None, hf_quantizer=quantizer)
    known = modeling_utils.LoadStateDictConfig.__dataclass_fields__
    asked = {"weight_mapping": mapping, "hf_quantizer": quantizer, "device_mesh": mesh, "device_map": device_map,
             "pretrained_model_name_or_path": ""}
    config = modeling_utils.LoadStateDictConfig(**{name: value for name, value in asked.items() if name in known})
    shows = core_model_loading if hasattr(core_model_loading, "tqdm") else core_model_loading.logging
    answers = {
        "tqdm": _Progress,
        "Future": _Reading,
        "ThreadPoolExecutor": _Readers,
        "verify_tp_plan": lambda *args: None,  # it logs, where somebody has set the level of that logger
        "data_ptr": lambda tensor: 0,  # what is read is aligned
    }
    with answering([shows, core_model_loading, modeling_utils, torch.Tensor], answers):
        answer = type(model)._load_pretrained_model(model, dict(stored), None, config)
        info = answer[0] if isinstance(answer, tuple) else answer
        for name in [name for name in info.missing_keys if name not in names]:
            info.missing_keys.discard(name)
        _finalize(model, config, info)


# transformers 4: `names` says which stored tensor each is read from.
def _load_into_meta_model(model, stored, names, quantizer, dtype, mesh, device_map):
    from transformers import modeling_utils

    expected = {name: stored[key].on_meta() for name, key in names.items()}
    if quantizer is not None:
        for module in model.modules():
            if isinstance(module, modeling_utils.PreTrainedModel):
                module.config._pre_quantization_dtype = dtype
    former = modeling_utils.safe_open
    modeling_utils.safe_open = lambda *args, **kwargs: _File(stored)
    try:
        _call(
            modeling_utils._load_state_dict_into_meta_model,
            model=model,
            state_dict=dict(expected),
            shard_file="model.safetensors",
            expected_keys=list(expected),
            reverse_renaming_mapping=names,
            device_map=device_map,
            hf_quantizer=quantizer,
            device_mesh=mesh,
        )
    finally:
        modeling_utils.safe_open = former
    model.tie_weights()


# torch.equal: what is stored under both names of a tie is taken to be the same.
def _equal(tensor, other):
    if isinstance(tensor, DTensor) != isinstance(other, DTensor):
        raise RuntimeError(
            "aten.equal.default got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to DTensor before calling "
            "distributed operators!"
        )
    return tensor.shape == other.shape


def _is_cut_unevenly(tensor):
    return any(tensor.shape[dim] % (parts * size) for dim, parts, size, _ in _cuts(tensor))


def _any_uneven(modules):
    return any(isinstance(tensor, DTensor) and _is_cut_unevenly(tensor) for _, tensor, _ in _tensors(modules))


class Ranks:
    """Distributes a model as each rank of a group would, one after the other.  `stored`: the tensors of the checkpoint by name,
    None where there is none at hand; `names`: for transformers 4, those by the name in the model; `modules`: the names of those
    that stand for the others, None for all."""

    def __init__(self, model, tp, ep, pp, stored, names, quantizer, modules):
        self.model, self.sizes, self.quantizer = model, (tp, ep, pp), quantizer
        self.by_mixin = hasattr(type(model), "maybe_distribute_model")
        # The quantizer's own parameters go where their weights go.
        if hasattr(quantizer, "update_parallel_plan"):
            quantizer.update_parallel_plan(model, model.tp_plan)
            quantizer.update_parallel_plan(model, model.ep_plan)
        self.few = None if modules is None else [(name, model.get_submodule(name)) for name in modules]
        if stored is None and not self.by_mixin:  # the parameters are cut as they are read
            tied = _tied_names(model)
            stored = {
                name: torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
                for name, tensor in self._state().items()
                if name not in tied
            }
            names = {name: name for name in stored}
        self.stored = None if stored is None else {name: _Slice(tensor) for name, tensor in stored.items()}
        self.names = names
        # transformers 4 reads what it is asked for; the loader of 5 finds where a stored tensor belongs.
        self.reads_names = not hasattr(model, "_move_missing_keys_from_meta_to_device")
        self.former = _Former(model, [module for _, module in self._modules()] if self.reads_names else model.modules())
        self.dtype = model.dtype if self.reads_names and quantizer is not None else None
        self.equal = torch.equal
        self.rules = []
        torch._C._get_accelerator, torch.equal = _Accelerator, _equal

    def _modules(self):
        return list(self.model.named_modules(remove_duplicate=False)) if self.few is None else self.few

    def _state(self):
        if self.few is None:
            return self.model.state_dict()
        return {
            name: tensor
            for prefix, module in self.few
            for name, tensor, is_buffer in _tensors([(prefix, module)])
            if not is_buffer or name.rpartition(".")[2] not in module._non_persistent_buffers_set
        }

    # Who goes through the model's modules meets those that stand for the others, until it is put back.
    def _show_few(self):
        modules = self._modules()
        self.model.named_modules = lambda *args, **kwargs: iter(modules)
        self.model.modules = lambda *args, **kwargs: (module for _, module in modules)

    def become(self, rank):
        """From now on this is that rank, of a model that is distributed already."""
        tp, ep, pp = self.sizes
        _enter(rank, max(tp, ep) * pp)

    def distribute(self, rank):
        """The model as it is on that rank, with its weights."""
        tp, ep, pp = self.sizes
        self.become(rank)
        _untie(self.model)
        if self.by_mixin:
            self.mesh, self.device_map = _distribute_with_mixin(self.model, tp, ep, pp)
        else:
            self._show_few()
            self.mesh, self.device_map = _distribute_by_plan(self.model, ep)
            if not self.reads_names:
                del self.model.named_modules, self.model.modules
        plans = _plans(self.model, tp, ep)
        if not self.rules:
            pipeline = getattr(self.model, "_pp_plan", None) if pp > 1 else None
            self.rules = _rules(self._modules(), plans, pipeline or {})
            self.styles = _styles(self._modules(), plans)
        self.are_alike = not _any_uneven(self._modules())
        with torch.device("cpu"):
            self._read()

    def tell(self):
        """(The rows of this rank, whether they say what all ranks of its stage hold, whether those hold as much as each other)."""
        tells_all = self.by_mixin and (self.stored is None or self.are_alike)
        return _rows(self._modules(), self.styles), tells_all, self.by_mixin and self.are_alike

    def misread(self):
        """What a forward pass put together of other parts than it took them for, in words, each once."""
        told = list(dict.fromkeys(_misread))
        _misread.clear()
        return told

    def put_back(self):
        self.former.put_back()

    def leave(self):
        self.former.put_back()
        torch.equal = self.equal
        _enter(0, None)

    def _read(self):
        if self.stored is None:
            _call(self.model.tie_weights, recompute_mapping=False)
        elif not self.reads_names:
            names = {name for name, *_ in _tensors(self._modules())}
            _load(self.model, self.stored, self.quantizer, self.mesh, _device_map(self.device_map), names)
        else:
            device_map = _device_map(self.device_map)
            _load_into_meta_model(self.model, self.stored, self.names, self.quantizer, self.dtype, self.mesh, device_map)
