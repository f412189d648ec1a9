"""What torch.compile and torch.jit make of modules: wrappers with the module, or its tensors, inside."""

import copy
from types import FunctionType

from torch.nn import Module, ModuleDict, ModuleList, Sequential


class OptimizedModule(Module):
    __module__ = "torch._dynamo.eval_frame"

    def __init__(self, mod, dynamo_ctx=None):
        super().__init__()
        self._orig_mod = mod

    def __getattr__(self, name):
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._orig_mod, name)

    def __setattr__(self, name, value):
        if name in ("_orig_mod", "training") or name.startswith("_parameters") or "_orig_mod" not in self._modules:
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name):
        delattr(self._orig_mod, name)

    def __len__(self):
        if hasattr(type(self._orig_mod), "__len__"):
            return len(self._orig_mod)
        raise TypeError(f"{type(self._orig_mod).__name__} does not support len()")

    def forward(self, *args, **kwargs):
        return self._orig_mod(*args, **kwargs)


def compile(model=None, **options):
    if model is None:
        return lambda function: compile(function, **options)
    return OptimizedModule(model) if isinstance(model, Module) else model


class ScriptModule(Module):
    __module__ = "torch.jit._script"


class RecursiveScriptModule(ScriptModule):
    """The module that was scripted, with its tensors and everything below it scripted as well."""

    __module__ = "torch.jit._script"

    def __getattr__(self, name):
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                return table[name]
        if name.startswith("__"):
            raise AttributeError(f"'RecursiveScriptModule' object has no attribute '{name}'")
        return getattr(self.__dict__["_scripted"], name)

    def __delattr__(self, name):
        if any(name in table for table in (self._parameters, self._buffers, self._modules)):
            raise RuntimeError("cannot delete methods or parameters of a script module")
        super().__delattr__(name)

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
        return type(self.__dict__["_scripted"]).__name__

    def extra_repr(self):
        return f"original_name={self.original_name}"

    def __copy__(self):
        return _like(self.__dict__["_scripted"], self, copy.copy)

    def __deepcopy__(self, memo):
        return _deep_copy(self, memo)


# A method that containers of modules keep when they are scripted, and other modules lose.
def _of_container(script, name, *given):
    module = script.__dict__["_scripted"]
    kept = isinstance(module, ModuleDict) or (isinstance(module, (ModuleList, Sequential)) and name != "__contains__")
    if not kept:
        raise NotImplementedError
    return getattr(type(module), name)(module, *given)


def _scripted(module):
    return _like(module, module, _scripted)


# The scripted form of `module`, with the tensors of `given` and what `below` makes of the modules below.
def _like(module, given, below):
    made = RecursiveScriptModule()
    object.__setattr__(made, "_scripted", module)
    made.training = given.training
    made._parameters.update(given._parameters)
    made._buffers.update(given._buffers)
    made._non_persistent_buffers_set.update(given._non_persistent_buffers_set)
    for name, child in given._modules.items():
        made._modules[name] = None if child is None else below(child)
    return made


# A tensor is copied by a clone that autograd follows, so that a parameter of the copy is no leaf.
def _deep_copy(script, memo):
    if id(script) not in memo:
        memo[id(script)] = made = _like(script.__dict__["_scripted"], script, lambda child: copy.deepcopy(child, memo))
        for table in (made._parameters, made._buffers):
            for name, value in table.items():
                if value is not None:
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
