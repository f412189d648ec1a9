"""Arrays: a flat list, a shape and a type."""

import math

from _numpy import float64, unknown
from _numpy_types import _RANK, dtype
from builtins import abs as abs_builtin
from builtins import all as all_builtin
from builtins import any as any_builtin
from builtins import max as max_builtin
from builtins import min as min_builtin
from builtins import sum as sum_builtin
from numpy import argsort, around, clip, cumsum, dot, nonzero, repeat, sqrt

inf = math.inf
nan = math.nan

# Arrays with more elements keep their shape and type and forget their contents.
LIMIT = 65536


def _again(value):
    return float64(value) if type(value) is float else value


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


def _positions(steps):
    """The positions in a flat array that take one of the steps along each axis."""
    positions = [0]
    for choices in steps:
        positions = [at + step for at in positions for step in choices]
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

    def trace(self, offset=0):
        rows, columns = self.shape
        data = self._known()
        return _again(sum_builtin(data[i * columns + i + offset] for i in range(rows) if 0 <= i + offset < columns))

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
        """What a key means on each axis, as flat steps, and the shape of the result."""
        key = key if isinstance(key, tuple) else (key,)
        missing = self.ndim - sum_builtin(1 for each in key if each is not None and each is not Ellipsis)
        expanded = []
        for each in key:
            expanded.extend([slice(None)] * missing if each is Ellipsis else [each])
        if Ellipsis not in key:
            expanded.extend([slice(None)] * missing)
        shape = []
        steps = []
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
                steps.append([index % size * stride])
                continue
            shape.append(len(chosen))
            steps.append([index % size * stride for index in chosen])
        return steps, tuple(shape)

    def __getitem__(self, key):
        if isinstance(key, ndarray) and key.dtype.name == "bool" and key.shape == self.shape:
            kept = [value for value, wanted in zip(self._known(), key._known()) if wanted]
            return ndarray((len(kept),), self.dtype, kept)
        steps, shape = self._select(key)
        if self._data is None or _length(shape) > LIMIT:
            return ndarray(shape, self.dtype)
        picked = ndarray(shape, self.dtype, [self._data[at] for at in _positions(steps)])
        return picked if shape or isinstance(key, ndarray) else picked._scalar()

    def __setitem__(self, key, value):
        if self._data is None:
            return
        if isinstance(key, ndarray) and key.dtype.name == "bool" and key.shape == self.shape:
            positions = [i for i, wanted in enumerate(key._known()) if wanted]
            shape = (len(positions),)
        else:
            steps, shape = self._select(key)
            positions = _positions(steps)
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
    if left._data is None or right._data is None or _length(shape) > LIMIT:
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
    if hasattr(type(value), "__array__"):
        return array(value.__array__(), dtype, copy, order, ndmin)
    if not isinstance(value, (list, tuple, int, float)) and hasattr(value, "tolist"):
        value = value.tolist()
    shape = _shape_of(value)
    if _length(shape) > LIMIT:
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
