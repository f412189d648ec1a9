"""What torch has beside tensors: switches, decorators and questions with one answer where there is no accelerator."""

from collections import namedtuple

import torch


# ---- of other functions


def vander(x, N=None, increasing=False):
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    columns = x.size(0) if N is None else N
    if columns < 0:
        raise RuntimeError("N must be non-negative.")
    powers = torch.arange(columns, device=x.device)
    return x.unsqueeze(-1) ** (powers if increasing else powers.flip(0))


def _trapezoids(y, x, dx, dim):
    """Twice the areas between neighbours along a dimension."""
    sides = y.narrow(dim, 0, y.shape[dim] - 1) + y.narrow(dim, 1, y.shape[dim] - 1)
    if x is None:
        return sides * dx
    if x.dim() == 1:
        widths = x[1:] - x[:-1]
        return sides * widths.reshape([-1 if i == dim % y.dim() else 1 for i in range(y.dim())])
    return sides * (x.narrow(dim, 1, x.shape[dim] - 1) - x.narrow(dim, 0, x.shape[dim] - 1))


def trapezoid(y, x=None, *, dx=1, dim=-1):
    if y.shape[dim] == 0:
        return y.sum(dim) / 2
    return _trapezoids(y, x, dx, dim).sum(dim) / 2


trapz = trapezoid


def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    return _trapezoids(y, x, dx, dim).cumsum(dim) / 2


# ---- questions


def _false(*args, **kwargs):
    return False


def _zero(*args, **kwargs):
    return 0


def _nothing(*args, **kwargs):
    return None


def _true(*args, **kwargs):
    return True


is_autocast_enabled = is_autocast_cpu_enabled = is_autocast_cache_enabled = _false
are_deterministic_algorithms_enabled = is_deterministic_algorithms_warn_only_enabled = _false
is_inference_mode_enabled = is_anomaly_enabled = is_storage = is_warn_always_enabled = _false
has_torch_function = has_torch_function_unary = has_torch_function_variadic = _false
is_available = is_built = is_initialized = is_bf16_supported = is_current_stream_capturing = _false
is_compiling = is_exporting = is_dynamo_compiling = is_scripting = is_tracing = _false
is_in_onnx_export = is_fx_tracing = is_torchelastic_launched = is_gloo_available = is_nccl_available = _false
is_mpi_available = is_ucc_available = is_tf32_supported = is_dynamo_supported = is_inductor_supported = _false
is_fx_symbolic_tracing = is_scripting_enabled = _false
device_count = _device_count = get_rng_state_size = memory_allocated = max_memory_allocated = memory_reserved = _zero
use_deterministic_algorithms = set_float32_matmul_precision = set_printoptions = set_num_threads = _nothing
set_num_interop_threads = set_flush_denormal = set_warn_always = set_deterministic_debug_mode = _nothing
set_autocast_enabled = set_autocast_dtype = set_autocast_cache_enabled = clear_autocast_cache = _nothing
empty_cache = synchronize = manual_seed_all = set_device = reset_peak_memory_stats = set_rng_state = _nothing
mark_static_address = mark_dynamic = maybe_mark_dynamic = mark_static = graph_break = reset = set_stance = _nothing
cudagraph_mark_step_begin = current_accelerator = assert_async = _assert = _assert_async = _nothing
is_distributed_available = _true
add_safe_globals = save = _nothing


def _check(condition, message=None):
    if condition is False:
        raise RuntimeError("Expected cond to be True, but got False.")


_check_with = _check_is_size = _check_value = _nothing


def get_autocast_dtype(device_type):
    return torch.bfloat16 if device_type == "cpu" else torch.float16


def get_autocast_gpu_dtype():
    return torch.float16


def get_autocast_cpu_dtype():
    return torch.bfloat16


def get_float32_matmul_precision():
    return "highest"


def get_num_threads():
    return 1


get_num_interop_threads = get_num_threads


def get_deterministic_debug_mode():
    return 0


def typename(value):
    if isinstance(value, torch.Tensor):
        return value.type()
    kind = value if isinstance(value, type) else type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def sym_int(value):
    return int(value)


def sym_float(value):
    return float(value)


def sym_not(value):
    return not value


def sym_max(a, b):
    return max(a, b)


def sym_min(a, b):
    return min(a, b)


def sym_sqrt(value):
    return value**0.5


# ---- kinds of memory


class layout:
    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return "torch." + self._name


class memory_format(layout):
    pass


strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
jagged = layout("jagged")
contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
preserve_format = memory_format("preserve_format")
legacy_contiguous_format = contiguous_format


# ---- randomness


class Generator:
    def __init__(self, device="cpu"):
        self.device = torch.device(device)
        self._seed = 67280421310721

    def manual_seed(self, seed):
        self._seed = int(seed)
        return self

    def initial_seed(self):
        return self._seed

    def seed(self):
        return self._seed

    def get_state(self):
        return torch.empty(5056, dtype=torch.uint8, device="cpu")

    def set_state(self, state):
        return None


default_generator = Generator()


def manual_seed(seed):
    return default_generator.manual_seed(seed)


def seed():
    return default_generator.initial_seed()


initial_seed = seed


def get_rng_state():
    return default_generator.get_state()


# ---- decorators that change nothing here


def passed_through(function=None, *args, **kwargs):
    """@decorator, @decorator(...) and decorator(function, ...) alike."""
    if callable(function):
        return function
    return lambda decorated: decorated


