"""auto-round 0.16.1: packed layers in place of linear ones, on a machine that has triton and no other package of kernels."""

import math
import os
import re

import torch
from _described import not_described

_ZERO_POINTS_APART = ("auto_round:auto_gptq",)
_PLAIN_ZERO_POINTS = ("auto_round", "auto_round:gptqmodel")
_ACTIVATIONS_KEPT = (None, 16, 32)
_SCHEME = {
    "bits": 4, "group_size": 128, "sym": True, "data_type": "int", "act_bits": None, "act_group_size": None, "act_sym": None, "act_data_type": None,
    "act_dynamic": None,
}  # fmt: skip


def infer_target_device(device_map=None):
    if device_map is None:
        return "cpu"
    if isinstance(device_map, dict):
        for device in set(device_map.values()):
            if device not in ("cpu", "disk"):
                return "cuda" if isinstance(device, int) else str(device).split(":")[0]
        return "cpu"
    return "cuda" if torch.cuda.is_available() else "cpu"


# ---- which layers, and how each


def _lists_in(module, above=""):
    """Names of the outermost lists of modules."""
    for name, child in module.named_children():
        name = f"{above}.{name}" if above else name
        if "ModuleList" in type(child).__name__:
            yield name, child
        else:
            yield from _lists_in(child, name)


def _flat(names):
    for name in names:
        if isinstance(name, (list, tuple)):
            yield from _flat(name)
        else:
            yield name


def _common(names):
    return os.path.commonprefix(list(names)).rstrip(".")


def _blocks(model, config):
    """What the names of layers that are quantized begin with."""
    listed = getattr(config, "quant_block_list", None)
    if listed is not None:
        return [_common(block) for block in listed] if listed and isinstance(listed[0], (list, tuple)) else listed
    named = getattr(config, "block_name_to_quantize", None)
    if named is None:
        named = getattr(config, "to_quant_block_names", None)
    if isinstance(named, (list, tuple)):
        return list(_flat(named))
    if isinstance(named, str):
        return named.split(",")
    found = [(name, children) for name, children in _lists_in(model) if not any(word in name.lower() for word in ("audio", "speech", "wav"))]
    return [_common(f"{name}.{own}" for own, _ in children.named_children()) for name, children in found]


def _schemes(model, config):
    """{name of a layer: its scheme}"""
    if getattr(config, "dynamic", None):
        return not_described("auto-round's `dynamic`")
    if getattr(config, "rotation_config", None) or getattr(config, "spinquant_config", None):
        return not_described("auto-round's rotations")
    blocks = _blocks(model, config)
    linear = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    plain = [name for name in linear if type(model.get_submodule(name)) is torch.nn.Linear]
    layers = [name for name in plain if name.startswith(tuple(blocks))]
    own = getattr(config, "extra_config", {})
    in_blocks = getattr(config, "modules_in_block_to_quantize", None)
    if in_blocks:
        for name in layers:
            if not any(re.search(pattern, name) for pattern in _flat(in_blocks)):
                own[name] = {"bits": 16}
    skipped = getattr(config, "modules_to_not_convert", None) or []
    for name in layers:
        if any(re.search(pattern, name) for pattern in skipped):
            own[name] = {"bits": 16, "act_bits": 16}
    for pattern in [key for key in own if key not in linear]:
        matched = [name for name in layers if re.search(pattern, name)] or [name for name in linear if re.search(pattern, name)]
        for name in matched:
            if own[pattern] != {}:
                own.setdefault(name, own[pattern])
    general = {key: getattr(config, key, default) for key, default in _SCHEME.items()}
    return {name: general | {key: value for key, value in own.get(name, {}).items() if key in general} for name in [*layers, *own]}


# ---- with which kernels


def _by_32(inputs, outputs, scheme):
    return inputs % 32 == 0 and outputs % 32 == 0


def _by_groups(inputs, outputs, scheme):
    return _by_32(inputs, outputs, scheme) and inputs % scheme["group_size"] == 0


class _Kernels:
    def __init__(self, priority, aliases, formats, syms, bits, check, on_cpu=True, kept=_ACTIVATIONS_KEPT):
        self.priority, self.aliases, self.formats, self.syms, self.bits = priority, aliases, formats, syms, bits
        self.check, self.on_cpu, self.kept = check, on_cpu, kept

    def take(self, device, packing, scheme, inputs, outputs):
        return (
            packing in self.formats
            and scheme["sym"] in self.syms
            and scheme["bits"] in self.bits
            and scheme["data_type"] == "int"
            and (self.kept is None or scheme["act_bits"] in self.kept)
            and (self.on_cpu or device != "cpu")
            and self.check(inputs, outputs, scheme)
        )


