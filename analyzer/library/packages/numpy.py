# numpy on lists, as far as constructors of models use it: what `import numpy` gives.
import math

from _numpy import float64, floating, generic, number, unknown
from _numpy_arrays import (
    _dtype,
    _length,
    _of_value,
    _strides,
    _widest,
    array,
    asarray,
    LIMIT,
    ndarray,
)
from _numpy_elementwise import (
    _paired,
    abs,
    absolute,
    add,
    arccos,
    arcsin,
    arctan,
    arctan2,
    around,
    ceil,
    clip,
    cos,
    cosh,
    deg2rad,
    divide,
    exp,
    expm1,
    fabs,
    float_power,
    floor,
    floor_divide,
    gcd,
    hypot,
    interp,
    isfinite,
    isinf,
    isnan,
    lcm,
    log,
    log10,
    log1p,
    log2,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    mod,
    multiply,
    power,
    rad2deg,
    radians,
    remainder,
    rint,
    round,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    true_divide,
    trunc,
)
from _numpy_names import NAMES
from _numpy_reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    argsort,
    average,
    cumprod,
    cumsum,
    diff,
    max,
    mean,
    median,
    min,
    nonzero,
    prod,
    sort,
    std,
    sum,
    unique,
    var,
    where,
)
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