ignore = unused = export = disable = allow_in_graph = assume_constant_result = passed_through
disallow_in_graph = substitute_in_graph = custom_fwd = custom_bwd = once_differentiable = wrap = passed_through
script_if_tracing = interface = _overload_method = _overload = run = optimize = forbid_in_graph = passed_through
leaf_function = nonstrict_trace = passed_through
script_method = passed_through


def trace(function=None, *args, **kwargs):
    return function


def annotate(kind, value):
    return value


def is_script_module(value):
    return isinstance(value, ScriptModule)


class ScriptModule(torch.nn.Module):
    pass


class ScriptFunction:
    pass


class Final:
    def __class_getitem__(cls, item):
        return item


class Attribute:
    def __init__(self, value, type=None):
        self.value = value
        self.type = type


class profile:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


record_function = emit_nvtx = detect_anomaly = set_detect_anomaly = saved_tensors_hooks = save_on_cpu = profile
set_multithreading_enabled = inference_tensor = sdpa_kernel = device_context = stream = profile
DeviceContext = StreamContext = fork_rng = safe_globals = set_fx_config = flags = profile


class DisableTorchFunction(profile):
    pass


DisableTorchFunctionSubclass = DisableTorchFunction


# ---- autograd


class FunctionCtx:
    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_dirty(self, *tensors):
        pass

    def mark_non_differentiable(self, *tensors):
        pass

    def set_materialize_grads(self, value):
        pass


class Function(FunctionCtx):
    @classmethod
    def apply(cls, *args, **kwargs):
        if hasattr(cls, "setup_context"):
            return cls.forward(*args, **kwargs)
        return cls.forward(FunctionCtx(), *args, **kwargs)


class Variable:
    def __new__(cls, data, requires_grad=False, volatile=None):
        return data


# ---- weight norm


def norm_except_dim(v, pow=2, dim=0):
    if dim == -1:
        return v.norm(pow)
    rank = v.dim()
    if not -rank <= dim < rank:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")
    return v.norm(pow, [each for each in range(rank) if each != dim % rank], True) if rank > 1 else v.abs()


# At the first and the last dimension torch has one kernel for all of it, which knows no complex numbers.
def _weight_norm(v, g, dim=0):
    if v.is_complex() and dim in (0, v.dim() - 1):
        if not v.is_meta:
            kind = {torch.complex64: "ComplexFloat", torch.complex128: "ComplexDouble"}.get(v.dtype, "ComplexHalf")
            raise NotImplementedError(f"\"weight_norm_kernel\" not implemented for '{kind}'")
        if torch.is_grad_enabled() and (v.requires_grad or g.requires_grad):
            raise RuntimeError("_weight_norm_interface does not support automatic differentiation for outputs with complex dtype.")
    return v * (g / norm_except_dim(v, 2, dim))


# ---- handles, workers and data


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()

    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys!r}, unexpected_keys={self.unexpected_keys!r})"

    __str__ = __repr__


class RemovableHandle:
    next_id = 0

    def __init__(self, hooks_dict=None, *, extra_dict=None):
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self._hooks_dict = {} if hooks_dict is None else hooks_dict

    def remove(self):
        self._hooks_dict.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.remove()


class Dataset:
    def __class_getitem__(cls, item):
        return cls


class IterableDataset(Dataset):
    pass


class Sampler:
    def __class_getitem__(cls, item):
        return cls


class Stream:
    pass


class Event:
    pass


class DataParallel(torch.nn.Module):
    def __init__(self, module, *args, **kwargs):
        super().__init__()
        self.module = module


class DistributedDataParallel(DataParallel):
    pass


class OutOfMemoryError(RuntimeError):
    pass


class AcceleratorError(RuntimeError):
    pass


class Proxy:
    pass


class GraphModule(torch.nn.Module):
    pass


def get_device_capability(device=None):
    raise AssertionError("Torch not compiled with CUDA enabled")


get_device_name = get_device_properties = current_device = get_device_capability


class TorchVersion(str):
    pass


def default_collate(batch):
    return torch.ops.unknown_result(batch)


def is_tensor_like(value):
    return isinstance(value, torch.Tensor)


def factory_kwargs(kwargs):
    if kwargs is None:
        return {}
    made = dict(kwargs.pop("factory_kwargs", {}))
    for name in ("device", "dtype", "memory_format"):
        if name in kwargs:
            made[name] = kwargs[name]
    return made


class SDPBackend:
    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


class ReduceOp:
    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4


def _ntuple(count, name="parse"):
    def parse(value):
        return tuple(value) if hasattr(value, "__iter__") else (value,) * count

    return parse


_single = _ntuple(1)
_pair = _ntuple(2)
_triple = _ntuple(3)
_quadruple = _ntuple(4)


def _reverse_repeat_tuple(values, count):
    return tuple(value for value in reversed(values) for _ in range(count))


# torch.nn.Module.__call__, of a module that has hooks.
def _call_with_hooks(module, *args, **kwargs):
    for hook in list(module._forward_pre_hooks.values()):
        given = hook(module, args)
        if given is not None:
            args = given if isinstance(given, tuple) else (given,)
    output = module.forward(*args, **kwargs)
    for hook in list(module._forward_hooks.values()):
        given = hook(module, args, output)
        if given is not None:
            output = given
    return output


class BlockMask:
    """A mask of flex_attention, which is made on request alone."""


def histc(input, bins=100, min=0, max=0, *, out=None):
    return torch.empty((bins,), dtype=input.dtype, device=input.device)
