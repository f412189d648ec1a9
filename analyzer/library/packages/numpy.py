# numpy on lists, as far as constructors of models use it: what `import numpy` gives.
import math

from _numpy import float64, floating, generic, number, unary, unknown
from _numpy import power as power_of
from _numpy_arrays import (
    _again,
    _binary,
    _broadcast_shape,
    _divide,
    _dtype,
    _indices,
    _length,
    _of_value,
    _strides,
    _unary,
    _widest,
    array,
    asarray,
    LIMIT,
    ndarray,
)
from _numpy_names import NAMES
from _numpy_shapes import (
    append,
    array_split,
    atleast_1d,
    broadcast_to,
    concatenate,
    diag,
    expand_dims,
    flip,
    hstack,
    meshgrid,
    moveaxis,
    ravel,
    repeat,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    tile,
    transpose,
    tril,
    triu,
    vstack,
)
from _numpy_types import (
    bool_,
    complex128,
    complex64,
    double,
    dtype,
    float16,
    float32,
    half,
    int16,
    int32,
    int64,
    int8,
    int_,
    integer,
    intp,
    longlong,
    object_,
    signedinteger,
    single,
    str_,
    uint16,
    uint32,
    uint64,
    uint8,
    unsignedinteger,
)
from _numpy_types import bool_ as bool
from builtins import abs as abs_builtin
from builtins import all as all_builtin
from builtins import any as any_builtin
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

ascontiguousarray = asanyarray = asarray


def copy(value):
    return array(value)


def full(shape, fill_value, dtype=None, order=None):
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    kind = _dtype(dtype if dtype is not None else _of_value(fill_value))
    return ndarray(shape, kind, [kind._cast(fill_value)] * _length(shape) if _length(shape) <= LIMIT else None)


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
    if count > LIMIT:
        return ndarray((count,), kind)
    return array([start + i * step for i in range(count)], kind)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    num = int(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    if num > LIMIT:
        return ndarray((num,), dtype or "float64")
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else nan
    values = [start + i * step if parts > 0 else start * 1.0 for i in range(num)]
    if endpoint and num > 1:
        values[-1] = stop * 1.0
    made = array(values, dtype or "float64")
    return (made, step) if retstep else made


def _window(M, value):
    """A window of M points; `value` is asked with a position and the last one; the first is its negative."""
    if M < 1:
        return array([], "float64")
    if M == 1:
        return array([1.0], "float64")
    if M > LIMIT:
        return ndarray((M,), "float64")
    return array([value(at, M - 1) for at in range(1 - M, M, 2)], "float64")


def hanning(M):
    return _window(M, lambda at, end: 0.5 + 0.5 * math.cos(math.pi * at / end))


def hamming(M):
    return _window(M, lambda at, end: 0.54 + 0.46 * math.cos(math.pi * at / end))


def blackman(M):
    return _window(M, lambda at, end: 0.42 + 0.5 * math.cos(math.pi * at / end) + 0.08 * math.cos(2.0 * math.pi * at / end))


def bartlett(M):
    return _window(M, lambda at, end: 1 + at / end if at <= 0 else 1 - at / end)


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
    if left.ndim == 2 and right.ndim == 2 and left.shape[0] * right.shape[1] * left.shape[1] <= LIMIT:
        return array([[dot(row, column) for column in right.transpose()] for row in left])
    return ndarray(left.shape[:-1] + right.shape[:-2] + right.shape[-1:], "float64")


matmul = dot


def einsum(subscripts, *operands, **kwargs):
    if not isinstance(subscripts, str) or "." in subscripts:
        return unknown("numpy.einsum")
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    if not arrow:
        output = "".join(sorted(letter for letter in inputs.replace(",", "") if inputs.count(letter) == 1))
    inputs, operands = inputs.split(","), [asarray(operand) for operand in operands]
    if [len(names) for names in inputs] != [operand.ndim for operand in operands]:
        raise ValueError("einstein sum subscripts string does not fit the operands")
    sizes = {}
    for names, operand in zip(inputs, operands):
        for letter, size in zip(names, operand.shape):
            sizes[letter] = max_builtin(size, sizes.get(letter, 1))
    shape = [sizes[letter] for letter in output]
    kind = _widest([operand.dtype.name for operand in operands])
    if _length(sizes.values()) > LIMIT or any_builtin(operand._data is None for operand in operands):
        return ndarray(shape, kind)
    letters = output + "".join(letter for letter in sizes if letter not in output)
    products = [1] * _length(sizes.values())
    for names, operand in zip(inputs, operands):
        positions = [0]
        for letter in letters:
            strides = zip(names, operand.shape, _strides(operand.shape))
            step = sum_builtin(stride for name, size, stride in strides if name == letter and size != 1)
            positions = [at + i * step for at in positions for i in range(sizes[letter])]
        products = [product * operand._data[at] for product, at in zip(products, positions)]
    summed = _length(sizes.values()) // (_length(shape) or 1)
    return ndarray(shape, kind, [sum_builtin(products[i : i + summed]) for i in range(0, len(products), summed or 1)])


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


def __getattr__(name):
    if name in NAMES.split():
        return unknown("numpy." + name)
    raise AttributeError(f"module 'numpy' has no attribute {name!r}")
