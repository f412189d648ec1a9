# numpy's functions of each element of an array by itself, and of pairs of them.
import math

from _numpy import power as power_of
from _numpy import unary, unknown
from _numpy_arrays import _again, _binary, _divide, _unary, asarray, ndarray
from builtins import abs as abs_builtin
from builtins import round as round_builtin

inf = math.inf
nan = math.nan


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


def interp(x, xp, fp, left=None, right=None):
    """The straight line through the points xp, fp, of which xp counts up."""
    points, values = asarray(xp), asarray(fp)
    if points._data is None or values._data is None:
        return ndarray(x.shape, "float64") if isinstance(x, ndarray) else unknown("numpy.interp")
    points, values = points._data, values._data

    def between(at):
        if at < points[0]:
            return float(values[0] if left is None else left)
        if at > points[-1]:
            return float(values[-1] if right is None else right)
        low, high = 0, len(points) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if points[middle] <= at else (low, middle)
        if at == points[high]:
            return float(values[high])
        slope = (values[high] - values[low]) / (points[high] - points[low])
        return float(slope * (at - points[low]) + values[low])

    return _unary(x, between, "float")
