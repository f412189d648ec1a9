"""What torch.jit.script makes of modules and functions (torch/jit/_script.py and _recursive.py of torch 2.13).

A scripted module keeps the tensors, the modules below, which are scripted as well, and those attributes of which TorchScript
knows a type.  Whether `forward` compiles is not asked: code that does not is taken for code that does.
"""

import copy
from types import FunctionType

import torch
from torch.nn import Module, ModuleDict, ModuleList, Parameter, Sequential

_TABLES = ("_parameters", "_buffers", "_modules")

# Numbers of c10::ScalarType, which is what a dtype becomes.
_DTYPES = {
    torch.uint8: 0,
    torch.int8: 1,
    torch.int16: 2,
    torch.int32: 3,
    torch.int64: 4,
    torch.float16: 5,
    torch.float32: 6,
    torch.float64: 7,
    torch.bool: 11,
    torch.bfloat16: 15,
}

_UNSUPPORTED = (
    "_get_backward_hooks _get_backward_pre_hooks _maybe_warn_non_full_backward_hook _register_load_state_dict_pre_hook "
    "_register_state_dict_hook bfloat16 compile get_buffer get_parameter get_submodule ipu mtia register_backward_hook "
    "register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook "
    "register_load_state_dict_post_hook register_load_state_dict_pre_hook register_state_dict_post_hook "
    "register_state_dict_pre_hook requires_grad_ set_submodule to_empty xpu"
)


def _common(types):
    found = set(types)
    return found.pop() if len(found) == 1 else None


# The TorchScript type of an attribute's value; None where there is none, so that the scripted module lacks the attribute.
def _type_of(value):
    if value is None:
        return "NoneType"
    if isinstance(value, torch.Tensor):
        return "Tensor"
    if isinstance(value, torch.device):
        return "Device"
    if isinstance(value, torch.dtype):
        return "int"
    kind = type(value)
    if kind in (bool, int, float, complex, str):
        return kind.__name__
    if isinstance(value, tuple):
        parts = [_type_of(each) for each in value]
        return None if None in parts else f"Tuple[{', '.join(parts)}]"
    if kind is list:
        part = _common(map(_type_of, value))
        return part and f"List[{part}]"
    if kind is dict:
        key, part = _common(map(_type_of, value)), _common(map(_type_of, value.values()))
        return key and part and f"Dict[{key}, {part}]"
    return None


def _kept(value):
    if isinstance(value, torch.dtype):
        return _DTYPES[value]
    return tuple(value) if isinstance(value, tuple) else copy.deepcopy(value) if isinstance(value, (list, dict)) else value


# The value as an attribute of the type, as pybind11 converts it.
def _cast(name, value, kind):
    given = _type_of(value)
    if kind in (given, "Any"):
        return _kept(value)
    if kind == "bool" and given in ("int", "float", "NoneType"):
        return bool(value)
    if (kind, given) in (("int", "bool"), ("float", "int"), ("float", "bool"), ("complex", "int"), ("complex", "float")):
        return {"int": int, "float": float, "complex": complex}[kind](value)
    if kind == "NoneType":
        why = f"Cannot cast {value} to None"
    elif kind == "Tensor":
        why = f"Unable to cast {value} to Tensor"
    else:
        why = (
            f"Unable to cast Python instance of type {type(value)} to C++ type '?' "
            "(#define PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)"
        )
    raise RuntimeError(f"Could not cast attribute '{name}' to type {kind}: {why}")


class ScriptModule(Module):
    __module__ = "torch.jit._script"


def _refused(name):
    def fail(self, *args, **kwargs):
        raise RuntimeError(name + " is not supported on ScriptModules")

    return fail


def _without_unsupported(cls):
    for name in _UNSUPPORTED.split():
        setattr(cls, name, _refused(name))
    return cls


