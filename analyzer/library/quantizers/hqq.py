"""hqq: layers keep what they are until their weights are loaded."""

import torch

from _described import not_described


class HQQLinear(torch.nn.Module):
    def forward(self, *args, **kwargs):
        return not_described("a pass through layers of hqq")

    def __init__(self, linear_layer=None, quant_config=None, del_orig=True, **options):
        super().__init__()
        self.linear_layer = linear_layer
        self.quant_config = quant_config
        self.W_q = self.bias = None

    def state_dict_keys(self):
        return set(
            "W_q nbits group_size shape scale zero axis packing unpack_view_dtype view_as_float quant_scale quant_zero "
            "compute_dtype bias offload_meta encoded_state_dict stores_quant_config channel_wise optimize round_zero".split()
        )


    # Of all its parts at once; they say themselves how they are packed.
    def load_state_dict(self, state_dict, strict=True, assign=False):
        if state_dict["shape"].dtype.is_floating_point:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        self.W_q = torch.nn.Parameter(state_dict["W_q"], requires_grad=False)
        self.bias = state_dict.get("bias")


def BaseQuantizeConfig(**options):
    return options
