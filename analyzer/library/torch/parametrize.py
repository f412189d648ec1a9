"""Tensors that a module computes from others: module.weight becomes a property over module.parametrizations.weight."""

import copy
from contextlib import contextmanager

import torch
from torch.nn import Module, ModuleDict, ModuleList, Parameter


@contextmanager
def cached():
    yield


def _register_parameter_or_buffer(module, name, value):
    if isinstance(value, Parameter):
        module.register_parameter(name, value)
    else:
        module.register_buffer(name, value)


def _set(tensor, new):
    with torch.no_grad():
        tensor.set_(new)


def _right_inverse(parametrizations, value):
    with torch.no_grad():
        for each in reversed(list(parametrizations)):
            if hasattr(each, "right_inverse"):
                try:
                    value = each.right_inverse(value)
                except NotImplementedError:
                    pass
    return value


# A parametrization runs wherever the tensor is read, so that what it raises counts, as of no other module's forward.
def _called(parametrization, *given):
    return parametrization.forward(*given)


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and the tensors that it is computed from: original, or original0, original1, ..."""

    def __init__(self, modules, original, unsafe=False):
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        original.shape  # which None lacks
        new = _right_inverse(self, original)
        if not isinstance(new, torch.Tensor) and not isinstance(new, (list, tuple)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, torch.Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            if new is not original:
                _set(original, new)
            _register_parameter_or_buffer(self, "original", original)
            return
        for i, each in enumerate(new):
            if not isinstance(each, torch.Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                    f"Got element {i} of the sequence with type {type(each).__name__}."
                )
            if isinstance(original, Parameter):
                each = Parameter(each, original.requires_grad)
            each.requires_grad_(original.requires_grad)
            _register_parameter_or_buffer(self, f"original{i}", each)

    def right_inverse(self, value):
        new = _right_inverse(self, value)
        if self.is_tensor:
            _set(self.original, new)
        else:
            for i, each in enumerate(new):
                _set(getattr(self, f"original{i}"), each)

    def forward(self):
        first = self[0]
        if self.is_tensor:
            value = _called(first, self.original)
        else:
            value = _called(first, *[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for each in list(self)[1:]:
            value = _called(each, value)
        return value


def is_parametrized(module, tensor_name=None):
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    if tensor_name is None:
        return len(parametrizations) > 0
    return tensor_name in parametrizations


def _refuse_state(self):
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _deep_copy(self, memo):
    if id(self) in memo:
        return memo[id(self)]
    made = self.__new__(self.__class__)
    memo[id(self)] = made
    made.__dict__ = copy.deepcopy(self.__dict__, memo)
    return made


# It is copied in depth alone.
def _inject_new_class(module):
    own = module.__class__
    methods = {"__getstate__": _refuse_state}
    if not hasattr(own, "__deepcopy__"):
        methods["__deepcopy__"] = _deep_copy
    module.__class__ = type(f"Parametrized{own.__name__}", (own,), methods)


def _inject_property(module, tensor_name):
    def compute(self):
        return _called(self.parametrizations[tensor_name])

    def assign(self, value):
        self.parametrizations[tensor_name].right_inverse(value)

    setattr(module.__class__, tensor_name, property(compute, assign))


def _check_further(module, tensor_name, parametrization):
    """What is put on a parametrized tensor is tried on it."""
    given = getattr(module, tensor_name)
    made = _called(parametrization, given)
    if not isinstance(made, torch.Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
    place = f"module.{tensor_name}"
    for what in ("dtype", "shape"):
        if getattr(made, what) != getattr(given, what):
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless the `unsafe` flag is enabled.\n"
                f"{place}.{what}: {getattr(given, what)}\n"
                f"parametrization({place}).{what}: {getattr(made, what)}"
            )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        turned = parametrization.right_inverse(made)
    except NotImplementedError:
        return
    if not isinstance(turned, torch.Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(turned).__name__}")
    for what in ("dtype", "shape"):
        if getattr(turned, what) != getattr(given, what):
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} as {place}, unless the `unsafe` "
                f"flag is enabled.\n{place}.{what}: {getattr(given, what)}\nreturned {what}: {getattr(turned, what)}"
            )


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_further(module, tensor_name, parametrization)
        module.parametrizations[tensor_name].append(parametrization)
        if unsafe:
            module.parametrizations[tensor_name].unsafe = True
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        parametrizations = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _inject_new_class(module)
            module.parametrizations = ModuleDict()
        _inject_property(module, tensor_name)
        module.parametrizations[tensor_name] = parametrizations
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    if parametrizations.is_tensor:
        value = parametrizations.original
        if leave_parametrized:
            _set(value, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        if any(isinstance(each, Parameter) for each in parametrizations._parameters.values()):
            value = Parameter(value)
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of "
            "tensors."
        )
    delattr(module.__class__, tensor_name)
    del module.parametrizations[tensor_name]
    _register_parameter_or_buffer(module, tensor_name, value)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = module.__class__.__bases__[0]
    return module


def type_before_parametrizations(module):
    return module.__class__.__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module, to_module, tensor_name=None):
    if not is_parametrized(from_module):
        return to_module
    names = list(from_module.parametrizations) if tensor_name is None else [tensor_name]
    for name in names:
        for each in from_module.parametrizations[name]:
            register_parametrization(to_module, name, each, unsafe=True)
    return to_module
