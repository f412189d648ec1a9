"""What torch.compile and torch.jit make of modules: wrappers with the module, or its tensors, inside."""

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


# A method that containers of modules keep when they are scripted, and other modules lose.
def _of_container(script, name, *given):
    module = script.__dict__["_scripted"]
    kept = isinstance(module, ModuleDict) or (isinstance(module, (ModuleList, Sequential)) and name != "__contains__")
    if not kept:
        raise NotImplementedError
    return getattr(type(module), name)(module, *given)


def _scripted(module):
    made = RecursiveScriptModule()
    object.__setattr__(made, "_scripted", module)
    made.original_name = type(module).__name__
    made.training = module.training
    for name, value in module._parameters.items():
        made._parameters[name] = value
    for name, value in module._buffers.items():
        made._buffers[name] = value
        if name in module._non_persistent_buffers_set:
            made._non_persistent_buffers_set.add(name)
    for name, child in module._modules.items():
        made._modules[name] = None if child is None else _scripted(child)
    return made


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
