"""torch.distributed as one process of a group finds it.  Nothing is sent and no value is computed: what counts is which part
of each tensor a rank holds.  Shards are those of torch 2.13."""

import math

import torch

_RANK = 0
_WORLD = None  # how many processes there are, once there is a group


def _enter(rank, world):
    """From now on the evaluated code is process `rank` of `world`; of none, where that is None."""
    global _RANK, _WORLD
    _RANK, _WORLD = rank, world


def is_initialized():
    return _WORLD is not None


def _initialized():
    if _WORLD is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")


def get_rank(group=None):
    _initialized()
    return _RANK if group is None else group.ranks.index(_RANK)


def get_world_size(group=None):
    _initialized()
    return _WORLD if group is None else len(group.ranks)


def get_backend(group=None):
    _initialized()
    return "gloo"


def get_process_group_ranks(group=None):
    return list(range(_WORLD)) if group is None else list(group.ranks)


def get_global_rank(group, group_rank):
    return group.ranks[group_rank]


def barrier(*args, **kwargs):
    return None


def all_reduce(tensor, *args, **kwargs):
    return None


def broadcast(tensor, *args, **kwargs):
    return None


class ProcessGroup:
    def __init__(self, ranks):
        self.ranks = ranks

    def size(self):
        return len(self.ranks)

    def rank(self):
        return self.ranks.index(_RANK)


