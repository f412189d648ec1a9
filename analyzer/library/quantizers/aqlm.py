"""aqlm: codes and codebooks in place of the weights of linear layers."""

import torch

from _described import not_described


class QuantizedLinear(torch.nn.Module):
    def forward(self, *args, **kwargs):
        return not_described("a pass through layers of aqlm")

    def __init__(
        self,
        in_features,
        out_features,
        in_group_size,
        out_group_size,
        num_codebooks,
        nbits_per_codebook,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        assert in_features % in_group_size == 0
        assert out_features % out_group_size == 0
        rows, columns = out_features // out_group_size, in_features // in_group_size

        def parameter(*shape, dtype=dtype):
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype), requires_grad=False)

        for bits, codes in ((8, torch.int8), (16, torch.int16), (32, torch.int32), (64, torch.int64)):
            if nbits_per_codebook <= bits:
                break
        else:
            raise ValueError(f"No dtype available for {nbits_per_codebook}-bit codebooks")
        self.codebooks = parameter(num_codebooks, 2**nbits_per_codebook, out_group_size, in_group_size)
        self.codes = parameter(rows, columns, num_codebooks, dtype=codes)
        self.scales = parameter(rows, 1, 1, 1)
        if bias:
            self.bias = parameter(out_features)
        else:
            self.register_parameter("bias", None)
