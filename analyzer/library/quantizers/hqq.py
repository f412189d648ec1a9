"""hqq: layers keep what they are until their weights are loaded."""

import torch


class HQQLinear(torch.nn.Module):
    def __init__(self, linear_layer=None, quant_config=None, del_orig=True, **options):
        super().__init__()
        self.linear_layer = linear_layer
        self.quant_config = quant_config

    def state_dict_keys(self):
        return set(
            "W_q nbits group_size shape scale zero axis packing unpack_view_dtype view_as_float quant_scale quant_zero "
            "compute_dtype bias offload_meta encoded_state_dict stores_quant_config channel_wise optimize round_zero".split()
        )


def BaseQuantizeConfig(**options):
    return options
