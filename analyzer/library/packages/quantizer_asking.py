# from_pretrained of transformers before 4.56 up to where it builds the model, by its own code, without a weight file: which quantizer it has by
# then, and what that has said.

from _answering import answering


class _Reached(Exception):
    """Raised where the model would be built, to leave from_pretrained."""


class _Class:
    """The model's class, but that it is not called."""

    def __init__(self, kind):
        self._kind = kind

    def __getattr__(self, name):
        return getattr(self._kind, name)

    def __call__(self, config, *given, **named):
        import torch

        raise _Reached(config, torch.get_default_dtype())


def find_quantizer(kind, config, quantization_config, asked_dtype, dtype):
    """(quantizer, config, dtype, device map) of from_pretrained(device_map="auto", torch_dtype=asked_dtype, quantization_config); the quantizer is None
    where there is none.  `dtype`: that of the weights.  Raises what from_pretrained raises."""
    import torch
    from transformers import modeling_utils

    table = modeling_utils.AutoHfQuantizer
    own_from_config = vars(table)["from_config"]
    quantizers, maps, former_dtype = [], [], torch.get_default_dtype()

    def from_config(*given, **named):
        quantizer = own_from_config.__func__(table, *given, **named)
        own_update = quantizer.update_device_map

        def update_device_map(device_map):
            maps.append(own_update(device_map))
            return maps[-1]

        quantizer.update_device_map = update_device_map
        quantizers.append(quantizer)
        return quantizer

    name = getattr(config, "name_or_path", "")
    given = {} if quantization_config is None else {"quantization_config": quantization_config}
    table.from_config = from_config
    # There is nothing to be fetched, and no adapter.
    answers = {"is_offline_mode": lambda: False, "is_peft_available": lambda: False}
    try:
        with answering([modeling_utils], answers):
            modeling_utils.PreTrainedModel.from_pretrained.__func__(
                _Class(kind),
                None,
                config=config,
                state_dict={"weight": torch.empty(1, dtype=dtype)},
                torch_dtype=asked_dtype,
                device_map="auto",
                **given,
            )
    except _Reached as reached:
        config, dtype = reached.args
    finally:
        table.from_config = own_from_config
        torch.set_default_dtype(former_dtype)
        for quantizer in quantizers:
            del quantizer.update_device_map
    config.name_or_path = name
    return (*quantizers, None)[0], config, dtype, (*maps, None)[0]
