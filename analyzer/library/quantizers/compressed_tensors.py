"""compressed-tensors: scales and packed weights on the linear layers that a config's targets name."""

import inspect
import math
import re
from enum import Enum

import torch

from _described import not_described

_STATUSES = "initialized calibration frozen compressed".split()


class ValidationError(ValueError):
    """pydantic's: what its validators raise comes out as this."""


class QuantizationStatus(str, Enum):
    INITIALIZED = "initialized"
    CALIBRATION = "calibration"
    FROZEN = "frozen"
    COMPRESSED = "compressed"


def _dtype(name):
    return name and getattr(torch, name.removeprefix("torch."))


class QuantizationArgs:
    def __init__(self, data):
        self.num_bits = data.get("num_bits", 8)
        self.type = str(data.get("type", "int")).lower()
        self.symmetric = data.get("symmetric", True)
        self.group_size = data.get("group_size")
        self.block_structure = data.get("block_structure")
        self.dynamic = data.get("dynamic", False)
        self.scale_dtype = _dtype(data.get("scale_dtype"))
        self.zp_dtype = _dtype(data.get("zp_dtype"))
        self.actorder = data.get("actorder")
        strategy = data.get("strategy")
        if strategy is None:
            strategy = "tensor" if self.group_size is None else "group" if self.group_size > 0 else "channel"
        self.strategy = str(strategy).lower()
        if self.actorder not in (None, False, "static", "weight"):
            raise ValidationError(f"actorder {self.actorder!r}")
        if self.strategy == "token" and not self.dynamic:
            raise ValidationError("token quantization has to be dynamic")
        if self.strategy in ("group", "tensor_group") and not (self.group_size and self.group_size > 0):
            raise ValidationError(f"the strategy {self.strategy!r} needs a group_size")
        if self.zp_dtype is None:
            small_float = self.type == "float" and self.num_bits in (4, 6)
            self.zp_dtype = torch.float8_e4m3fn if small_float else self.element_dtype()

    def element_dtype(self):
        if self.type == "float":
            if self.num_bits != 8:
                raise NotImplementedError(f"{self.num_bits} bit floats")
            return torch.float8_e4m3fn
        if self.num_bits <= 8:
            return torch.int8
        return torch.int16 if self.num_bits <= 16 else torch.int32


class QuantizationScheme:
    def __init__(self, data):
        def args(name):
            return data.get(name) and QuantizationArgs(data[name])

        self.targets = data["targets"]
        self.format = data.get("format")
        self.weights, self.input_activations, self.output_activations = (
            args(name) for name in ("weights", "input_activations", "output_activations")
        )
        if self.format == "mixed-precision":
            raise ValueError("a group has one format")
        inputs = self.input_activations
        if inputs and inputs.strategy not in ("token", "tensor", "group", "tensor_group", "attn_head"):
            raise NotImplementedError(f"the strategy {inputs.strategy!r} for activations")


def _args(num_bits, type, strategy, **more):
    return {"num_bits": num_bits, "type": type, "strategy": strategy, **more}


