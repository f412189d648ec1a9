"""Write the rows of analyzer/library/torch/signatures.py from the torch 2.13.0 of the environment: python tests/record/torch_signatures.py"""

import ast
import inspect
import pathlib
import sys
import types
import warnings

import torch
from torch import nn

TARGET = pathlib.Path(__file__).resolve().parents[2] / "analyzer" / "library" / "torch" / "signatures.py"
MARK = '"""\n'


def text_of_default(value):
    """Text that gives the value where `torch` is known."""
    text = repr(value)
    try:
        ast.literal_eval(text)
        return text
    except (ValueError, SyntaxError):
        pass
    if isinstance(value, (torch.dtype, torch.layout)):
        return text
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not (callable(value) and str(module).startswith("torch") and name.isidentifier()):
        raise ValueError(f"no text for the default {text}")
    return f"{module}.{name}"


class Text:
    """A default whose repr is its text."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def row(name, function):
    """name(parameters), or the name alone where inspect.signature has no answer."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return name
    except TypeError:
        return None
    parameters = []
    for each in signature.parameters.values():
        default = each.default if each.default is each.empty else Text(text_of_default(each.default))
        parameters.append(each.replace(annotation=each.empty, default=default))
    return name + str(signature.replace(parameters=parameters, return_annotation=signature.empty))


def functions_of(module):
    """The functions that a module offers under names without underscore, builtin ones too."""
    for name, value in sorted(vars(module).items()):
        builtin = isinstance(value, types.BuiltinFunctionType)
        if not name.startswith("_") and (isinstance(value, types.FunctionType) or builtin):
            yield name, value


def own_methods(cls):
    """Its methods with those of the bases that torch.nn does not offer, up to the first that it does."""
    found = dict(vars(cls))
    for base in cls.__mro__[1:]:
        if getattr(nn, base.__name__, None) is base:
            break
        for name, value in vars(base).items():
            found.setdefault(name, value)
    return found


def rows():
    for name, cls in sorted(vars(nn).items()):
        if not (inspect.isclass(cls) and (issubclass(cls, nn.Module) or cls in (nn.Parameter, nn.Buffer))):
            continue
        for method, function in own_methods(cls).items():
            asked = not method.startswith("_") or method in ("__init__", "__call__")
            if asked and method not in ("extra_repr", "reset_parameters") and isinstance(function, types.FunctionType):
                yield row(f"nn.{name}.{method}", function)
    for path, module in (("nn.functional", nn.functional), ("nn.init", nn.init)):
        for name, function in functions_of(module):
            yield row(f"{path}.{name}", function)


def main():
    if torch.__version__.split("+")[0] != "2.13.0":
        sys.exit(f"the signatures are those of torch 2.13.0, not {torch.__version__}")
    warnings.simplefilter("ignore")
    before, _, rest = TARGET.read_text().partition("_ROWS = " + MARK)
    _, _, after = rest.partition(MARK)
    found = [each for each in rows() if each is not None]
    TARGET.write_text(before + "_ROWS = " + MARK + "\n".join(found) + "\n" + MARK + after)


if __name__ == "__main__":
    main()
