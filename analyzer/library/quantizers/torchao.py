"""torchao: layers keep what they are; a config says by the name of its class how they are quantized."""

import torch
from _described import not_described

_LISTED = (
    "Int4WeightOnlyConfig Int8WeightOnlyConfig Int8DynamicActivationInt8WeightConfig Int8DynamicActivationInt4WeightConfig "
    "Int8DynamicActivationIntxWeightConfig IntxWeightOnlyConfig Float8WeightOnlyConfig Float8DynamicActivationInt4WeightConfig "
    "Float8DynamicActivationFloat8WeightConfig Float8StaticActivationFloat8WeightConfig "
    "MXDynamicActivationMXWeightConfig NVFP4WeightOnlyConfig NVFP4DynamicActivationNVFP4WeightConfig"
).split()


class AOBaseConfig:
    pass


class FqnToConfig(AOBaseConfig):
    pass


def config_from_dict(data):
    name = data["_type"]
    if name not in _LISTED:
        return not_described(f"torchao's {name}")
    return type(name, (AOBaseConfig,), {})()


def config_to_dict(config):
    return {"_type": type(config).__name__}


def quantize_(module, config, *given, **named):
    """What is raised of a shape or a dtype, as far as it is known."""
    weight, kind = getattr(module, "weight", None), type(config).__name__
    if weight is None:
        return
    if kind == "NVFP4DynamicActivationNVFP4WeightConfig":
        if torch.cuda.get_device_capability() < (10, 0):
            raise AssertionError("NVFP4 DYNAMIC mode is only supported on sm100+ machines")
    elif kind == "MXDynamicActivationMXWeightConfig":
        if weight.dtype != torch.bfloat16:
            raise AssertionError(f"Only supporting bf16 out dtype for now, got {weight.dtype}")
        if weight.shape[-1] % 32:
            raise AssertionError(f"the last dimension of shape {weight.shape} must be divisible by block_size 32")
    elif kind == "NVFP4WeightOnlyConfig":
        if weight.shape[-2] % 16 or weight.shape[-1] % 16:
            raise RuntimeError(f"NVFP4 only supports weight shape with last 2 dims divisible by 16, got {weight.shape}")
        _refuse_float8(weight, "max_all")
    elif kind in ("IntxWeightOnlyConfig", "Int8WeightOnlyConfig"):
        _refuse_float8(weight, "min_values")


def _refuse_float8(weight, function):
    if weight.dtype == torch.float8_e4m3fn:
        raise NotImplementedError(f'"{function}" not implemented for \'Float8_e4m3fn\'')


# ---- what safetensors has of tensors that are stored in parts

_KINDS = ("Float8Tensor Int4Tensor Int4TilePackedTo4dTensor IntxUnpackedToInt8Tensor Int8Tensor Int4PlainInt32Tensor MXTensor NVFP4Tensor").split()


def is_metadata_torchao(metadata):
    import json

    if not metadata or "tensor_names" not in metadata:
        return False
    try:
        names = json.loads(metadata["tensor_names"])
        kinds = [json.loads(metadata[name]).get("_type") for name in names] if isinstance(names, list) else []
    except (KeyError, TypeError, json.JSONDecodeError):
        return False
    return bool(names) and isinstance(names, list) and all(kind in _KINDS or kind == "Tensor" for kind in kinds)


def unflatten_tensor_state_dict(tensors, metadata):
    """The tensors that are complete, and what is left for those that are not."""
    import json

    of_module, made, left = {}, {}, dict(tensors)
    for key in [*tensors, *metadata]:
        of_module.setdefault(key.partition("._")[0], []).append(key)
    for name in json.loads(metadata["tensor_names"]):
        told = json.loads(metadata[name])
        if told["_type"] == "Tensor":
            parts = [name] if name in tensors else []
        else:
            module, weight = name.rsplit(".", 1)
            start = f"{module}._{weight}_"
            found = [key for key in of_module.get(module.partition("._")[0], []) if key.startswith(start)]
            complete = len(found) == len(told["_tensor_data_names"])
            parts = [start + part for part in told["_tensor_data_names"]] if complete else []
            if not set(parts) <= set(found):
                raise ValueError(f"Failed to create instance of {told['_type']}: got an unexpected keyword argument")
        if parts:
            made[name] = tensors[name] if parts == [name] else _put_together(told, {part: tensors[part] for part in parts}, start)
        for part in parts:
            del left[part]
    return made, left


class _Tensor(torch.nn.Parameter):
    """A tensor that is stored in parts, and knows them; some kinds refuse dtypes."""

    refused = None

    def to(self, *given, **named):
        for asked in (*given, named.get("dtype")):
            if self.refused is not None and isinstance(asked, torch.dtype) and asked not in (torch.float16, torch.bfloat16, torch.float32):
                raise AssertionError(self.refused)
        return self


