"""sdnq 0.2.8: linear layers, convolutions and embeddings whose weight is packed, with its scales beside it.  Shapes are followed, values are not."""

import math
import re
from enum import Enum

import torch
from _described import not_described
from diffusers.quantizers.base import DiffusersQuantizer
from diffusers.quantizers.quantization_config import QuantizationConfigMixin

_PARTS = "weight scale scale_2 scale_zero_point zero_point zero_point_scale zero_point_2 svd_up svd_down".split()
_CONVOLUTIONS = "Conv1d Conv2d Conv3d".split()
_TRANSPOSED = "ConvTranspose1d ConvTranspose2d ConvTranspose3d".split()


class QuantizationMethod(str, Enum):
    SDNQ = "sdnq"
    SDNQ_TRAINING = "sdnq_training"


# ---- the dtypes that weights can have


class _Kind:
    """`packed`: several values share a word, or a float has bits of its own."""

    def __init__(self, bits, integer, unsigned, maximum, dtype=None):
        self.bits, self.integer, self.unsigned, self.maximum, self.dtype = bits, integer, unsigned, maximum, dtype
        self.packed = dtype is None


def _float_kind(bits, exponent, unsigned):
    mantissa = bits - exponent - (0 if unsigned else 1)
    return _Kind(bits, False, unsigned, 2.0 ** (2 ** (exponent - 1)) * (2 - 2.0**-mantissa))


def _torch_kinds():
    yield from ((name, _Kind(bits, True, name[0] == "u", 2 ** (bits - (name[0] != "u")) - 1, getattr(torch, name)))
                for bits in (8, 16, 32) for name in (f"int{bits}", f"uint{bits}"))  # fmt: skip
    floats = {"float32": 3.4e38, "bfloat16": 3.39e38, "float16": 65504, "float8_e4m3fn": 448, "float8_e5m2": 57344, "float8_e4m3fnuz": 240, "float8_e5m2fnuz": 57344}
    for name, maximum in floats.items():
        yield name, _Kind(int(re.search(r"\d+", name)[0]), False, False, maximum, getattr(torch, name))
    for name, full in (("fp32", "float32"), ("bf16", "bfloat16"), ("fp16", "float16"), ("fp8", "float8_e4m3fn")):
        bits = int(re.search(r"\d+", full)[0])
        yield name, _Kind(bits, False, False, floats[full], getattr(torch, full))


_TORCH_KINDS = dict(_torch_kinds())
_SIGNED_EXPONENTS = {2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 9: 4}
_UNSIGNED_EXPONENTS = {2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 8: 4, 9: 4}


def _kind(name):
    if name in _TORCH_KINDS:
        return _TORCH_KINDS[name]
    if name in ("bool", "int1", "uint1", "fp1", "ufp1", "float8_e8m0fnu"):
        return not_described(f"sdnq's {name}")
    if found := re.fullmatch(r"(u?)int(\d\d?)", str(name)):
        bits = int(found[2])
        if 2 <= bits <= 15:
            return _Kind(bits, True, found[1] == "u", 2 ** (bits - (found[1] != "u")) - 1)
    elif found := re.fullmatch(r"(u?)fp(\d\d?)", str(name)):
        bits, unsigned = int(found[2]), found[1] == "u"
        if 2 <= bits <= (16 if unsigned else 15):
            return _float_kind(bits, (_UNSIGNED_EXPONENTS if unsigned else _SIGNED_EXPONENTS).get(bits, 5), unsigned)
    elif found := re.fullmatch(r"float(\d\d?)_e([1-5])m(\d\d?)fn(u|_sdnq)?", str(name)):
        bits, exponent, unsigned = int(found[1]), int(found[2]), found[4] == "u"
        if bits <= 16 and bits == exponent + int(found[3]) + (0 if unsigned else 1):
            return _float_kind(bits, exponent, unsigned)
    raise KeyError(name)


