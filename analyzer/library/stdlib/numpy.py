import math

from _numpy import float64, floating, generic, number, unary, unknown
from _numpy import power as power_of
from builtins import abs as abs_builtin
from builtins import all as all_builtin
from builtins import any as any_builtin
from builtins import bool as bool_builtin
from builtins import max as max_builtin
from builtins import min as min_builtin
from builtins import round as round_builtin
from builtins import sum as sum_builtin

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
newaxis = None
__version__ = "2.4.6"

# Arrays with more elements keep their shape and type and forget their contents.
_LIMIT = 65536


class integer(number):
    pass


class signedinteger(integer):
    pass


class unsignedinteger(integer):
    pass


def _again(value):
    return float64(value) if type(value) is float else value


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
float_ = float64
bool = bool_

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


def _of_value(value):
    if value is True or value is False:
        return "bool"
    if isinstance(value, float):
        return "float64"
    return "int64" if isinstance(value, int) else "object"


def _widest(names):
    best = "bool"
    for name in names:
        if name not in _RANK:
            return name
        if _RANK.index(name) > _RANK.index(best):
            best = name
    return best


def _length(shape):
    return math.prod(shape)


def _strides(shape):
    strides = []
    step = 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return strides


def _broadcast_shape(*shapes):
    rank = max_builtin(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result = []
    for sizes in zip(*padded):
        size = max_builtin(sizes)
        if any_builtin(s not in (1, size) for s in sizes):
            raise ValueError("operands could not be broadcast together with shapes " + " ".join(str(tuple(s)) for s in shapes))
        result.append(0 if 0 in sizes else size)
    return tuple(result)


def _indices(shape, target):
    """The positions in a flat array of `shape`, for each element of its broadcast to `target`."""
    shape = (1,) * (len(target) - len(shape)) + tuple(shape)
    positions = [0]
    for size, wanted, stride in zip(shape, target, _strides(shape)):
        steps = [0 if size == 1 else i * stride for i in range(wanted)]
        positions = [at + step for at in positions for step in steps]
    return positions


class ndarray:
    def __init__(self, shape, dtype=None, data=None):
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.dtype = _dtype(dtype)
        self._data = data

    def __class_getitem__(cls, item):
        return cls

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        return _length(self.shape)

    @property
    def T(self):
        return self.transpose()

    @property
    def flat(self):
        return iter(self._known())

    def _known(self):
        return unknown("the contents of a large array") if self._data is None else self._data

    def _same(self, data, dtype=None):
        return ndarray(self.shape, dtype or self.dtype, data)

    def _scalar(self):
        value = self._known()[0]
        return float64(value) if self.dtype.name == "float64" else value

    def tolist(self):
        data = self._known()
        if not self.shape:
            return data[0]
        for size in reversed(self.shape[1:]):
            data = [data[i : i + size] for i in range(0, len(data), size)] if size else [[] for _ in range(_length(self.shape[:-1]))]
        return list(data)

    def item(self, *args):
        return self[args] if args else self._known()[0]

    def astype(self, kind, copy=True):
        kind = dtype(kind)
        return self._same(None if self._data is None else [kind._cast(value) for value in self._data], kind)

    def copy(self):
        return self._same(None if self._data is None else list(self._data))

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def reshape(self, *shape):
        if len(shape) == 1 and not isinstance(shape[0], int):
            shape = tuple(shape[0])
        if -1 in shape:
            rest = -_length(shape)
            shape = tuple(self.size // rest if size == -1 else size for size in shape)
        if _length(shape) != self.size:
            raise ValueError(f"cannot reshape array of size {self.size} into shape {shape}")
        return ndarray(shape, self.dtype, self._data)

    def flatten(self):
        return ndarray((self.size,), self.dtype, self._data)

    ravel = flatten

    def squeeze(self, axis=None):
        return self.reshape(tuple(size for size in self.shape if size != 1))

    def transpose(self, *axes):
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = tuple(axes[0])
        axes = axes or tuple(reversed(range(self.ndim)))
        shape = tuple(self.shape[axis] for axis in axes)
        if self._data is None:
            return ndarray(shape, self.dtype)
        strides = _strides(self.shape)
        positions = [0]
        for axis in axes:
            positions = [at + i * strides[axis] for at in positions for i in range(self.shape[axis])]
        return ndarray(shape, self.dtype, [self._data[at] for at in positions])

    def _select(self, key):
        """The flat positions that a key means, and the shape of the result."""
        key = key if isinstance(key, tuple) else (key,)
        missing = self.ndim - sum_builtin(1 for each in key if each is not None and each is not Ellipsis)
        expanded = []
        for each in key:
            expanded.extend([slice(None)] * missing if each is Ellipsis else [each])
        if Ellipsis not in key:
            expanded.extend([slice(None)] * missing)
        shape = []
        positions = [0]
        axis = 0
        strides = _strides(self.shape)
        for each in expanded:
            if each is None:
                shape.append(1)
                continue
            size, stride = self.shape[axis], strides[axis]
            axis += 1
            if isinstance(each, slice):
                chosen = list(range(*each.indices(size)))
            elif isinstance(each, (list, ndarray)):
                chosen = each.tolist() if isinstance(each, ndarray) else each
                if chosen and isinstance(chosen[0], type(True)):
                    chosen = [i for i, wanted in enumerate(chosen) if wanted]
            else:
                index = int(each)
                if not -size <= index < size:
                    raise IndexError(f"index {index} is out of bounds for axis {axis - 1} with size {size}")
                positions = [at + index % size * stride for at in positions]
                continue
            shape.append(len(chosen))
            positions = [at + index % size * stride for at in positions for index in chosen]
        return positions, tuple(shape)

    def __getitem__(self, key):
        if isinstance(key, ndarray) and key.dtype.name == "bool" and key.shape == self.shape:
            kept = [value for value, wanted in zip(self._known(), key._known()) if wanted]
            return ndarray((len(kept),), self.dtype, kept)
        positions, shape = self._select(key)
        if self._data is None:
            return ndarray(shape, self.dtype)
        picked = ndarray(shape, self.dtype, [self._data[at] for at in positions])
        return picked if shape or isinstance(key, ndarray) else picked._scalar()

    def __setitem__(self, key, value):
        if self._data is None:
            return
        if isinstance(key, ndarray) and key.dtype.name == "bool" and key.shape == self.shape:
            positions = [i for i, wanted in enumerate(key._known()) if wanted]
            shape = (len(positions),)
        else:
            positions, shape = self._select(key)
        value = asarray(value)
        data = value._known()
        for at, source in zip(positions, _indices(value.shape, shape)):
            self._data[at] = self.dtype._cast(data[source])

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __contains__(self, value):
        return value in self._known()

    def __bool__(self):
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        return self._known()[0] != 0

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    __index__ = __int__

    def __repr__(self):
        return f"array({self.tolist()})"

    def __str__(self):
        return str(self.tolist())

    def _reduce(self, function, axis=None, keepdims=False, kind=None):
        if axis is None:
            shape = (1,) * self.ndim if keepdims else ()
            value = unknown("the contents of a large array") if self._data is None else function(self._data)
            if keepdims:
                return ndarray(shape, kind or self.dtype, [value])
            return float64(value) if type(value) is float and (kind or self.dtype.name) in ("float64", None) else value
        axes = sorted(a % self.ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
        rest = [i for i in range(self.ndim) if i not in axes]
        moved = self.transpose(*rest, *axes)
        shape = tuple(self.shape[i] for i in rest)
        kept = tuple(1 if i in axes else size for i, size in enumerate(self.shape)) if keepdims else shape
        if moved._data is None:
            return ndarray(kept, kind or self.dtype)
        width = _length([self.shape[i] for i in axes])
        values = [function(moved._data[i * width : (i + 1) * width]) for i in range(_length(shape))]
        return ndarray(kept, kind or self.dtype, values)

    def sum(self, axis=None, dtype=None, out=None, keepdims=False):
        return self._reduce(lambda items: math.fsum(items) if self.dtype.kind == "f" else sum_builtin(items), axis, keepdims)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False):
        return self._reduce(math.prod, axis, keepdims)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False):
        return self._reduce(lambda items: math.fsum(items) / len(items) if items else nan, axis, keepdims, "float64")

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        def variance(items):
            middle = math.fsum(items) / len(items)
            return math.fsum([(item - middle) ** 2 for item in items]) / (len(items) - ddof)

        return self._reduce(variance, axis, keepdims, "float64")

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        return sqrt(self.var(axis, dtype, out, ddof, keepdims))

    def max(self, axis=None, out=None, keepdims=False):
        return self._reduce(max_builtin, axis, keepdims)

    def min(self, axis=None, out=None, keepdims=False):
        return self._reduce(min_builtin, axis, keepdims)

    def argmax(self, axis=None):
        return self._reduce(lambda items: items.index(max_builtin(items)), axis, False, "int64")

    def argmin(self, axis=None):
        return self._reduce(lambda items: items.index(min_builtin(items)), axis, False, "int64")

    def any(self, axis=None, keepdims=False):
        return self._reduce(lambda items: any_builtin(items), axis, keepdims, "bool")

    def all(self, axis=None, keepdims=False):
        return self._reduce(lambda items: all_builtin(items), axis, keepdims, "bool")

    def cumsum(self, axis=None):
        return cumsum(self, axis)

    def argsort(self, axis=-1, kind=None):
        return argsort(self)

    def sort(self, axis=-1):
        self._data = sorted(self._known())

    def round(self, decimals=0):
        return around(self, decimals)

    def clip(self, low=None, high=None):
        return clip(self, low, high)

    def fill(self, value):
        self._data = [self.dtype._cast(value)] * self.size

    def repeat(self, repeats, axis=None):
        return repeat(self, repeats, axis)

    def dot(self, other):
        return dot(self, other)

    def view(self, *args):
        return self

    def nonzero(self):
        return nonzero(self)

    def __add__(self, other):
        return _binary(self, other, lambda a, b: a + b)

    def __radd__(self, other):
        return _binary(other, self, lambda a, b: a + b)

    def __sub__(self, other):
        return _binary(self, other, lambda a, b: a - b)

    def __rsub__(self, other):
        return _binary(other, self, lambda a, b: a - b)

    def __mul__(self, other):
        return _binary(self, other, lambda a, b: a * b)

    def __rmul__(self, other):
        return _binary(other, self, lambda a, b: a * b)

    def __truediv__(self, other):
        return _binary(self, other, _divide, "float")

    def __rtruediv__(self, other):
        return _binary(other, self, _divide, "float")

    def __floordiv__(self, other):
        return _binary(self, other, lambda a, b: a // b)

    def __rfloordiv__(self, other):
        return _binary(other, self, lambda a, b: a // b)

    def __mod__(self, other):
        return _binary(self, other, lambda a, b: a % b)

    def __rmod__(self, other):
        return _binary(other, self, lambda a, b: a % b)

    def __pow__(self, other):
        return _binary(self, other, lambda a, b: a**b)

    def __rpow__(self, other):
        return _binary(other, self, lambda a, b: a**b)

    def __matmul__(self, other):
        return dot(self, other)

    def __and__(self, other):
        return _binary(self, other, lambda a, b: a & b)

    def __or__(self, other):
        return _binary(self, other, lambda a, b: a | b)

    def __xor__(self, other):
        return _binary(self, other, lambda a, b: a ^ b)

    def __eq__(self, other):
        return _binary(self, other, lambda a, b: a == b, "bool")

    def __ne__(self, other):
        return _binary(self, other, lambda a, b: a != b, "bool")

    def __lt__(self, other):
        return _binary(self, other, lambda a, b: a < b, "bool")

    def __le__(self, other):
        return _binary(self, other, lambda a, b: a <= b, "bool")

    def __gt__(self, other):
        return _binary(self, other, lambda a, b: a > b, "bool")

    def __ge__(self, other):
        return _binary(self, other, lambda a, b: a >= b, "bool")

    def __neg__(self):
        return _unary(self, lambda a: -a)

    def __invert__(self):
        return _unary(self, (lambda a: not a) if self.dtype.name == "bool" else lambda a: ~a)

    def __abs__(self):
        return _unary(self, abs_builtin)


def _dtype(kind):
    return kind if isinstance(kind, dtype) else dtype(kind)


def _divide(a, b):
    if b == 0:
        return nan if a == 0 or a != a else inf if a > 0 else -inf
    return a / b


def _binary(left, right, function, kind=None):
    if not isinstance(left, (ndarray, list, tuple, int, float)) or not isinstance(right, (ndarray, list, tuple, int, float)):
        return NotImplemented
    # A plain number takes the array's type unless it is of another kind.
    names = [each.dtype.name for each in (left, right) if isinstance(each, ndarray)]
    left, right = asarray(left), asarray(right)
    name = kind
    if kind is None or kind == "float":
        name = _widest(names) if names else "float64"
        if any_builtin(_RANK.index(each.dtype.name) > 5 if each.dtype.name in _RANK else False for each in (left, right)) and name in _RANK[:6]:
            name = "float64"
        if len(names) < 2 and name == "bool":
            name = _widest([left.dtype.name, right.dtype.name])
        if kind == "float" and not name.startswith("float"):
            name = "float64"
    shape = _broadcast_shape(left.shape, right.shape)
    if left._data is None or right._data is None or _length(shape) > _LIMIT:
        return ndarray(shape, name)
    cast = dtype(name)._cast
    if left.shape == right.shape:
        pairs = zip(left._data, right._data)
    else:
        pairs = [(left._data[i], right._data[j]) for i, j in zip(_indices(left.shape, shape), _indices(right.shape, shape))]
    return ndarray(shape, name, [cast(function(a, b)) for a, b in pairs])


def _unary(value, function, kind=None):
    if isinstance(value, ndarray):
        name = kind or value.dtype.name
        if kind == "float":
            name = value.dtype.name if value.dtype.kind == "f" else "float64"
        return ndarray(value.shape, name, None if value._data is None else [function(item) for item in value._data])
    if isinstance(value, (list, tuple)):
        return _unary(array(value), function, kind)
    if hasattr(value, "tolist") and not isinstance(value, float):
        return _unary(asarray(value.tolist()), function, kind)
    result = function(value)
    return float64(result) if type(result) is float else result


def _shape_of(value):
    shape = []
    while isinstance(value, (list, tuple, ndarray)):
        if isinstance(value, ndarray):
            return tuple(shape) + value.shape
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(shape)


def _flatten(value, out):
    if isinstance(value, ndarray):
        out.extend(value._known())
    elif isinstance(value, (list, tuple)):
        for item in value:
            _flatten(item, out)
    else:
        out.append(value)


def array(value, dtype=None, copy=True, order=None, ndmin=0):
    if isinstance(value, ndarray):
        return value.copy() if dtype is None else value.astype(dtype)
    if isinstance(value, range):
        value = list(value)
    if not isinstance(value, (list, tuple, int, float)) and hasattr(value, "tolist"):
        value = value.tolist()
    shape = _shape_of(value)
    if _length(shape) > _LIMIT:
        return ndarray(shape, dtype or "float64")
    data = []
    _flatten(value, data)
    if len(data) != _length(shape):
        raise ValueError("setting an array element with a sequence. The requested array has an inhomogeneous shape")
    kind = _dtype(dtype if dtype is not None else _widest([_of_value(item) for item in data]) if data else "float64")
    if kind.name != "object":
        data = [kind._cast(item) for item in data]
    return ndarray(shape, kind, data)


def asarray(value, dtype=None, order=None):
    return value if isinstance(value, ndarray) and (dtype is None or value.dtype == dtype) else array(value, dtype)


ascontiguousarray = asanyarray = asarray


def copy(value):
    return array(value)


def full(shape, fill_value, dtype=None, order=None):
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    kind = _dtype(dtype if dtype is not None else _of_value(fill_value))
    return ndarray(shape, kind, [kind._cast(fill_value)] * _length(shape) if _length(shape) <= _LIMIT else None)


def zeros(shape, dtype=None, order=None):
    return full(shape, 0, dtype or "float64")


def ones(shape, dtype=None, order=None):
    return full(shape, 1, dtype or "float64")


def empty(shape, dtype=None, order=None):
    return zeros(shape, dtype)


def zeros_like(value, dtype=None):
    value = asarray(value)
    return zeros(value.shape, dtype or value.dtype)


def ones_like(value, dtype=None):
    value = asarray(value)
    return ones(value.shape, dtype or value.dtype)


def full_like(value, fill_value, dtype=None):
    value = asarray(value)
    return full(value.shape, fill_value, dtype or value.dtype)


empty_like = zeros_like


def eye(n, m=None, k=0, dtype=None):
    made = zeros((n, m or n), dtype)
    for i in range(n):
        if 0 <= i + k < (m or n):
            made[i, i + k] = 1
    return made


identity = eye


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        start, stop = 0, start
    count = max_builtin(0, math.ceil((stop - start) / step))
    kind = dtype or ("int64" if all_builtin(isinstance(each, int) for each in (start, stop, step)) else "float64")
    if count > _LIMIT:
        return ndarray((count,), kind)
    return array([start + i * step for i in range(count)], kind)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    num = int(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    if num > _LIMIT:
        return ndarray((num,), dtype or "float64")
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else nan
    values = [start + i * step if parts > 0 else start * 1.0 for i in range(num)]
    if endpoint and num > 1:
        values[-1] = stop * 1.0
    made = array(values, dtype or "float64")
    return (made, step) if retstep else made


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    return array([base**value for value in linspace(start, stop, num, endpoint).tolist()], dtype or "float64")


def geomspace(start, stop, num=50):
    return logspace(math.log10(start), math.log10(stop), num)


def quick(name):
    """Single numbers go to the host's function of that name."""
    return lambda function: unary(name, function)


def _guarded(function, undefined):
    def guarded(value):
        try:
            return function(value)
        except ValueError:
            return undefined(value)

    return guarded


def _no_logarithm(value):
    return -inf if value == 0 else nan


@quick("sqrt")
def sqrt(value):
    return _unary(value, _guarded(math.sqrt, lambda value: nan), "float")


@quick("log")
def log(value):
    return _unary(value, _guarded(math.log, _no_logarithm), "float")


@quick("log2")
def log2(value):
    return _unary(value, _guarded(math.log2, _no_logarithm), "float")


@quick("log10")
def log10(value):
    return _unary(value, _guarded(math.log10, _no_logarithm), "float")


@quick("log1p")
def log1p(value):
    return _unary(value, _guarded(math.log1p, _no_logarithm), "float")


@quick("exp")
def exp(value):
    return _unary(value, math.exp, "float")


@quick("expm1")
def expm1(value):
    return _unary(value, math.expm1, "float")


@quick("sin")
def sin(value):
    return _unary(value, math.sin, "float")


@quick("cos")
def cos(value):
    return _unary(value, math.cos, "float")


@quick("tan")
def tan(value):
    return _unary(value, math.tan, "float")


@quick("arcsin")
def arcsin(value):
    return _unary(value, math.asin, "float")


@quick("arccos")
def arccos(value):
    return _unary(value, math.acos, "float")


@quick("arctan")
def arctan(value):
    return _unary(value, math.atan, "float")


@quick("tanh")
def tanh(value):
    return _unary(value, math.tanh, "float")


@quick("sinh")
def sinh(value):
    return _unary(value, math.sinh, "float")


@quick("cosh")
def cosh(value):
    return _unary(value, math.cosh, "float")


def deg2rad(value):
    return _unary(value, math.radians, "float")


radians = deg2rad


def rad2deg(value):
    return _unary(value, math.degrees, "float")


@quick("ceil")
def ceil(value):
    return _unary(value, lambda item: float(math.ceil(item)), "float")


@quick("floor")
def floor(value):
    return _unary(value, lambda item: float(math.floor(item)), "float")


@quick("trunc")
def trunc(value):
    return _unary(value, lambda item: float(math.trunc(item)), "float")


@quick("rint")
def rint(value):
    return _unary(value, lambda item: float(round_builtin(item)), "float")


def around(value, decimals=0):
    return _unary(value, lambda item: item if isinstance(item, int) else float(round_builtin(item, decimals)))


round = around


def square(value):
    return _unary(value, lambda item: item * item)


@quick("sign")
def sign(value):
    return _unary(value, lambda item: (item > 0) - (item < 0))


def absolute(value):
    return _unary(value, abs_builtin)


abs = fabs = absolute


def isnan(value):
    return _unary(value, lambda item: item != item, "bool")


def isinf(value):
    return _unary(value, lambda item: item in (inf, -inf), "bool")


def isfinite(value):
    return _unary(value, math.isfinite, "bool")


def logical_not(value):
    return _unary(value, lambda item: not item, "bool")


def _paired(left, right, function, kind=None):
    if isinstance(left, (list, tuple, ndarray)) or isinstance(right, (list, tuple, ndarray)):
        return _binary(left, right, function, kind)
    return _again(function(left, right))


@power_of
def power(left, right):
    return _paired(left, right, lambda a, b: a**b)


float_power = power


def add(left, right):
    return _paired(left, right, lambda a, b: a + b)


def subtract(left, right):
    return _paired(left, right, lambda a, b: a - b)


def multiply(left, right):
    return _paired(left, right, lambda a, b: a * b)


def divide(left, right):
    return _paired(left, right, _divide, "float")


true_divide = divide


def floor_divide(left, right):
    return _paired(left, right, lambda a, b: a // b)


def mod(left, right):
    return _paired(left, right, lambda a, b: a % b)


remainder = mod


def maximum(left, right):
    return _paired(left, right, lambda a, b: a if a > b else b)


def minimum(left, right):
    return _paired(left, right, lambda a, b: a if a < b else b)


def arctan2(left, right):
    return _paired(left, right, math.atan2, "float")


def hypot(left, right):
    return _paired(left, right, math.hypot, "float")


def lcm(left, right):
    return _paired(left, right, math.lcm)


def gcd(left, right):
    return _paired(left, right, math.gcd)


def logical_and(left, right):
    return _paired(left, right, lambda a, b: a != 0 and b != 0, "bool")


def logical_or(left, right):
    return _paired(left, right, lambda a, b: a != 0 or b != 0, "bool")


def clip(value, low=None, high=None):
    def clipped(item):
        if low is not None and item < low:
            item = low
        return high if high is not None and item > high else item

    return _unary(value, clipped)


def sum(value, axis=None, dtype=None, keepdims=False):
    return asarray(value).sum(axis, keepdims=keepdims)


def prod(value, axis=None, dtype=None, keepdims=False):
    return asarray(value).prod(axis, keepdims=keepdims)


product = prod


def mean(value, axis=None, dtype=None, keepdims=False):
    return asarray(value).mean(axis, keepdims=keepdims)


average = mean


def var(value, axis=None, ddof=0, keepdims=False):
    return asarray(value).var(axis, ddof=ddof, keepdims=keepdims)


def std(value, axis=None, ddof=0, keepdims=False):
    return asarray(value).std(axis, ddof=ddof, keepdims=keepdims)


def max(value, axis=None, keepdims=False):
    return asarray(value).max(axis, keepdims=keepdims)


amax = max


def min(value, axis=None, keepdims=False):
    return asarray(value).min(axis, keepdims=keepdims)


amin = min


def argmax(value, axis=None):
    return asarray(value).argmax(axis)


def argmin(value, axis=None):
    return asarray(value).argmin(axis)


def any(value, axis=None):
    return asarray(value).any(axis)


def all(value, axis=None):
    return asarray(value).all(axis)


def median(value):
    items = sorted(asarray(value)._known())
    middle = len(items) // 2
    return float64(items[middle] if len(items) % 2 else (items[middle - 1] + items[middle]) / 2)


def cumsum(value, axis=None, dtype=None):
    value = asarray(value)
    if axis is not None and value.ndim > 1:
        return stack([cumsum(row) for row in value.transpose()], 1) if axis == 0 else stack([cumsum(row) for row in value], 0)
    total = 0
    sums = []
    for item in value._known():
        total = total + item
        sums.append(total)
    return ndarray((len(sums),), value.dtype, sums)


def cumprod(value, axis=None):
    value = asarray(value)
    total = 1
    products = []
    for item in value._known():
        total = total * item
        products.append(total)
    return ndarray((len(products),), value.dtype, products)


def diff(value, n=1):
    value = asarray(value)
    for _ in range(n):
        value = value[1:] - value[:-1]
    return value


def sort(value, axis=-1):
    value = asarray(value).copy()
    value.sort()
    return value


def argsort(value, axis=-1, kind=None):
    items = asarray(value)._known()
    return array(sorted(range(len(items)), key=lambda i: items[i]), "int64")


def unique(value, return_counts=False):
    items = asarray(value)._known()
    kept = sorted(set(items))
    made = array(kept, asarray(value).dtype)
    return (made, array([items.count(item) for item in kept], "int64")) if return_counts else made


def nonzero(value):
    value = asarray(value)
    found = [i for i, item in enumerate(value._known()) if item]
    return tuple(
        array([i // stride % size for i in found], "int64") for size, stride in zip(value.shape, _strides(value.shape))
    )


def where(condition, left=None, right=None):
    if left is None:
        return nonzero(condition)
    condition, left, right = asarray(condition), asarray(left), asarray(right)
    shape = _broadcast_shape(condition.shape, left.shape, right.shape)
    chosen = [
        left._known()[j] if condition._known()[i] else right._known()[k]
        for i, j, k in zip(_indices(condition.shape, shape), _indices(left.shape, shape), _indices(right.shape, shape))
    ]
    return ndarray(shape, _widest([left.dtype.name, right.dtype.name]), chosen)


def reshape(value, shape):
    return asarray(value).reshape(shape)


def ravel(value):
    return asarray(value).flatten()


def transpose(value, axes=None):
    return asarray(value).transpose() if axes is None else asarray(value).transpose(axes)


def swapaxes(value, a, b):
    value = asarray(value)
    axes = list(range(value.ndim))
    axes[a], axes[b] = axes[b], axes[a]
    return value.transpose(axes)


def moveaxis(value, source, destination):
    value = asarray(value)
    axes = list(range(value.ndim))
    axes.insert(destination % value.ndim, axes.pop(source % value.ndim))
    return value.transpose(axes)


def squeeze(value, axis=None):
    return asarray(value).squeeze(axis)


def expand_dims(value, axis):
    value = asarray(value)
    shape = list(value.shape)
    shape.insert(axis if axis >= 0 else axis + value.ndim + 1, 1)
    return value.reshape(shape)


def atleast_1d(value):
    value = asarray(value)
    return value if value.ndim else value.reshape(1)


def broadcast_to(value, shape):
    value = asarray(value)
    if _length(shape) > _LIMIT or value._data is None:
        return ndarray(shape, value.dtype)
    return ndarray(shape, value.dtype, [value._data[at] for at in _indices(value.shape, tuple(shape))])


def concatenate(arrays, axis=0):
    arrays = [asarray(each) for each in arrays]
    name = _widest([each.dtype.name for each in arrays])
    if axis is None:
        arrays, axis = [each.flatten() for each in arrays], 0
    axis %= arrays[0].ndim
    shape = list(arrays[0].shape)
    shape[axis] = sum_builtin([each.shape[axis] for each in arrays])
    if any_builtin(each._data is None for each in arrays) or _length(shape) > _LIMIT:
        return ndarray(shape, name)
    data = []
    for outer in range(_length(shape[:axis])):
        for each in arrays:
            width = _length(each.shape[axis:])
            data.extend(each._data[outer * width : (outer + 1) * width])
    return ndarray(shape, name, data)


def stack(arrays, axis=0):
    return concatenate([expand_dims(each, axis) for each in arrays], axis)


def vstack(arrays):
    return concatenate([each if asarray(each).ndim > 1 else expand_dims(each, 0) for each in arrays], 0)


def hstack(arrays):
    return concatenate(arrays, 0 if asarray(arrays[0]).ndim == 1 else 1)


def append(value, values, axis=None):
    return concatenate([ravel(value), ravel(values)]) if axis is None else concatenate([value, values], axis)


def repeat(value, repeats, axis=None):
    value = asarray(value).flatten() if axis is None else asarray(value)
    index = [i for i in range(value.shape[axis or 0]) for _ in range(repeats)]
    return value[(slice(None),) * (axis or 0) + (index,)]


def tile(value, reps):
    value = asarray(value)
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    value = value.reshape((1,) * (len(reps) - value.ndim) + value.shape)
    reps = (1,) * (value.ndim - len(reps)) + reps
    for axis, count in enumerate(reps):
        value = concatenate([value] * count, axis)
    return value


def flip(value, axis=None):
    value = asarray(value)
    axes = range(value.ndim) if axis is None else [axis % value.ndim]
    return value[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(value.ndim))]


def array_split(value, sections, axis=0):
    value = asarray(value)
    size, extra = divmod(len(value), sections)
    parts = []
    at = 0
    for i in range(sections):
        width = size + (1 if i < extra else 0)
        parts.append(value[at : at + width])
        at += width
    return parts


split = array_split


def meshgrid(*arrays, indexing="xy"):
    arrays = [asarray(each) for each in arrays]
    order = list(range(len(arrays)))
    if indexing == "xy" and len(order) > 1:
        order[0], order[1] = 1, 0
    shape = tuple(arrays[i].size for i in order)
    made = []
    for i, each in enumerate(arrays):
        own = [1] * len(arrays)
        own[order.index(i)] = each.size
        made.append(broadcast_to(each.reshape(own), shape))
    return made


def tril(value, k=0):
    value = asarray(value).copy()
    for i in range(value.shape[0]):
        for j in range(value.shape[1]):
            if j > i + k:
                value[i, j] = 0
    return value


def triu(value, k=0):
    value = asarray(value).copy()
    for i in range(value.shape[0]):
        for j in range(value.shape[1]):
            if j < i + k:
                value[i, j] = 0
    return value


def diag(value):
    value = asarray(value)
    if value.ndim == 1:
        made = zeros((value.size, value.size), value.dtype)
        for i in range(value.size):
            made[i, i] = value[i]
        return made
    return array([value[i, i] for i in range(min_builtin(value.shape))], value.dtype)


def outer(left, right):
    return ravel(left).reshape(-1, 1) * ravel(right)


def dot(left, right):
    left, right = asarray(left), asarray(right)
    if left.ndim == 1 and right.ndim == 1:
        return (left * right).sum()
    if left.ndim == 2 and right.ndim == 1:
        return array([dot(row, right) for row in left])
    if left.ndim == 1:
        return dot(right.transpose(), left)
    if left.ndim == 2 and right.ndim == 2 and left.shape[0] * right.shape[1] * left.shape[1] <= _LIMIT:
        return array([[dot(row, column) for column in right.transpose()] for row in left])
    return ndarray(left.shape[:-1] + right.shape[:-2] + right.shape[-1:], "float64")


matmul = dot


def allclose(left, right, rtol=1e-05, atol=1e-08):
    return ((asarray(left) - right).__abs__() <= atol + rtol * absolute(asarray(right))).all()


def isclose(left, right, rtol=1e-05, atol=1e-08):
    return _paired(left, right, lambda a, b: a == b or abs_builtin(a - b) <= atol + rtol * abs_builtin(b), "bool")


def array_equal(left, right):
    left, right = asarray(left), asarray(right)
    return left.shape == right.shape and left._known() == right._known()


def ndim(value):
    return asarray(value).ndim


def shape(value):
    return asarray(value).shape


def size(value):
    return asarray(value).size


def isscalar(value):
    return isinstance(value, (int, float, str))


def issubdtype(kind, base):
    kind = dtype(kind).kind
    if base in (floating, float64, float32, float):
        return kind == "f"
    if base in (integer, signedinteger, int64, int):
        return kind in ("i", "u")
    return base in (number, generic) or kind == "b"


class finfo:
    def __init__(self, kind=None):
        name = _dtype(kind).name
        self.dtype = _dtype(kind)
        self.bits = self.dtype.itemsize * 8
        if name == "float16":
            self.max, self.eps, self.tiny = 65504.0, 2.0**-10, 2.0**-14
        elif name == "float32":
            self.max, self.eps, self.tiny = (2 - 2.0**-23) * 2.0**127, 2.0**-23, 2.0**-126
        else:
            self.max, self.eps, self.tiny = (2 - 2.0**-52) * 2.0**1023, 2.0**-52, 2.0**-1022
        self.min = -self.max
        self.smallest_normal = self.tiny
        self.resolution = {16: 1e-3, 32: 1e-6}.get(self.bits, 1e-15)


class iinfo:
    def __init__(self, kind=None):
        kind = _dtype(kind)
        self.dtype = kind
        self.bits = kind.itemsize * 8
        self.max = 2 ** (self.bits - (0 if kind.kind == "u" else 1)) - 1
        self.min = 0 if kind.kind == "u" else -self.max - 1


class _Random:
    def seed(self, *args):
        return None

    def __getattr__(self, name):
        return lambda *args, **kwargs: unknown("numpy.random." + name)


random = _Random()


class errstate:
    def __init__(self, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


def seterr(**kwargs):
    return {}


def set_printoptions(**kwargs):
    return None
