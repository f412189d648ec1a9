"""numpy's functions that rearrange, join and cut arrays."""

from _numpy_arrays import _indices, _length, _widest, array, asarray, LIMIT, ndarray
from builtins import any as any_builtin
from builtins import min as min_builtin
from builtins import sum as sum_builtin
from numpy import zeros


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
    if _length(shape) > LIMIT or value._data is None:
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
    if any_builtin(each._data is None for each in arrays) or _length(shape) > LIMIT:
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