def _target_dtype(name):
    """What accelerate is told to count in: of a packed kind a name, which torch may not have."""
    kind = _kind(name)
    if not kind.packed:
        return kind.dtype
    return f"fp{kind.bits}" if not kind.integer else f"{'u' if kind.unsigned else ''}int{kind.bits}"


# ---- the parts of a weight


class _Part:
    def __init__(self, shape, dtype):
        self.shape, self.dtype = list(shape), dtype


def _pack(shape, kind):
    if not kind.integer and kind.bits in (8, 16):
        return _Part(shape, torch.uint8 if kind.bits == 8 else torch.uint16)
    word, count = (8 if kind.bits < 8 else 16), math.prod(shape)
    common = math.gcd(kind.bits, word)
    values, words = word // common, kind.bits // common
    if count % values:
        raise RuntimeError(f"shape '[-1, {values}]' is invalid for input of size {count}")
    packed = [count // values] if words == 1 else [count // values, words]
    return _Part(packed, torch.uint8 if word == 8 else torch.int16)


def _matmul_dtype(weights_dtype, matmul_dtype):
    if matmul_dtype is not None:
        return matmul_dtype
    kind = _kind(weights_dtype)
    if kind.integer:
        return "uint8" if weights_dtype == "uint8" else "int8"
    return "float8_e4m3fn" if kind.bits < 16 else "float16"


def _quantizes_again(kind, matmul, use_codebook):
    return bool(
        use_codebook
        or kind.bits > matmul.bits
        or kind.integer != matmul.integer
        or (kind.unsigned and not matmul.integer)
        or (kind.packed and not kind.integer and not matmul.integer and (kind.bits >= matmul.bits or kind.maximum > matmul.maximum))
    )


def _groups(group_size, channels, kind, is_linear, has_svd, use_codebook, whole_rows):
    """(size of a group or -1 or -2, how many there are)"""
    if group_size == 0:
        group_size = -1 if whole_rows else 2 ** (1 + kind.bits + is_linear + has_svd + 3 * bool(use_codebook))
    if group_size <= 0 or group_size >= channels:
        return (-1 if group_size > 0 else group_size), 1
    count = channels // group_size
    while count > 1 and count * group_size != channels:
        count -= 1
        group_size = channels // count
    return (group_size, count) if count > 1 else (-1, 1)


def _parts_of(shape, dtype, torch_dtype, layer, asked):
    """What a weight of that shape is stored in, {name: a part or None}; whether products use it as it is quantized."""
    if any(asked[key] not in (None, "none") for key in ("scale_dtype", "zero_point_dtype")):
        return not_described("scales of sdnq that are quantized themselves")
    kind, matmul = _kind(asked["weights_dtype"]), _kind(_matmul_dtype(asked["weights_dtype"], asked["quantized_matmul_dtype"]))
    again = _quantizes_again(kind, matmul, asked["use_codebook"])
    is_linear, is_conv, is_transposed = layer in ("Linear", "SDNQLinear"), layer in _CONVOLUTIONS, layer in _TRANSPOSED
    shape, axis = list(shape), -1
    if is_transposed:
        channels, outputs, axis = shape[0], shape[1], 0
    elif is_conv or is_linear:
        outputs, channels, axis = shape[0], shape[1], 1 if is_conv else -1
    else:
        outputs, channels = shape[-2:] if len(shape) > 1 else (1, shape[-1])
    as_it_is = asked["use_quantized_matmul"] and (is_linear or is_conv)
    as_it_is = bool(as_it_is and outputs >= 32 and channels >= 32 and outputs % 16 == 0 and channels % 16 == 0)
    if is_conv and as_it_is and not again and not kind.packed:
        shape, axis = [shape[0], math.prod(shape[1:])], -1
    up = down = None
    if asked["use_svd"] and len(shape) >= 2:
        rows, columns = shape[0], math.prod(shape[1:])
        rank = min(rows, columns, asked["svd_rank"])
        up, down = [rows, rank], [rank, columns]
        if as_it_is:
            up, down = up[::-1], down[::-1]
    whole_rows = as_it_is and not again and kind.bits >= 6
    size, count = _groups(asked["group_size"], channels, kind, is_linear, up is not None, asked["use_codebook"], whole_rows)
    if count > 1:
        if is_conv:
            shape, axis = [shape[0], count, size, *shape[2:]], 2
        elif is_transposed:
            shape, axis = [shape[0], size, count, *shape[2:]], 1
        else:
            shape, axis = [*shape[:-1], count, size], -1
    scale = list(shape)
    if size == -2:
        scale = [1] * len(shape)
    else:
        scale[axis] = 1
    in_torch_dtype = not asked["dequantize_fp32"] and kind.maximum <= 16384
    in_torch_dtype = in_torch_dtype and not (as_it_is and not matmul.integer and matmul.bits == 16)
    of_scale = torch_dtype if in_torch_dtype else torch.float64 if dtype == torch.float64 else torch.float32
    zero_point = scale if kind.unsigned else None
    if asked["use_codebook"]:
        scale, zero_point = [*scale], None
        scale[axis] = kind.maximum + 1
        if size == -2:
            scale = [kind.maximum + 1]
    if as_it_is and not again and count == 1 and not kind.packed:
        shape, scale, zero_point = shape[::-1], scale[::-1], zero_point and zero_point[::-1]
    made = dict.fromkeys(_PARTS)
    made["weight"] = _pack(shape, kind) if kind.packed else _Part(shape, kind.dtype)
    made["scale"] = _Part(scale, of_scale)
    made["zero_point"] = zero_point and _Part(zero_point, of_scale)
    made["svd_up"], made["svd_down"] = up and _Part(up, torch_dtype), down and _Part(down, torch_dtype)
    return made, as_it_is


# ---- layers


class SDNQLayer(torch.nn.Module):
    def __init__(self, original_layer):
        torch.nn.Module.__init__(self)
        for name, value in original_layer._parameters.items():
            self.register_parameter(name, value)
        self.original_class = type(original_layer)

    def forward(self, *given, **named):
        return not_described("a pass through layers of sdnq")


_LAYERS = {name: type("SDNQ" + name, (SDNQLayer, getattr(torch.nn, name)), {}) for name in ("Linear", "Embedding", *_CONVOLUTIONS, *_TRANSPOSED)}


def _named_in(name, patterns):
    """The first pattern that is about that parameter."""
    parts = name.split(".")
    for pattern in patterns:
        if pattern.startswith("."):
            if name.startswith(pattern[1:]):
                return pattern
        elif name == pattern or pattern in parts or ("*" in pattern and re.match(pattern.replace(".*", "\\.*").replace("*", ".*"), name)):
            return pattern
    return None


def _is_quantized(layer, config, pre_quantized):
    kind, weight = type(layer).__name__, layer.weight
    if kind not in _LAYERS and kind not in ("Gemma4TextScaledWordEmbedding", *("SDNQ" + name for name in _LAYERS)):
        return False
    if weight.dtype not in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        return False
    kind = kind.removeprefix("SDNQ")
    if (kind.endswith("Embedding") and not config.quant_embedding) or (kind.startswith("Conv") and not config.quant_conv):
        return False
    channels = weight.shape[1 if kind in _CONVOLUTIONS else 0 if kind in _TRANSPOSED else -1]
    return pre_quantized or (channels >= config.minimum_allowed_channel_size and weight.numel() >= config.minimum_allowed_numel)


def _dtype_for(weights_dtype, name, of_modules):
    for key, names in of_modules.items():
        if _named_in(name, names) is None:
            continue
        key = key.lower()
        if not key.startswith("minimum") and not key.endswith(("bit", "bits")):
            return key
        least = key.removeprefix("minimum").lstrip("-_") if key.startswith("minimum") else key
        least = least.removesuffix("bits").removesuffix("bit").rstrip("-_")
        unsigned = least.startswith("uint")
        least = least.removeprefix("u").removeprefix("int")
        if _kind(weights_dtype).bits < int(least):
            return ("uint" if unsigned or int(least) <= 4 else "int") + least
    return weights_dtype


_ASKED = "weights_dtype scale_dtype zero_point_dtype quantized_matmul_dtype group_size svd_rank use_svd use_codebook use_quantized_matmul dequantize_fp32".split()


def _asked_of(layer, config, name):
    asked = {key: getattr(config, key) for key in _ASKED}
    by_convolutions = config.use_quantized_matmul_conv
    own = _named_in(name, config.modules_quant_config)
    if own is not None:
        more = config.modules_quant_config[own]
        asked |= {key: value for key, value in more.items() if key in asked}
        by_convolutions = more.get("use_quantized_matmul_conv", by_convolutions)
    if type(layer).__name__ in (*_CONVOLUTIONS, *_TRANSPOSED):
        asked["use_quantized_matmul"] = by_convolutions
    asked["weights_dtype"] = _dtype_for(asked["weights_dtype"], name, config.modules_dtype_dict)
    if _named_in(name, config.modules_to_not_use_matmul) is not None:
        asked["use_quantized_matmul"] = False
    return asked


def _quantized_layer(layer, config, torch_dtype, name, with_values=False):
    weight, kind = layer.weight, type(layer).__name__
    parts, as_it_is = _parts_of(weight.shape, weight.dtype, torch_dtype or weight.dtype, kind, _asked_of(layer, config, name))
    made = _LAYERS.get(kind.removeprefix("SDNQ"), _LAYERS["Embedding"])(layer)
    made.sdnq_dequantizer = as_it_is
    for part, value in parts.items():
        tensor = value and torch.empty(value.shape, dtype=value.dtype, device="meta")
        # Parts that are made of a weight while it is loaded need none that is stored.
        stored = tensor is not None and (part == "weight" or not with_values)
        setattr(made, part, torch.nn.Parameter(tensor, requires_grad=False) if stored else tensor)
    return made


def _quantize(module, config, torch_dtype, above=""):
    for own, child in list(module.named_children()):
        name = f"{above}.{own}" if above else own
        if getattr(child, "weight", None) is not None:
            name += ".weight"
            if _named_in(name, config.modules_to_not_convert) is None:
                if _is_quantized(child, config, True):
                    child = _quantized_layer(child, config, torch_dtype, name)
                    setattr(module, own, child)
                else:
                    config.modules_to_not_convert.append(name)
        _quantize(child, config, torch_dtype, name)


# ---- what from_pretrained asks


_DEFAULTS = {
    "weights_dtype": "int8", "scale_dtype": None, "zero_point_dtype": None, "quantized_matmul_dtype": None, "hadamard_group_size": 256, "group_size": 0,
    "svd_rank": 32, "svd_steps": 8, "codebook_steps": 24, "dynamic_loss_threshold": None, "use_svd": False, "use_hadamard": False, "use_codebook": False,
    "use_codebook_scale": False, "use_grad_ckpt": True, "quant_conv": False, "quant_embedding": False, "use_quantized_matmul": False,
    "use_quantized_matmul_conv": False, "use_static_quantization": True, "use_dynamic_quantization": False, "use_stochastic_rounding": False,
    "dequantize_fp32": True, "non_blocking": False, "add_skip_keys": True, "minimum_allowed_numel": 16384, "minimum_allowed_channel_size": 32,
    "modules_to_not_convert": None, "modules_to_not_use_matmul": None, "modules_dtype_dict": None, "modules_quant_config": None, "quantization_device": None,
    "return_device": None, "sdnq_version": "0.2.8", "is_training": False,
}  # fmt: skip


def _names(given, what):
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"{what} must be a list but got {type(given)}")
    return list(set(given))