def _presets():
    def integers(weights, activations):
        scheme = {"weights": _args(weights, "int", "group", group_size=128)}
        if activations < 16:
            scheme["input_activations"] = _args(activations, "int", "token", dynamic=True)
        return scheme

    def mx(num_bits, **more):
        return _args(num_bits, "float", "group", group_size=32, scale_dtype="uint8", zp_dtype="uint8", **more)

    def nv(**more):
        e4m3 = "float8_e4m3fn"
        return _args(4, "float", "tensor_group", group_size=16, scale_dtype=e4m3, zp_dtype=e4m3, **more)

    tokens = _args(8, "float", "token", dynamic=True)
    groups = _args(8, "float", "group", group_size=128, dynamic=True)
    tensor = _args(8, "float", "tensor")
    block = _args(8, "float", "block", block_structure=[128, 128])
    eight = {"weights": _args(8, "int", "channel"), "input_activations": _args(8, "int", "token", dynamic=True)}
    presets = {f"W{w}A{a}": integers(w, a) for w in range(2, 9) for a in (4, 8, 16) if w <= a}
    presets.update(
        UNQUANTIZED={},
        W8A8=eight,
        INT8=eight,
        W4A16_ASYM={"weights": _args(4, "int", "group", group_size=128, symmetric=False)},
        W4AFP8={**integers(4, 16), "input_activations": tokens},
        FP8={"weights": tensor, "input_activations": tensor},
        FP8_DYNAMIC={"weights": _args(8, "float", "channel"), "input_activations": tokens},
        FP8_BLOCK={"weights": block, "input_activations": groups},
        NVFP4A16={"weights": nv()},
        NVFP4={"weights": nv(), "input_activations": nv(dynamic="local")},
        MXFP4A16={"weights": mx(4)},
        MXFP4={"weights": mx(4), "input_activations": mx(4, dynamic=True)},
        MXFP4XFP8={"weights": mx(4), "input_activations": groups},
        MXFP6A16={"weights": mx(6)},
        MXFP6A8={"weights": mx(6), "input_activations": mx(8, dynamic=True)},
        MXFP8A16={"weights": mx(8)},
        MXFP8={"weights": mx(8), "input_activations": mx(8, dynamic=True)},
    )
    return presets


def _scheme(name, group):
    # A group is a scheme, or the targets of the one that it is named after.
    return QuantizationScheme(group if isinstance(group, dict) else {"targets": group, **_presets()[name.upper()]})


class QuantizationConfig:
    def __init__(self, data):
        self.quant_method = data.get("quant_method")
        self.format = data.get("format") or "dense"
        status = data.get("quantization_status", "initialized")
        if status not in _STATUSES:
            raise ValidationError(f"1 validation error for QuantizationConfig: quantization_status is {status!r}")
        self.quantization_status = QuantizationStatus(status)
        self.ignore = data.get("ignore") or []
        self.kv_cache_scheme = data.get("kv_cache_scheme") and QuantizationArgs(data["kv_cache_scheme"])
        groups = data.get("config_groups") or {}
        self.config_groups = {name: _scheme(name, group) for name, group in groups.items()}
        self._data = dict(data)

    @classmethod
    def model_validate(cls, data):
        return cls(data)

    def model_dump(self):
        return dict(self._data)


class SparsityCompressionConfig:
    @classmethod
    def load_from_registry(cls, name, **options):
        return not_described("sparsity in compressed-tensors")


def _names(name, target):
    if target.startswith("re:"):
        return re.match(target.removeprefix("re:"), name) is not None
    return target == name


def _is_of_class(module, target):
    return any(cls.__name__ == target for cls in type(module).__mro__)


def _scheme_for(name, module, schemes):
    targets = sorted(schemes, key=lambda target: ("re:" in target, target))
    for target in targets:
        if _names(name, target):
            return schemes[target]
    for target in targets:
        if _is_of_class(module, target):
            return schemes[target]
    return None


def _divided(size, by):
    return math.ceil(size / by)


def _add_parameters(module, base, args, shape, dtype, force_zero_point):
    def add(name, shape, dtype):
        value = torch.empty(shape, dtype=dtype)
        module.register_parameter(f"{base}_{name}", torch.nn.Parameter(value, requires_grad=False))

    if args.dynamic is True:
        return
    if args.strategy == "tensor_group":
        add("global_scale", (1,), torch.float32)
    if args.dynamic == "local":
        return
    if args.strategy == "tensor":
        expected = (1,)
    elif args.strategy == "channel":
        expected = (shape[-2], 1)
    elif args.strategy in ("group", "tensor_group"):
        expected = (*shape[:-1], _divided(shape[-1], args.group_size))
    elif args.strategy == "block":
        rows, columns = args.block_structure
        expected = (_divided(shape[-2], rows), _divided(shape[-1], columns))
    elif args.strategy == "attn_head":
        expected = (shape[-3], 1, 1)
    else:
        return not_described(f"compressed-tensors' strategy {args.strategy!r}")
    if dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        dtype = torch.float16
    add("scale", expected, dtype)
    if force_zero_point or not args.symmetric:
        add("zero_point", expected, args.zp_dtype)