class DeviceMesh:
    """Ranks in a grid.  `_axes`: the name, the size and the stride in ranks of each dimension, the outermost first."""

    def __init__(self, device_type, axes):
        self.device_type = device_type
        self._axes = axes

    @property
    def ndim(self):
        return len(self._axes)

    @property
    def shape(self):
        return tuple(size for _, size, _ in self._axes)

    @property
    def mesh_dim_names(self):
        names = tuple(name for name, _, _ in self._axes)
        return None if None in names else names

    def size(self, mesh_dim=None):
        if mesh_dim is not None:
            return self._axes[mesh_dim][1]
        count = 1
        for _, size, _ in self._axes:
            count *= size
        return count

    def _axis(self, mesh_dim):
        if mesh_dim is None:
            if len(self._axes) > 1:
                raise RuntimeError(
                    f"Found the DeviceMesh have {len(self._axes)} dimensions",
                    "Optional kwarg `mesh_dim` needs to be specified when device_mesh.ndim > 1.",
                )
            return self._axes[0]
        if isinstance(mesh_dim, str):
            return self._named(mesh_dim)
        return self._axes[mesh_dim]

    def _named(self, name):
        for axis in self._axes:
            if axis[0] == name:
                return axis
        raise KeyError(f"Invalid mesh_dim_name {name} specified. Valid mesh_dim_names are {list(self.mesh_dim_names or ())}.")

    def get_local_rank(self, mesh_dim=None):
        _, size, stride = self._axis(mesh_dim)
        return _RANK // stride % size

    def get_coordinate(self):
        return [_RANK // stride % size for _, size, stride in self._axes]

    def get_rank(self):
        return _RANK

    def get_group(self, mesh_dim=None):
        _, size, stride = self._axis(mesh_dim)
        first = _RANK - _RANK // stride % size * stride
        return ProcessGroup([first + at * stride for at in range(size)])

    def __getitem__(self, names):
        names = (names,) if isinstance(names, str) else names
        return DeviceMesh(self.device_type, [self._named(name) for name in names])

    def __eq__(self, other):
        return isinstance(other, DeviceMesh) and self._axes == other._axes

    def __hash__(self):
        return hash(tuple(self._axes))

    def __repr__(self):
        sizes = ", ".join(f"{name}={size}" for name, size, _ in self._axes)
        return f"DeviceMesh(({sizes}), '{self.device_type}')"


def init_device_mesh(device_type, mesh_shape, *, mesh_dim_names=None, backend_override=None):
    names = mesh_dim_names or (None,) * len(mesh_shape)
    stride = 1
    for size in mesh_shape:
        stride *= size
    axes = []
    for name, size in zip(names, mesh_shape):
        stride //= size
        axes.append((name, size, stride))
    mesh = DeviceMesh(device_type, axes)
    if mesh.size() > get_world_size():
        raise RuntimeError(
            f"Mesh should not be bigger than default world size {get_world_size()}, but found {mesh.size()} ranks!"
        )
    return mesh


class Placement:
    def is_shard(self, dim=None):
        return False

    def is_replicate(self):
        return False

    def is_partial(self, reduce_op=None):
        return False


def _chunk(size, count, at):
    full = (size + count - 1) // count
    start = min(size, full * at)
    return max(0, min(size, start + full) - start), start


class Shard(Placement):
    def __init__(self, dim):
        self.dim = dim

    def is_shard(self, dim=None):
        return dim is None or self.dim == dim

    @staticmethod
    def local_shard_size_and_offset(curr_local_size, num_chunks, rank):
        return _chunk(curr_local_size, num_chunks, rank)

    def _local_size(self, size, count, at):
        return _chunk(size, count, at)[0]

    def _of_dim(self, dim):
        return Shard(dim)

    def __eq__(self, other):
        return isinstance(other, Shard) and self.dim == other.dim

    def __hash__(self):
        return hash(self.dim)

    def __repr__(self):
        return f"Shard(dim={self.dim})"


class _StridedShard(Placement):
    def __init__(self, dim, *, split_factor):
        self.dim = dim
        self.split_factor = split_factor

    def _local_size(self, size, count, at):
        groups = [_chunk(size, self.split_factor, group)[0] for group in range(self.split_factor)]
        return sum(_chunk(group, count, at)[0] for group in groups)

    def _of_dim(self, dim):
        return _StridedShard(dim, split_factor=self.split_factor)

    def __eq__(self, other):
        return isinstance(other, _StridedShard) and (self.dim, self.split_factor) == (other.dim, other.split_factor)

    def __hash__(self):
        return hash((self.dim, self.split_factor))

    def __repr__(self):
        return f"_StridedShard(dim={self.dim}, sf={self.split_factor})"


class Replicate(Placement):
    def is_replicate(self):
        return True

    def __eq__(self, other):
        return isinstance(other, Replicate)

    def __hash__(self):
        return -1

    def __repr__(self):
        return "Replicate()"


class Partial(Placement):
    def __init__(self, reduce_op="sum"):
        self.reduce_op = reduce_op

    def is_partial(self, reduce_op=None):
        return reduce_op is None or self.reduce_op == reduce_op

    def __eq__(self, other):
        return isinstance(other, Partial) and self.reduce_op == other.reduce_op

    def __hash__(self):
        return 1 + hash(self.reduce_op)

    def __repr__(self):
        return f"Partial({self.reduce_op})"


def _coordinate(mesh, at):
    _, size, stride = mesh._axes[at]
    return size, _RANK // stride % size


def compute_local_shape_and_global_offset(global_shape, mesh, placements, skip_offset=False):
    shape, offsets = list(global_shape), [0] * len(global_shape)
    for at, placement in enumerate(placements):
        if not isinstance(placement, (Shard, _StridedShard)):
            continue
        dim = placement.dim % len(shape) if shape else placement.dim
        size, coordinate = _coordinate(mesh, at)
        if isinstance(placement, Shard):
            shape[dim], start = _chunk(shape[dim], size, coordinate)
            offsets[dim] += start
        else:
            shape[dim] = placement._local_size(shape[dim], size, coordinate)
    return tuple(shape), tuple(offsets)


class DTensor(torch.Tensor):
    """A tensor of its global shape, which knows how it lies on the ranks: `_mesh`, `_placements`."""

    @property
    def device_mesh(self):
        return self._mesh

    @property
    def placements(self):
        return self._placements

    # What is there of the rank's part, where that is not what a part has (`from_local`).
    _taken = None

    @property
    def _local_tensor(self):
        if self._taken is not None:
            return torch.empty(self._taken, dtype=self.dtype, device=self.device)
        local, _ = compute_local_shape_and_global_offset(self.shape, self._mesh, self._placements, True)
        return torch.empty(local, dtype=self.dtype, device=self.device)

    def to_local(self, *, grad_placements=None):
        return self._local_tensor

    def full_tensor(self, *, grad_placements=None):
        return torch.empty(self.shape, dtype=self.dtype, device=self.device)

    def redistribute(self, device_mesh=None, placements=None, *, async_op=False, forward_dtype=None, backward_dtype=None):
        if self._taken is not None:
            _put_together(self, placements)
        return _lay(torch.empty(self.shape, dtype=self.dtype, device=self.device), device_mesh or self._mesh, placements)

    @staticmethod
    def from_local(local_tensor, device_mesh=None, placements=None, *, run_check=False, shape=None, stride=None):
        if placements is None:
            placements = [Replicate()] * device_mesh.ndim
        if shape is None:
            shape = list(local_tensor.shape)
            for at, placement in enumerate(placements):
                if isinstance(placement, (Shard, _StridedShard)):
                    shape[placement.dim] *= device_mesh._axes[at][1]
        made = _lay(torch.empty(tuple(shape), dtype=local_tensor.dtype, device=local_tensor.device), device_mesh, placements)
        if compute_local_shape_and_global_offset(made.shape, device_mesh, made._placements, True)[0] != tuple(local_tensor.shape):
            made._taken = tuple(local_tensor.shape)
        return made


class _DTensorParameter(DTensor, torch.nn.Parameter):
    """What torch.nn.Parameter makes of a DTensor: the same, marked as a parameter."""


_DTensorParameter.__name__ = "DTensor"
DTensor._parameter_class = _DTensorParameter


def _lay(tensor, mesh, placements):
    made = tensor.as_subclass(DTensor)
    made._mesh = mesh
    made._placements = tuple(
        placement._of_dim(placement.dim % tensor.ndim)
        if isinstance(placement, (Shard, _StridedShard)) and tensor.ndim > 0
        else placement
        for placement in placements
    )
    return made


_misread = []  # what was put together of other parts than those it was taken for, in words


# All ranks' parts one after the other, which are not what torch takes them for: parts of a size that divides raise, others are
# padded or cut to the size that they should have, and nothing is said.
def _put_together(tensor, placements):
    for at, placement in enumerate(tensor._placements):
        if not isinstance(placement, Shard) or placements[at] == placement:
            continue
        size, there = tensor.shape[placement.dim], tensor._taken[placement.dim]
        count, coordinate = _coordinate(tensor._mesh, at)
        part, _ = _chunk(size, count, coordinate)
        if there == part:
            continue
        if size % count == 0:
            raise RuntimeError(f"narrow unexpectedly changed concrete size on dim {placement.dim}: {there * count} -> {size}")
        _misread.append(f"{size} of dimension {placement.dim} are put together of parts of {there}, each cut or padded to {_chunk(size, count, 0)[0]}")


def distribute_tensor(tensor, device_mesh=None, placements=None, *, src_data_rank=0):
    if placements is None:
        placements = [Replicate() for _ in range(device_mesh.ndim)]
    if len(placements) != device_mesh.ndim:
        raise ValueError(
            f"`placements` must have the same length as `device_mesh.ndim`! Found placements length: {len(placements)}, "
            f"and device_mesh.ndim: {device_mesh.ndim}."
        )
    if isinstance(tensor, DTensor):
        if tensor.device_mesh != device_mesh:
            raise ValueError(
                f"Cannot distribute a DTensor with device mesh {tensor.device_mesh} to a different device mesh {device_mesh}."
            )
        if tensor.placements != tuple(placements):
            raise ValueError(
                f"Cannot distribute a DTensor with placements {tensor.placements} to a different placements {placements}. do "
                "you want to call `redistribute` instead?"
            )
        return tensor
    for placement in placements:
        if not isinstance(placement, (Shard, _StridedShard)):
            continue
        dim = placement.dim + tensor.ndim if placement.dim < 0 else placement.dim
        if dim > tensor.ndim:
            raise AssertionError(f"Sharding dim {dim} greater than tensor ndim {tensor.ndim}")
        if tensor.ndim == 0:
            raise AssertionError("Expected tensor.dim() > 0, got 0")
        if not 0 <= dim < tensor.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-tensor.ndim}, {tensor.ndim - 1}], but got {dim})"
            )
    return _lay(tensor.detach(), device_mesh, placements)