class SDNQConfig(QuantizationConfigMixin):
    def __init__(self, *given, **named):
        settings = dict(zip(_DEFAULTS, given))
        for key, default in _DEFAULTS.items():
            setattr(self, key, settings.get(key, named.get(key, default)))
        kind = _kind(self.weights_dtype)
        self.is_integer, self.is_unsigned = kind.integer, kind.unsigned
        self.quant_method = QuantizationMethod.SDNQ_TRAINING if self.is_training else QuantizationMethod.SDNQ
        if self.quantized_matmul_dtype not in (None, "int8", "uint8", "fp8", "float8_e4m3fn", "fp16", "float16"):
            raise ValueError(f"SDNQ only support quantized matmul dtypes in ... but found {self.quantized_matmul_dtype}")
        if self.use_codebook and not (self.is_integer and self.is_unsigned):
            raise ValueError(f"SDNQ: use_codebook is only supported with unsigned integer dtypes but found {self.weights_dtype}")
        for key in ("modules_to_not_convert", "modules_to_not_use_matmul"):
            setattr(self, key, _names(getattr(self, key), key))
        of_modules = self.modules_dtype_dict or {}
        if not isinstance(of_modules, dict):
            raise ValueError(f"modules_dtype_dict must be a dict but got {type(of_modules)}")
        if not all(isinstance(names, (str, list, tuple)) for names in of_modules.values()):
            raise TypeError("modules_dtype_dict must be a dictionary of strings and lists")
        self.modules_dtype_dict = {key: _names(names, key) for key, names in of_modules.items()}
        self.modules_quant_config = dict(self.modules_quant_config or {})

    def to_dict(self):
        return dict(self.__dict__)