@_without_unsupported
class RecursiveScriptModule(ScriptModule):
    """`_scripted` is the module it was made of, `_attributes` has values and types of what is neither tensor nor module."""

    __module__ = "torch.jit._script"

    def __getattr__(self, name):
        for table in _TABLES:
            if name in self.__dict__[table]:
                return self.__dict__[table][name]
        if name in self.__dict__.get("_attributes", ()):
            return _kept(self._attributes[name][0])
        if "_scripted" in self.__dict__ and not name.startswith("__"):
            found = getattr(type(self._scripted), name, None)
            if isinstance(found, (FunctionType, property)):
                return getattr(self._scripted, name)
        raise AttributeError(f"'RecursiveScriptModule' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        if "_attributes" not in self.__dict__:
            super().__setattr__(name, value)
        elif name in self._modules or isinstance(value, Module) and name not in self._attributes:
            self.add_module(name, value)
        elif name in self._buffers:
            self._buffers[name] = _cast(name, value, "Tensor")
        elif name in self._parameters or isinstance(value, Parameter) and name not in self._attributes:
            self.register_parameter(name, value)
        elif name in self._attributes:
            before, kind = self._attributes[name]
            if kind == "constant":
                raise RuntimeError(f"Can't set constant '{name}' which has value:{before}")
            self._attributes[name] = (_cast(name, value, kind), kind)
        elif name == "training":
            object.__setattr__(self, name, _cast(name, value, "bool"))
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name):
        if any(name in self.__dict__[table] for table in _TABLES):
            raise RuntimeError("cannot delete methods or parameters of a script module")
        if name not in self.__dict__:
            raise AttributeError(f"'RecursiveScriptModule' object has no attribute '{name}'")
        super().__delattr__(name)

    def add_module(self, name, module):
        if not isinstance(module, ScriptModule):
            raise RuntimeError(
                "Cannot re-assign modules in a ScriptModule with non-scripted module, "
                f"tried to replace existing module '{name}': {module}"
            )
        if name not in self._modules:
            raise RuntimeError(f"the scripted module does not have an attribute with name '{name}'")
        if _shape_of(module) != _shape_of(self._modules[name]):
            raise RuntimeError(f"another type is expected for field '{name}'")
        self._modules[name] = module

    register_module = add_module

    def register_parameter(self, name, param):
        if name not in self._parameters:
            raise RuntimeError(f"Can't add a new parameter after ScriptModule construction. Tried to add '{name}")
        self._parameters[name] = _cast(name, param, "Tensor")

    def register_buffer(self, name, tensor, persistent=True):
        if name not in self._buffers:
            raise RuntimeError(f"Can't add a new parameter after ScriptModule construction. Tried to add '{name}")
        self._buffers[name] = _cast(name, tensor, "Tensor")

    def __len__(self):
        return _of_container(self, "__len__")

    def __iter__(self):
        return _of_container(self, "__iter__")

    def __getitem__(self, idx):
        return _of_container(self, "__getitem__", idx)

    def __contains__(self, key):
        return _of_container(self, "__contains__", key)

    def __bool__(self):
        return True

    @property
    def original_name(self):
        return type(self._scripted).__name__

    def extra_repr(self):
        return f"original_name={self.original_name}"

    def __copy__(self):
        return _like(self._scripted, self, copy.copy)

    def __deepcopy__(self, memo):
        return _deep_copy(self, memo)


# What two scripted modules must have in common to be of one type.
def _shape_of(script):
    kinds = {n: (kind, value if kind == "constant" else None) for n, (value, kind) in script._attributes.items()}
    names = (list(script._parameters), list(script._buffers))
    return type(script._scripted), kinds, names, {n: _shape_of(child) for n, child in script._modules.items()}


# A method that containers of modules keep when they are scripted, and other modules lose.
def _of_container(script, name, *given):
    module = script._scripted
    kept = isinstance(module, ModuleDict) or (isinstance(module, (ModuleList, Sequential)) and name != "__contains__")
    if not kept:
        raise NotImplementedError
    return getattr(type(module), name)(module, *given)


def _attributes_of(module):
    found = {}
    for name in getattr(module, "__constants__", ()):
        if hasattr(module, name) and not any(name in module.__dict__[table] for table in _TABLES):
            found[name] = (_kept(getattr(module, name)), "constant")
    for name, value in module.__dict__.items():
        if name not in found and name != "training" and name not in _BASE and not name.startswith("__"):
            kind = _type_of(value)
            if kind is not None:
                found[name] = (_kept(value), kind)
    for table in _TABLES:  # what is registered as None is an attribute that is None
        found.update({name: (None, "NoneType") for name, value in module.__dict__[table].items() if value is None})
    return found


_BASE = frozenset(Module().__dict__)


def _scripted(module):
    return _like(module, module, _scripted)


# The scripted form of `module`, with the tensors of `given` and what `below` makes of the modules below.  Each buffer of it is
# stored with it.
def _like(module, given, below):
    made = RecursiveScriptModule()
    made.training = given.training
    for table in _TABLES:
        kept = {name: value for name, value in given.__dict__[table].items() if value is not None}
        made.__dict__[table].update({name: below(value) for name, value in kept.items()} if table == "_modules" else kept)
    attributes = dict(given._attributes) if isinstance(given, ScriptModule) else _attributes_of(module)
    object.__setattr__(made, "_scripted", module)
    object.__setattr__(made, "_attributes", attributes)
    return made


# A tensor is copied by a clone that autograd follows, so that a parameter of the copy is no leaf.
def _deep_copy(script, memo):
    if id(script) not in memo:
        memo[id(script)] = made = _like(script._scripted, script, lambda child: copy.deepcopy(child, memo))
        for table in (made._parameters, made._buffers):
            for name, value in table.items():
                if id(value) not in memo:
                    memo[id(value)] = value.clone()
                table[name] = memo[id(value)]
    return memo[id(script)]


class ScriptFunction:
    __module__ = "torch.jit"

    def __init__(self, function):
        self._function = function
        self.name = function.__name__
        self.__doc__ = function.__doc__

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.__dict__["_function"], name)


def script(obj=None, *args, **kwargs):
    if isinstance(obj, FunctionType):
        return ScriptFunction(obj)
    return _scripted(obj) if isinstance(obj, Module) and not isinstance(obj, ScriptModule) else obj