# The shape is that which the parts have together, or is stored beside them.
_STORED_SHAPE = ("Int4TilePackedTo4dTensor", "Int4PlainInt32Tensor")


def _put_together(told, parts, start):
    values, more, kind = parts[start + "qdata"], told["_data"], told["_type"]
    shape, named, refused = list(values.shape), more.get("dtype") or more.get("orig_dtype"), None
    dtype = getattr(torch, named["_data"]) if named else parts[start + "scale"].dtype if kind == "Int4PlainInt32Tensor" else torch.bfloat16
    if kind == "IntxUnpackedToInt8Tensor":
        _check_intx(values, parts[start + "scale"], parts[start + "zero_point"], more["block_size"])
        refused = ""
    elif kind == "MXTensor":
        elements = getattr(torch, more["elem_dtype"]["_data"])
        _check_mx(values, parts[start + "scale"], elements)
        shape[-1] *= 2 if elements == torch.float4_e2m1fn_x2 else 1
    elif kind in ("Int4Tensor", "NVFP4Tensor"):
        shape[-1] *= 2
        refused = "Only support floating point conversion for autocast w/ NVFP4Tensor" if kind == "NVFP4Tensor" else None
    elif kind in _STORED_SHAPE:
        shape = list(more["shape"])
    elif kind not in ("Int8Tensor", "Float8Tensor"):
        return not_described(f"torchao's {kind}")
    made = _Tensor(torch.empty(shape, dtype=dtype), requires_grad=False)
    made.stored_as, made.refused = list(parts.values()), refused
    return made


def _check_mx(values, scale, elements):
    why = None
    if elements in (torch.float8_e4m3fn, torch.float8_e5m2) and values.dtype != elements:
        why = f"qdata.dtype must match elem_dtype for MXFP8 tensors, got qdata.dtype={values.dtype} and elem_dtype={elements}"
    elif scale.dtype != torch.float8_e8m0fnu:
        why = f"scale.dtype must be `torch.float8_e8m0fnu`, got {scale.dtype}"
    elif values.dtype not in (torch.float8_e4m3fn, torch.float8_e5m2, torch.uint8):
        why = "unsupported"
    if why is not None:
        raise ValueError(f"Failed to create instance of MXTensor: {why}")


def _check_intx(values, scale, zero_point, block_size):
    floats = (torch.float16, torch.bfloat16, torch.float32)

    def refuse(why):
        raise ValueError(f"Failed to create instance of IntxUnpackedToInt8Tensor: {why}")

    if values.dtype != torch.int8:
        refuse(f"qdata dtype must be int8, but got {values.dtype}")
    if scale.dtype not in floats:
        refuse(f"scale dtype must be one of {list(floats)}, but got {scale.dtype}")
    if zero_point.dtype not in (*floats, torch.int8):
        refuse(f"zero_point dtype must be {torch.int8} or one of {list(floats)}, but got {zero_point.dtype}")
    if len(block_size) != values.ndim or any(extent % block for extent, block in zip(values.shape, block_size)):
        refuse("")
    blocks = [extent // block for extent, block in zip(values.shape, block_size)]
    for name, part in (("scale", scale), ("zero_point", zero_point)):
        if list(part.shape) != blocks:
            refuse(f"Expected {name} to have shape {blocks} (inferred from block_size={block_size}), but got {part.shape}")


def fqn_matches_fqn_config(fqn, config):
    return not_described("torchao's FqnToConfig")


# ---- before 0.15, whose functions went by name: what matters is the options that they take


class _TensorKind:
    pass


NF4Tensor = Float8AQTTensorImpl = UInt4Tensor = UintxAQTTensorImpl = UintxTensor = PerRow = PerTensor = _TensorKind


def int8_weight_only(group_size=None, set_inductor_config=True):
    pass


def int4_weight_only(group_size=128, layout=None, use_hqq=False, zero_point_domain=None, set_inductor_config=True, preserve_zero=None):
    pass


def int8_dynamic_activation_int4_weight(group_size=32, layout=None, mapping_type=None, act_mapping_type=None, set_inductor_config=True):
    pass


def int8_dynamic_activation_int8_weight(layout=None, act_mapping_type=None, weight_only_decode=False, set_inductor_config=True):
    pass


def float8_weight_only(weight_dtype=None, set_inductor_config=True):
    pass


def float8_dynamic_activation_float8_weight(activation_dtype=None, weight_dtype=None, granularity=None, mm_config=None, set_inductor_config=True):
    pass


def float8_static_activation_float8_weight(
    scale, activation_dtype=None, weight_dtype=None, granularity=None, mm_config=None, set_inductor_config=True
):
    pass


def fpx_weight_only(ebits, mbits, set_inductor_config=True):
    pass


def uintx_weight_only(dtype, group_size=64, pack_dim=-1, use_hqq=False, set_inductor_config=True):
    pass