class SDNQQuantizer(DiffusersQuantizer):
    use_keep_in_fp32_modules = True
    torch_dtype = None

    def check_if_quantized_param(self, model, param_value, param_name, *given, **named):
        path, _, last = param_name.rpartition(".")
        layer, config = model.get_submodule(path), self.quantization_config
        if self.pre_quantized:
            return hasattr(layer, "sdnq_dequantizer") and last in _PARTS
        if last != "weight" or _named_in(param_name, config.modules_to_not_convert) is not None:
            return False
        if not _is_quantized(layer, config, False):
            config.modules_to_not_convert.append(param_name)
            return False
        return True

    def create_quantized_param(self, model, param_value, param_name, target_device, *given, **named):
        path, _, last = param_name.rpartition(".")
        layer = model.get_submodule(path)
        if self.pre_quantized:
            setattr(layer, last, torch.nn.Parameter(param_value, requires_grad=False))
            return
        layer.weight = torch.nn.Parameter(param_value.to(torch.float32), requires_grad=False)
        made = _quantized_layer(layer, self.quantization_config, named.get("dtype") or self.torch_dtype, param_name, True)
        above, _, own = path.rpartition(".")
        setattr(model.get_submodule(above), own, made)

    def _process_model_before_weight_loading(self, model, device_map, keep_in_fp32_modules=None, **named):
        config = self.quantization_config
        if self.pre_quantized:
            config.add_skip_keys = False
            # What else the config says does not reach the layers, that its scales are quantized among it.
            lost = ("scale_dtype", "zero_point_dtype", "is_training")
            own = SDNQConfig(**{key: getattr(config, key) for key in _DEFAULTS if key not in lost})
            _quantize(model, own, self.torch_dtype)

    def _process_model_after_weight_loading(self, model, **named):
        return model

    def adjust_max_memory(self, max_memory):
        return {key: value * 0.80 for key, value in max_memory.items()}

    def adjust_target_dtype(self, target_dtype):
        return _target_dtype(self.quantization_config.weights_dtype)

    def update_torch_dtype(self, torch_dtype):
        self.torch_dtype = torch_dtype
        return torch_dtype

    @property
    def is_serializable(self):
        return not self.quantization_config.is_training

    @property
    def is_trainable(self):
        return self.quantization_config.is_training