def _initialize(module, scheme, force_zero_point):
    shape, dtype = tuple(module.weight.shape), module.weight.dtype
    if scheme.input_activations:
        _add_parameters(module, "input", scheme.input_activations, shape[-1:], dtype, force_zero_point)
    if scheme.weights:
        _add_parameters(module, "weight", scheme.weights, shape, dtype, force_zero_point)
    if scheme.output_activations:
        _add_parameters(module, "output", scheme.output_activations, shape[:-1], dtype, force_zero_point)
    module.quantization_scheme = scheme


class InternalModule(torch.nn.Module):
    pass


class QuantizedKVCache(InternalModule):
    pass


class QuantizedAttentionImpl(InternalModule):
    pass


def _caches_keys(module):
    if "attention" not in type(module).__name__.lower():
        return False
    if not any(hasattr(module, name) for name in ("k_proj", "v_proj", "qkv_proj", "kv_b_proj")):
        return False
    parameters = inspect.signature(module.forward).parameters
    return "past_key_value" in parameters or "past_key_values" in parameters


def _hook_attention(model, module, scheme, force_zero_point, attention):
    if scheme.weights is not None or scheme.input_activations is None or scheme.output_activations is not None:
        raise ValueError("attention has input activations alone to quantize")
    config = model.config.get_text_config(decoder=True)
    if not hasattr(config, "num_key_value_heads"):
        raise ValueError("the config has no num_key_value_heads")
    shapes = {"k": config.num_key_value_heads, "v": config.num_key_value_heads}
    if attention:
        shapes = {"q": config.num_attention_heads, **shapes}
    dtype = next(module.parameters()).dtype
    for base, heads in shapes.items():
        head_dim = config.head_dim if hasattr(config, "head_dim") else config.hidden_size // config.num_attention_heads
        if scheme.input_activations.strategy in ("group", "tensor_group"):
            return not_described("attention in groups, as compressed-tensors quantizes it")
        _add_parameters(module, base, scheme.input_activations, (heads, None, head_dim), dtype, force_zero_point)
    if attention:
        module.register_module("impl", QuantizedAttentionImpl())
    if not hasattr(module, "kv_cache"):
        module.register_module("kv_cache", QuantizedKVCache())
    module.quantization_scheme = scheme


class _Targets:
    """Targets of a config, asked about every module: names and classes are looked up, expressions are tried."""

    def __init__(self, targets):
        self.names = {target for target in targets or [] if not target.startswith("re:")}
        self.patterns = [target.removeprefix("re:") for target in targets or [] if target.startswith("re:")]
        self.by_class = {}

    def has(self, name, module):
        if isinstance(module, InternalModule):
            return False
        if name in self.names or self.has_class(type(module)):
            return True
        return any(re.match(pattern, name) for pattern in self.patterns)

    def has_class(self, kind):
        if kind not in self.by_class:
            self.by_class[kind] = any(each.__name__ in self.names for each in kind.__mro__)
        return self.by_class[kind]


def _targets(name, module, target):
    return not isinstance(module, InternalModule) and (_names(name, target) or _is_of_class(module, target))


def match_named_modules(model, targets, ignore=None, **kwargs):
    wanted, ignored = _Targets(targets), _Targets(ignore)
    for name, module in model.named_modules():
        if wanted.has(name, module) and not ignored.has(name, module):
            yield name, module


