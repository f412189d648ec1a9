"""triton: the arithmetic of block sizes, which decides shapes, and kernels, which decide none."""


def cdiv(x, y):
    return (x + y - 1) // y


def next_power_of_2(n):
    return 1 << (n - 1).bit_length() if n > 0 else 0


class jit:
    """A kernel writes into tensors that it is given, and returns nothing."""

    def __init__(self, fn=None, **options):
        self.fn = fn

    def __call__(self, fn):
        return jit(fn)

    def __getitem__(self, grid):
        return lambda *args, **kwargs: None
