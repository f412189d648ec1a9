"""numpy's scalar types, and dtype."""

from _numpy import float64, floating, generic, number
from _numpy_arrays import array, ndarray
from builtins import bool as bool_builtin


class integer(number):
    pass


class signedinteger(integer):
    pass


class unsignedinteger(integer):
    pass


class float32(floating):
    def __new__(cls, value=0.0):
        return array(value, dtype=cls) if isinstance(value, (list, tuple, ndarray)) else float(value)


class float16(float32):
    pass


class int64(signedinteger):
    def __new__(cls, value=0):
        return array(value, dtype=cls) if isinstance(value, (list, tuple, ndarray)) else int(value)


class int32(int64):
    pass


class int16(int64):
    pass


class int8(int64):
    pass


class uint8(int64):
    pass


class uint16(int64):
    pass


class uint32(int64):
    pass


class uint64(int64):
    pass


class bool_(generic):
    def __new__(cls, value=False):
        return bool_builtin(value)


class complex64(number):
    pass


class complex128(number):
    pass


class str_(str, generic):
    pass


class object_(generic):
    pass


double = float64
single = float32
half = float16
intp = int_ = longlong = int64

_RANK = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
_TYPES = {
    "float64": float64,
    "float32": float32,
    "float16": float16,
    "int64": int64,
    "int32": int32,
    "int16": int16,
    "int8": int8,
    "uint8": uint8,
    "uint16": uint16,
    "uint32": uint32,
    "uint64": uint64,
    "bool": bool_,
    "object": object_,
}
_KINDS = {"f": "float64", "f4": "float32", "f8": "float64", "f2": "float16", "i4": "int32", "i8": "int64", "u1": "uint8", "float": "float64", "int": "int64"}


class dtype:
    def __init__(self, kind=None):
        if kind is None or kind is float or kind is float64:
            name = "float64"
        elif isinstance(kind, dtype):
            name = kind.name
        elif isinstance(kind, str):
            name = _KINDS.get(kind.lstrip("<>=|"), kind)
        elif kind is int:
            name = "int64"
        elif isinstance(kind, type):
            name = {"bool_": "bool", "object_": "object"}.get(kind.__name__, kind.__name__)
        else:
            name = str(kind).replace("torch.", "")
        self.name = name
        self.type = _TYPES.get(name, object_)
        self.kind = "f" if name.startswith("float") else "b" if name == "bool" else "u" if name.startswith("u") else "i"
        digits = "".join(c for c in name if c.isdigit())
        self.itemsize = int(digits) // 8 if digits else 1

    def __eq__(self, other):
        return other is not None and self.name == dtype(other).name

    def __hash__(self):
        return hash(self.name)

    def __str__(self):
        return self.name

    def __repr__(self):
        return f"dtype('{self.name}')"

    def _cast(self, value):
        if self.kind == "f":
            return float(value)
        if self.kind == "b":
            return value != 0
        return int(value)