def _means_alone(model, name, module, targets):
    """Whether some target is the module's own, and not also that of what it is in or holds."""
    above = name.rpartition(".")[0] or name
    holder = model.get_submodule(above)
    for target in targets:
        below = (_targets(f"{name}.{key}", child, target) for key, child in module.named_modules() if key)
        if _targets(name, module, target) and not _targets(above, holder, target) and not any(below):
            return True
    return False


def apply_quantization_config(model, config, run_compressed=False, **kwargs):
    if config is None:
        return {}
    if config.kv_cache_scheme is not None:
        scheme = QuantizationScheme({"targets": []})
        scheme.input_activations = config.kv_cache_scheme
        if scheme.input_activations.strategy in ("channel", "block"):
            raise NotImplementedError(f"the strategy {scheme.input_activations.strategy!r} for activations")
        for module in list(model.modules()):
            if _caches_keys(module):
                _hook_attention(model, module, scheme, False, False)
    force_zero_point = _STATUSES.index(config.quantization_status.value) < _STATUSES.index("compressed")
    schemes = {target: scheme for scheme in config.config_groups.values() for target in scheme.targets}
    for name, module in list(match_named_modules(model, schemes, config.ignore)):
        scheme = _scheme_for(name, module, schemes)
        if _caches_keys(module) and _means_alone(model, name, module, scheme.targets):
            _hook_attention(model, module, scheme, force_zero_point, True)
        elif isinstance(module, (torch.nn.Linear, torch.nn.Embedding)):
            _initialize(module, scheme, force_zero_point)


def _parameter(module, name, shape, dtype):
    module.register_parameter(name, torch.nn.Parameter(torch.empty(shape, dtype=dtype), requires_grad=False))


def _format_of(module, scheme):
    weights, inputs = scheme.weights, scheme.input_activations
    if not isinstance(module, (torch.nn.Linear, torch.nn.Embedding)) or weights is None:
        return "dense"
    if weights.type == "float":
        if weights.num_bits in (4, 6) and weights.group_size == 32:
            return f"mxfp{weights.num_bits}-pack-quantized"
        if weights.num_bits == 8 and weights.group_size == 32 and weights.scale_dtype == torch.uint8:
            return "mxfp8-quantized"
        if weights.num_bits == 4 and weights.group_size == 16:
            return "nvfp4-pack-quantized"
        return "float-quantized" if inputs else "naive-quantized"
    if inputs:
        return "int-quantized"
    return "pack-quantized" if 1 <= weights.num_bits <= 8 else "naive-quantized"


def _check_groups(shape, weights):
    if weights.strategy in ("group", "tensor_group") and shape[-1] % weights.group_size:
        raise ValueError(f"{shape[-1]} columns are no whole groups of {weights.group_size}")


def _compress(module, scheme):
    scheme.format = scheme.format or _format_of(module, scheme)
    weights = scheme.weights
    if scheme.format == "dense":
        return None
    if weights is None or not hasattr(module, "weight"):
        return not_described(f"compressed-tensors' format {scheme.format!r} for what has no quantized weight")
    shape = tuple(module.weight.shape)
    if scheme.format == "pack-quantized":
        del module.weight
        _parameter(module, "weight_packed", (*shape[:-1], math.ceil(shape[-1] * weights.num_bits / 32)), torch.int32)
        _parameter(module, "weight_shape", (len(shape),), torch.int64)
    elif scheme.format in ("nvfp4-pack-quantized", "mxfp4-pack-quantized", "mxfp6-pack-quantized"):
        _check_groups(shape, weights)
        scales = tuple(module.weight_scale.shape)
        packed = shape[-1] // 4 * 3 if "fp6" in scheme.format else shape[-1] // 2
        del module.weight
        del module.weight_scale
        _parameter(module, "weight_packed", (*shape[:-1], packed), torch.uint8)
        by_default = torch.float8_e4m3fn if scheme.format.startswith("nv") else torch.uint8
        _parameter(module, "weight_scale", scales, weights.scale_dtype or by_default)
    elif scheme.format in ("naive-quantized", "int-quantized", "float-quantized", "mxfp8-quantized"):
        _check_groups(shape, weights)
        dtype = weights.element_dtype()
        del module.weight
        _parameter(module, "weight", shape, dtype)
        if scheme.format.startswith("mx"):
            scales = tuple(module.weight_scale.shape)
            del module.weight_scale
            _parameter(module, "weight_scale", scales, weights.scale_dtype or torch.uint8)
    else:
        return not_described(f"compressed-tensors' format {scheme.format!r}")
    if weights.symmetric and hasattr(module, "weight_zero_point"):
        del module.weight_zero_point