def _refuse_mixed(operation, *tensors):
    if not all(isinstance(tensor, DTensor) for tensor in tensors):
        raise RuntimeError(
            f"aten.{operation}.default got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to DTensor before calling "
            "distributed operators!"
        )


# torch.nn.Embedding.forward with a weight that is laid out
def _embedding(input, weight):
    _refuse_mixed("embedding", input, weight)
    placements = []
    for placement in weight._placements:
        if not isinstance(placement, Shard):
            placements.append(placement)
        else:
            placements.append(Partial() if placement.dim == 0 else Shard(input.ndim))
    shape = (*input.shape, weight.shape[1])
    return _lay(torch.empty(shape, dtype=weight.dtype, device=weight.device), weight._mesh, placements)


# A tensor that is laid out, times a number or a tensor of one: as it lay. None where that is not followed.
def _times(tensor, factor):
    is_one = isinstance(factor, (int, float)) or isinstance(factor, torch.Tensor) and not isinstance(factor, DTensor) and factor.ndim == 0
    if not is_one or tensor._taken is not None:
        return None
    return _lay(torch.empty(tensor.shape, dtype=tensor.dtype, device=tensor.device) * factor, tensor._mesh, tensor._placements)


# How the output of a linear layer lies; None where torch lays its input or weight out anew first.
def _of_product(input, weight, last):
    if input == Shard(last) and weight == Shard(1):
        return Partial()
    if input == Replicate() and weight == Shard(0):
        return Shard(last)
    return input if input == weight == Replicate() else None


# torch.nn.Linear.forward where something is laid out; None where that is not followed
def _linear(input, weight, bias):
    _refuse_mixed("mm" if bias is None else "addmm", input, weight, *(() if bias is None else (bias,)))
    if input.shape[-1] != weight.shape[1]:
        rows = math.prod(input.shape[:-1])
        raise RuntimeError(
            f"a and b must have same reduction dim, but got [{rows}, {input.shape[-1]}] X [{weight.shape[1]}, {weight.shape[0]}]."
        )
    last = input.ndim - 1
    placements = [_of_product(*pair, last) for pair in zip(input._placements, weight._placements)]
    if None in placements or input._taken is not None or weight._taken is not None:
        return None
    if bias is not None and list(bias._placements) != [Shard(0) if each == Shard(last) else each for each in placements]:
        return None
    shape = (*input.shape[:-1], weight.shape[0])
    return _lay(torch.empty(shape, dtype=weight.dtype, device=weight.device), weight._mesh, placements)