_KERNELS = (
    _Kernels(2, ("auto_round", "tritonv2", "triton"), _PLAIN_ZERO_POINTS, (True, False), (2, 4, 8), _by_32, on_cpu=False, kept=None),
    _Kernels(2, ("tritonv2", "tritonv2_zp", "triton"), _ZERO_POINTS_APART, (True,), (2, 4, 8), _by_32, on_cpu=False),
    _Kernels(0, ("auto_round", "torch"), _PLAIN_ZERO_POINTS, (True, False), range(2, 9), _by_groups),
    _Kernels(0, ("torch", "torch_zp"), _ZERO_POINTS_APART, (True,), range(2, 9), _by_groups),
)
_WITHOUT_KERNELS = ("auto_round:auto_gptq", "auto_round", "auto_round:auto_awq")
_FORMATS = (*_WITHOUT_KERNELS, "auto_round:gptqmodel")


def _layer_for(layer, scheme, backend, device, packing):
    inputs, outputs = layer.in_features, layer.out_features
    if scheme["act_data_type"] and "nv" in scheme["act_data_type"]:
        return not_described("auto-round's NVFP4")
    if any(each.take(device, packing, scheme, inputs, outputs) for each in _KERNELS if backend == "auto" or backend in each.aliases):
        return QuantLinear(scheme["bits"], scheme["group_size"], inputs, outputs, layer.bias is not None)
    if packing in _WITHOUT_KERNELS and backend in ("auto", "auto_round", "torch") and 1 <= scheme["bits"] <= 8 and scheme["sym"] in (True, False):
        return FakeActQuantLinear(layer)
    return not_described("what auto-round does without kernels for a layer")


class QuantLinear(torch.nn.Module):
    computes_in = (torch.float16, torch.bfloat16)

    def __init__(self, bits, group_size, infeatures, outfeatures, bias, **named):
        super().__init__()
        self.bits, self.infeatures, self.outfeatures = bits, infeatures, outfeatures
        groups = math.ceil(infeatures / (infeatures if group_size == -1 else group_size))
        self.register_buffer("qweight", torch.zeros((infeatures // 32 * bits, outfeatures), dtype=torch.int32))
        self.register_buffer("qzeros", torch.zeros((groups, outfeatures // 32 * bits), dtype=torch.int32))
        self.register_buffer("scales", torch.zeros((groups, outfeatures), dtype=torch.float16))
        if bias:
            self.register_buffer("bias", torch.zeros((outfeatures,), dtype=torch.float16))
        else:
            self.bias = None

    def forward(self, *given, **named):
        return not_described("a pass through layers of auto-round")


class FakeActQuantLinear(torch.nn.Module):
    """A plain weight; what it is multiplied with is rounded."""

    computes_in = (torch.float32, torch.float16, torch.bfloat16)

    def __init__(self, layer):
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight = layer.weight
        self.register_parameter("bias", layer.bias)

    def forward(self, *given, **named):
        return not_described("a pass through layers of auto-round")


def convert_hf_model(model, target_device="cpu"):
    config = model.config.quantization_config
    if getattr(config, "format", None) == "nvfp4-e5m3-pack-quantized":
        return not_described("auto-round's NVFP4")
    if getattr(config, "desc_act", False) and not getattr(config, "static_groups", False):
        raise NotImplementedError("This GPTQ model may contain a non-dummy g_idx, which is not yet supported by AutoRound.")
    packing = getattr(config, "packing_format", "auto_round:auto_gptq")
    packing = {"auto": "auto_round:auto_gptq", "auto_round:gptq": "auto_round:auto_gptq", "auto_round:awq": "auto_round:auto_awq"}.get(packing, packing)
    if packing not in _FORMATS:
        return not_described(f"auto-round's packing format {packing}")
    used = []
    for name, scheme in _schemes(model, config).items():
        if min(int(scheme["bits"] or 16), int(scheme["act_bits"] or 16)) > 8:
            continue
        try:
            layer = model.get_submodule(name)
        except AttributeError:
            continue
        if type(layer) is torch.nn.Linear:
            made = _layer_for(layer, scheme, getattr(config, "backend", "auto"), target_device, packing)
            model.set_submodule(name, made)
            used.append(made.computes_in)
    return model, used


def post_init(model, used_backends):
    """A model of a dtype in which not all of its layers compute is cast to one in which they do."""
    common = set.intersection(*map(set, used_backends)) if used_backends else set()
    if common and model.dtype not in common:
        model.to(torch.float16)