def _dequantized(weight, scale, weights):
    """Of the shape and dtype that dequantizing gives, where the scales fit."""
    if scale is None:
        raise AttributeError("'NoneType' object has no attribute 'dtype'")
    shape = tuple(weight.shape)
    if weights.strategy in ("group", "tensor_group"):
        sizes = (shape[0], shape[-1] // weights.group_size)
        found = tuple(scale.shape)
        fits = len(found) == 2 and all(have in (1, size) for have, size in zip(found, sizes))
        if not fits:
            raise RuntimeError(f"The size of tensor a ({sizes[-1]}) must match the size of tensor b ({found})")
    elif weights.strategy == "block":
        sizes = tuple(_divided(size, block) for size, block in zip(shape[-2:], weights.block_structure))
        if tuple(scale.shape) != sizes:
            raise RuntimeError(f"The scales {tuple(scale.shape)} are not those of {sizes} blocks")
    else:
        torch.empty(shape) * torch.empty(tuple(scale.shape))
    return torch.empty(shape, dtype=scale.dtype)


class _Compressor:
    def __init__(self, format):
        self.format = format

    def decompress(self, state_dict, scheme):
        state, weights = dict(state_dict), scheme.weights
        if self.format in ("naive-quantized", "int-quantized", "float-quantized"):
            state["weight"] = _dequantized(state.pop("weight"), state.get("weight_scale"), weights)
        elif self.format == "pack-quantized":
            packed, scale = state.pop("weight_packed"), state.get("weight_scale")
            if not weights.symmetric and weights.strategy in ("group", "channel"):
                assert state.get("weight_zero_point") is not None, "Asymmetric quant requires zero-point values"
            # Its weight_shape says how many columns there are; the last word need not be full.
            columns = packed.shape[-1] * 32 // weights.num_bits
            if weights.strategy == "group" and scale is not None and scale.ndim == 2:
                grouped = scale.shape[-1] * weights.group_size
                columns = grouped if 0 <= columns - grouped < 32 // weights.num_bits else columns
            state["weight"] = _dequantized(torch.empty((*packed.shape[:-1], columns)), scale, weights)
        elif self.format == "nvfp4-pack-quantized":
            rows, columns = state.pop("weight_packed").shape
            state["weight"] = _dequantized(torch.empty((rows, columns * 2)), state.get("weight_scale"), weights)
            state["weight"] = state["weight"].to(torch.bfloat16)
        elif self.format != "dense":
            return not_described(f"how compressed-tensors decompresses {self.format!r}")
        return state

    def decompress_module(self, module):
        state = self.decompress(dict(module.named_parameters()), module.quantization_scheme)
        for name in list(dict(module.named_parameters())):
            if name not in state:
                delattr(module, name)
        if "weight" in state:
            module.weight = torch.nn.Parameter(state["weight"], requires_grad=False)


class BaseCompressor:
    @classmethod
    def get_value_from_registry(cls, name):
        return _Compressor(name)


class ModelCompressor:
    def __init__(self, quantization_config=None, **kwargs):
        self.quantization_config = quantization_config

    @classmethod
    def from_compression_config(cls, config):
        return cls(quantization_config=config.quantization_config)

    def compress_model(self, model, **kwargs):
        for module in list(model.modules()):
            scheme = getattr(module, "quantization_scheme", None)
            if scheme is not None:
                _compress(module, scheme)
