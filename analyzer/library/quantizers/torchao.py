"""torchao: layers keep what they are; a config says by the name of its class how they are quantized."""

from _described import not_described

_LISTED = (
    "Int4WeightOnlyConfig Int8WeightOnlyConfig Int8DynamicActivationInt8WeightConfig Int8DynamicActivationInt4WeightConfig "
    "Int8DynamicActivationIntxWeightConfig IntxWeightOnlyConfig Float8WeightOnlyConfig Float8DynamicActivationInt4WeightConfig "
    "Float8DynamicActivationFloat8WeightConfig Float8StaticActivationFloat8WeightConfig"
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
    pass


def is_metadata_torchao(metadata):
    return "tensor_names" in metadata


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
