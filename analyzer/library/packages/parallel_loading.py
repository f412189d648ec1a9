"""What from_pretrained of transformers makes of a model on the ranks of a group, by its own code: how parameters are cut,
which modules another rank has, and what it raises."""

import re
from itertools import chain

import torch
import torch.distributed as distributed
from torch._distributed import DTensor, Shard, _StridedShard, _enter


def _module(name):
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# Modules of a library run as far as their names are asked for: those that enter styles in the table are.
def _enter_styles():
    for name in ("tensor_parallel", "expert_parallel", "fsdp"):
        for table in ("ALL_PARALLEL_STYLES", "ALL_FSDP_STYLES"):
            getattr(_module("transformers.distributed." + name), table, None)


class _Accelerator:
    type = "cpu"


# What the release calls the function that looks a name up in a plan.
def _style_of():
    for name in ("transformers.distributed.parallel_utils", "transformers.distributed.tensor_parallel",
                 "transformers.integrations.tensor_parallel"):
        module = _module(name)
        for function in ("_get_parameter_plan", "_get_parameter_tp_plan"):
            if module is not None and hasattr(module, function):
                return getattr(module, function)
    return None


def _cuts(tensor):
    cuts = []
    for placement, (_, size, stride) in zip(tensor._placements, tensor._mesh._axes):
        if isinstance(placement, Shard):
            cuts.append((placement.dim, 1, size, stride))
        elif isinstance(placement, _StridedShard):
            cuts.append((placement.dim, placement.split_factor, size, stride))
    return cuts


# (name, tensor, whether it is a buffer, whether it has an earlier name, its cuts, its style)
def _rows(model, style_of, plans):
    rows, seen = [], set()

    def add(name, tensor, is_buffer, cuts, style):
        rows.append((name, tensor, is_buffer, id(tensor) in seen, cuts, style))
        seen.add(id(tensor))

    for name, tensor in model.named_parameters(remove_duplicate=False):
        styles = [style_of(name, plan, True) for plan in plans]
        style = next((style for style in styles if style is not None), None)
        add(name, tensor, False, _cuts(tensor) if isinstance(tensor, DTensor) else None, style)
    for name, tensor in model.named_buffers(remove_duplicate=False):
        add(name, tensor, True, None, None)
    return rows


# Each rule of the plans that count: (name, style, whether it is of experts, whether it names anything).
def _rules(model, plans):
    names = {re.sub(r"\d+", "*", name) for name, _ in chain(model.named_modules(), model.named_parameters())}
    return [(name, style, of_experts, re.sub(r"\d+", "*", name) in names) for of_experts, plan in plans for name, style in plan.items()]


# What the model was before it was distributed.
class _Former:
    def __init__(self, model):
        self._config = dict(model.config.__dict__)
        self._model = model
        self._modules = [
            (module, dict(module.__dict__), dict(module._parameters), dict(module._buffers), dict(module._modules))
            for module in model.modules()
        ]

    def put_back(self):
        for module, attributes, parameters, buffers, modules in self._modules:
            module.__dict__.clear()
            module.__dict__.update(attributes)
            for table, rows in ((module._parameters, parameters), (module._buffers, buffers), (module._modules, modules)):
                table.clear()
                table.update(rows)
        self._model.config.__dict__.clear()
        self._model.config.__dict__.update(self._config)


def _sizes(tp, ep, pp, fields):
    asked = {"tp_size": tp}
    if pp > 1:
        asked["pp_size"] = pp
    if tp > 1:
        asked["tp_plan"] = "auto"
    if ep > 1 and "ep_size" in fields:
        asked["ep_size"] = ep
        if tp == 1:  # the experts' plan alone, over as many ranks
            asked |= {"tp_size": ep, "tp_plan": {}}
    elif ep > 1:
        if tp not in (1, ep):
            raise ValueError(f"this release has one size for tensor and expert parallelism: {tp} and {ep} differ.")
        asked |= {"tp_size": ep, "tp_plan": "auto", "enable_expert_parallel": True}
    return asked


def _distribute_with_mixin(model, tp, ep, pp):
    from transformers.distributed.configuration_utils import DistributedConfig

    cls = type(model)
    config = DistributedConfig(**_sizes(tp, ep, pp, DistributedConfig.__dataclass_fields__))
    config, device_map, mesh = cls.prepare_distribute_model(config)
    model.config.distributed_config = config
    return cls.maybe_distribute_model(model, config, mesh)


# from_pretrained ties once the weights are read, constructors do at once.
def _untie(model):
    for name in getattr(model, "all_tied_weights_keys", None) or {}:
        module, _, leaf = name.rpartition(".")
        tensor = model.get_submodule(module)._parameters.get(leaf)
        if tensor is not None:
            model.get_submodule(module)._parameters[leaf] = torch.nn.Parameter(
                torch.empty_like(tensor), requires_grad=tensor.requires_grad
            )


def _tie(model, missing):
    model.tie_weights(missing_keys=None if missing is None else set(missing), recompute_mapping=False)


# The plans that count, those of experts first: their rules go before the others.
def _plans(model, tp, ep):
    plans = [(True, getattr(model, "ep_plan", None))] if ep > 1 else []
    if tp > 1:
        plans.append((False, model.tp_plan))
    return [(of_experts, plan) for of_experts, plan in plans if plan]


def distribute(model, tp, ep, pp, missing):
    """The rows of each stage of the pipeline, and the rules."""
    torch._C._get_accelerator = _Accelerator
    _enter_styles()
    world = max(tp, ep) * pp
    per_stage = max(tp, ep)
    former = _Former(model)
    style_of = _style_of()
    stages, rules = [], []
    try:
        for stage in range(pp):
            _enter(stage * per_stage, world)
            _untie(model)
            _distribute_with_mixin(model, tp, ep, pp)
            _tie(model, missing)
            plans = _plans(model, tp, ep)
            stages.append(_rows(model, style_of, [plan for _, plan in plans]))
            rules = rules or _rules(model, plans)
            former.put_back()
    finally:
        former.put_back()
        _enter(0, None)
    return stages, rules
