"""triton: the arithmetic of block sizes, which decides shapes."""


def cdiv(x, y):
    return (x + y - 1) // y


def next_power_of_2(n):
    return 1 << (n - 1).bit_length() if n > 0 else 0
