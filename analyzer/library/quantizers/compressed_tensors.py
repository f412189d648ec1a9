"""compressed-tensors: scales and packed weights on the linear layers that a config's targets name."""

import math
import re
from enum import Enum

import torch

from _described import not_described

_STATUSES = "initialized calibration frozen compressed".split()


class QuantizationStatus(str, Enum):
    INITIALIZED = "initialized"
    CALIBRATION = "calibration"
    FROZEN = "frozen"
    COMPRESSED = "compressed"


class QuantizationArgs:
    def __init__(self, data):
        self.num_bits = data.get("num_bits", 8)
        self.type = str(data.get("type", "int")).lower()
        self.symmetric = data.get("symmetric", True)
        self.group_size = data.get("group_size")
        self.block_structure = data.get("block_structure")
        self.dynamic = data.get("dynamic", False)
        self.scale_dtype = data.get("scale_dtype")
        self.zp_dtype = data.get("zp_dtype")
        self.actorder = data.get("actorder")
        strategy = data.get("strategy")
        if strategy is None:
            strategy = "tensor" if self.group_size is None else "group" if self.group_size > 0 else "channel"
        self.strategy = str(strategy).lower()
        if self.actorder not in (None, False, "static", "weight"):
            raise ValueError(f"actorder {self.actorder!r}")

    def element_dtype(self):
        if self.type == "float":
            return torch.float8_e4m3fn if self.num_bits == 8 else not_described(f"compressed-tensors' {self.num_bits} bit floats")
        if self.num_bits <= 8:
            return torch.int8
        return torch.int16 if self.num_bits <= 16 else torch.int32


class QuantizationScheme:
    def __init__(self, data, format):
        self.targets = data["targets"]
        self.format = data.get("format") or format
        self.weights = data.get("weights") and QuantizationArgs(data["weights"])
        self.input_activations = data.get("input_activations") and QuantizationArgs(data["input_activations"])
        self.output_activations = data.get("output_activations") and QuantizationArgs(data["output_activations"])


class QuantizationConfig:
    def __init__(self, data):
        self.quant_method = data.get("quant_method")
        self.format = data.get("format") or "dense"
        self.quantization_status = QuantizationStatus(data.get("quantization_status") or "initialized")
        self.ignore = data.get("ignore") or []
        self.kv_cache_scheme = data.get("kv_cache_scheme")
        groups = data.get("config_groups") or {}
        known = all(isinstance(group, dict) for group in groups.values())
        own = None if self.format == "mixed-precision" else self.format
        self.config_groups = (
            {name: QuantizationScheme(group, own) for name, group in groups.items()} if known else not_described("a preset of compressed-tensors")
        )

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
    else:
        return not_described(f"compressed-tensors' strategy {args.strategy!r}")
    if dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        dtype = torch.float16
    add("scale", expected, dtype)
    if force_zero_point or not args.symmetric:
        four_bit_float = args.type == "float" and args.num_bits in (4, 6)
        add("zero_point", expected, torch.float8_e4m3fn if four_bit_float else args.element_dtype())


def _initialize(module, scheme, force_zero_point):
    shape, dtype = tuple(module.weight.shape), module.weight.dtype
    if scheme.input_activations:
        _add_parameters(module, "input", scheme.input_activations, shape[-1:], dtype, force_zero_point)
    if scheme.weights:
        _add_parameters(module, "weight", scheme.weights, shape, dtype, force_zero_point)
    if scheme.output_activations:
        _add_parameters(module, "output", scheme.output_activations, shape[:-1], dtype, force_zero_point)
    module.quantization_scheme = scheme


def apply_quantization_config(model, config, run_compressed=False, **kwargs):
    if config is None:
        return {}
    if config.kv_cache_scheme is not None:
        return not_described("compressed-tensors' kv_cache_scheme")
    force_zero_point = _STATUSES.index(config.quantization_status.value) < _STATUSES.index("compressed")
    schemes = {target: scheme for scheme in config.config_groups.values() for target in scheme.targets}
    for name, module in list(model.named_modules()):
        if not isinstance(module, (torch.nn.Linear, torch.nn.Embedding)):
            continue
        if any(_names(name, each) or _is_of_class(module, each) for each in config.ignore):
            continue
        scheme = _scheme_for(name, module, schemes)
        if scheme is not None:
            _initialize(module, scheme, force_zero_point)


def _parameter(module, name, shape, dtype):
    module.register_parameter(name, torch.nn.Parameter(torch.empty(shape, dtype=dtype), requires_grad=False))


def _compress(module, scheme):
    weights = scheme.weights
    shape = tuple(module.weight.shape)
    if scheme.format == "dense" or weights is None:
        return None
    if scheme.format == "pack-quantized":
        del module.weight
        _parameter(module, "weight_packed", (*shape[:-1], math.ceil(shape[-1] * weights.num_bits / 32)), torch.int32)
        _parameter(module, "weight_shape", (len(shape),), torch.int64)
    elif scheme.format == "nvfp4-pack-quantized":
        scales = tuple(module.weight_scale.shape)
        del module.weight
        del module.weight_scale
        _parameter(module, "weight_packed", (*shape[:-1], shape[-1] // 2), torch.uint8)
        _parameter(module, "weight_scale", scales, torch.float8_e4m3fn)
    elif scheme.format in ("naive-quantized", "int-quantized", "float-quantized"):
        dtype = weights.element_dtype()
        del module.weight
        _parameter(module, "weight", shape, dtype)
    else:
        return not_described(f"compressed-tensors' format {scheme.format!r}")
    if weights.symmetric and hasattr(module, "weight_zero_point"):
        del module.weight_zero_point


class BaseCompressor:
    @classmethod
    def get_value_from_registry(cls, name):
        return not_described("how compressed-tensors decompresses")


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
