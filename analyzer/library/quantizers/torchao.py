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


def fqn_matches_fqn_config(fqn, config):
    return not_described("torchao's FqnToConfig")
