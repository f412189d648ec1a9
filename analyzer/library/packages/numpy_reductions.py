# numpy's functions of an array as a whole: sums, extremes, order, what is where.
from _numpy import float64
from _numpy_arrays import _broadcast_shape, _indices, _strides, _widest, array, asarray, ndarray
from _numpy_shapes import stack


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
