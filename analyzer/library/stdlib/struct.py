# struct: numbers as bytes, with the sizes and the alignment of a 64-bit machine of little-endian order.
import math
import operator

SIZES = {"x": 1, "c": 1, "b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 4, "L": 4, "q": 8, "Q": 8, "e": 2, "f": 4, "d": 8, "s": 1, "p": 1}
NATIVE_SIZES = {**SIZES, "l": 8, "L": 8, "n": 8, "N": 8, "P": 8}
FLOATS = {"e": (5, 10), "f": (8, 23), "d": (11, 52)}  # bits of the exponent and of the fraction


class error(Exception):
    pass


error.__module__ = "struct"


class Layout:
    """A format: how its bytes are ordered, and its fields as (character, count, where it begins)."""

    def __init__(self, format):
        if isinstance(format, bytes):
            format = format.decode("ascii")
        if not isinstance(format, str):
            raise TypeError(f"Struct() argument 1 must be a str or bytes object, not {type(format).__name__}")
        mark = format[0] if format and format[0] in "@=<>!" else "@"
        native = mark == "@"
        self.order = "big" if mark in ">!" else "little"
        self.text = format
        self.native = native
        self.fields = []
        self.size = 0
        sizes = NATIVE_SIZES if native else SIZES
        rest = format[1:] if format and format[0] in "@=<>!" else format
        at = 0
        while at < len(rest):
            if rest[at].isspace():
                at += 1
                continue
            begin = at
            while at < len(rest) and rest[at].isdigit():
                at += 1
            if at == len(rest):
                raise error("repeat count given without format specifier")
            count = int(rest[begin:at]) if at > begin else 1
            kind = rest[at]
            at += 1
            if kind not in sizes:
                raise error("bad char in struct format")
            size = sizes[kind]
            if native and kind not in "xsp":
                self.size += -self.size % size
            self.fields.append((kind, count, self.size))
            self.size += count * size
        self.sizes = sizes
        self.values = sum(0 if kind == "x" else 1 if kind in "sp" else count for kind, count, _ in self.fields)


def float_bits(value, kind, native):
    exponent_bits, fraction_bits = FLOATS[kind]
    bias = (1 << (exponent_bits - 1)) - 1
    top = (1 << exponent_bits) - 1
    sign = 1 if math.copysign(1.0, value) < 0 else 0
    value = abs(value)
    if value != value:
        exponent, fraction = top, 1 << (fraction_bits - 1)
    elif value == math.inf:
        exponent, fraction = top, 0
    elif value == 0:
        exponent, fraction = 0, 0
    else:
        mantissa, power = math.frexp(value)
        exponent = power - 1 + bias
        shift = fraction_bits + 1 if exponent > 0 else fraction_bits + exponent
        scaled = math.ldexp(mantissa, shift)
        fraction = int(scaled)
        rest = scaled - fraction
        if rest > 0.5 or (rest == 0.5 and fraction & 1):
            fraction += 1
        if exponent > 0:
            fraction -= 1 << fraction_bits
            if fraction == 1 << fraction_bits:
                fraction = 0
                exponent += 1
        else:
            exponent = 0
            if fraction == 1 << fraction_bits:
                fraction = 0
                exponent = 1
        if exponent >= top:
            if not native or kind == "e":
                raise OverflowError(f"float too large to pack with {kind} format")
            exponent, fraction = top, 0
    return (sign << (exponent_bits + fraction_bits)) | (exponent << fraction_bits) | fraction


def float_of(bits, kind):
    exponent_bits, fraction_bits = FLOATS[kind]
    bias = (1 << (exponent_bits - 1)) - 1
    fraction = bits & ((1 << fraction_bits) - 1)
    exponent = (bits >> fraction_bits) & ((1 << exponent_bits) - 1)
    sign = -1.0 if bits >> (exponent_bits + fraction_bits) else 1.0
    if exponent == (1 << exponent_bits) - 1:
        return sign * math.inf if fraction == 0 else math.copysign(math.nan, sign)
    if exponent == 0:
        return sign * math.ldexp(float(fraction), 1 - bias - fraction_bits)
    return sign * math.ldexp(float(fraction + (1 << fraction_bits)), exponent - bias - fraction_bits)


def packed_integer(value, kind, layout):
    size = layout.sizes[kind]
    try:
        number = operator.index(value)
    except TypeError:
        raise error("required argument is not an integer") from None
    signed = kind in "bhilqn"
    low = -(1 << (8 * size - 1)) if signed else 0
    high = (1 << (8 * size - (1 if signed else 0))) - 1
    if kind == "P" and number < 0:
        number, low, high = number + (1 << 64), 0, high
    if not low <= number <= high:
        if size == 8 or not -(1 << 63) <= number < 1 << 63:
            raise error("int too large to convert" if size == 8 and not layout.native else "argument out of range")
        names = {"b": "byte", "B": "ubyte", "h": "short", "H": "ushort"}
        if not signed and number < 0 and kind != "B":
            raise error("argument out of range")
        if kind in names:
            raise error(f"{names[kind]} format requires {low} <= number <= {high}")
        raise error(f"'{kind}' format requires {low} <= number <= {high}")
    return number.to_bytes(size, layout.order, signed=signed)


def packed_one(value, kind, layout):
    if kind == "c":
        if not isinstance(value, bytes) or len(value) != 1:
            raise error("char format requires a bytes object of length 1")
        return value
    if kind == "?":
        return b"\x01" if value else b"\x00"
    if kind in FLOATS:
        try:
            number = float(value) if not isinstance(value, (str, bytes, bytearray)) else None
        except TypeError:
            number = None
        if number is None:
            raise error("required argument is not a float")
        return float_bits(number, kind, layout.native).to_bytes(layout.sizes[kind], layout.order)
    return packed_integer(value, kind, layout)


def unpacked_one(data, kind, layout):
    if kind == "c":
        return data
    if kind == "?":
        return data != b"\x00"
    if kind in FLOATS:
        return float_of(int.from_bytes(data, layout.order), kind)
    return int.from_bytes(data, layout.order, signed=kind in "bhilqn")


def pack_layout(layout, values):
    if len(values) != layout.values:
        raise error(f"pack expected {layout.values} items for packing (got {len(values)})")
    out = []
    length = 0

    def put(at, data, size):
        """What is not filled in before `at`, and behind the data, is zero."""
        nonlocal length
        out.append(bytes(at - length) + data + bytes(size - len(data)))
        length = at + size

    values = list(values)
    for kind, count, at in layout.fields:
        if kind == "x":
            continue
        if kind in "sp":
            text = values.pop(0)
            if not isinstance(text, (bytes, bytearray)):
                raise error(f"argument for '{kind}' must be a bytes object")
            text = bytes(text)
            if kind == "p":
                if count == 0:
                    continue
                text = text[: min(count - 1, 255)]
                text = bytes([len(text)]) + text
            put(at, text[:count], count)
            continue
        size = layout.sizes[kind]
        for i in range(count):
            put(at + i * size, packed_one(values.pop(0), kind, layout), size)
    put(layout.size, b"", 0)
    return b"".join(out)


def unpack_layout(layout, data):
    out = []
    for kind, count, at in layout.fields:
        if kind == "x":
            continue
        if kind == "s":
            out.append(data[at : at + count])
        elif kind == "p":
            length = min(data[at], count - 1) if count else 0
            out.append(data[at + 1 : at + 1 + length])
        else:
            size = layout.sizes[kind]
            out.extend(unpacked_one(data[at + i * size : at + (i + 1) * size], kind, layout) for i in range(count))
    return tuple(out)


class Struct:
    def __init__(self, format):
        self._layout = Layout(format)
        self.format = self._layout.text
        self.size = self._layout.size

    def pack(self, *values):
        return pack_layout(self._layout, values)

    def pack_into(self, buffer, offset, *values):
        data = pack_layout(self._layout, values)
        if offset < 0:
            offset += len(buffer)
        if len(buffer) - offset < self.size:
            raise error(
                f"pack_into requires a buffer of at least {self.size + offset} bytes for packing {self.size} bytes at offset {offset}"
                f" (actual buffer size is {len(buffer)})"
            )
        buffer[offset : offset + self.size] = data

    def unpack(self, buffer):
        data = bytes(buffer)
        if len(data) != self.size:
            raise error(f"unpack requires a buffer of {self.size} bytes")
        return unpack_layout(self._layout, data)

    def unpack_from(self, buffer, offset=0):
        data = bytes(buffer)
        if offset < 0:
            if offset + len(data) < 0:
                raise error(f"offset {offset} out of range for {len(data)}-byte buffer")
            offset += len(data)
        if len(data) - offset < self.size:
            raise error(
                f"unpack_from requires a buffer of at least {self.size + offset} bytes for unpacking {self.size} bytes at offset {offset}"
                f" (actual buffer size is {len(data)})"
            )
        return unpack_layout(self._layout, data[offset : offset + self.size])

    def iter_unpack(self, buffer):
        data = bytes(buffer)
        if self.size == 0:
            raise error("cannot iteratively unpack with a struct of length 0")
        if len(data) % self.size:
            raise error(f"iterative unpacking requires a buffer of a multiple of {self.size} bytes")
        return iter([self.unpack(data[at : at + self.size]) for at in range(0, len(data), self.size)])


def calcsize(format):
    return Layout(format).size


def pack(format, *values):
    return Struct(format).pack(*values)


def pack_into(format, buffer, offset, *values):
    return Struct(format).pack_into(buffer, offset, *values)


def unpack(format, buffer):
    return Struct(format).unpack(buffer)


def unpack_from(format, buffer, offset=0):
    return Struct(format).unpack_from(buffer, offset)


def iter_unpack(format, buffer):
    return Struct(format).iter_unpack(buffer)


__all__ = ["calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "Struct", "error"]
