"""A forward pass over shapes: what it raises, and what it keeps for the next token."""

import inspect
import sys

import torch


def _positions(batch, length):
    return torch.zeros((batch, length), dtype=torch.long, device="cpu")


def _arguments(model, batch, length):
    wanted = inspect.signature(type(model).forward).parameters
    given = {}
    if "input_ids" not in wanted:
        raise LookupError(f"{type(model).__name__}.forward takes no input_ids")
    given["input_ids"] = _positions(batch, length)
    if "decoder_input_ids" in wanted:
        given["decoder_input_ids"] = _positions(batch, length)
    if "use_cache" in wanted or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in wanted.values()):
        given["use_cache"] = True
    return given


# Tensors that an object holds, each once: (where, tensor).
def _held(value, path, seen, depth):
    if depth == 0 or id(value) in seen or isinstance(value, (str, bytes, int, float, bool, torch.nn.Module)) or value is None:
        return []
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        return [(path, value)]
    if isinstance(value, dict):
        below = [(f"{path}[{key!r}]", each) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        below = [(f"{path}[{at}]", each) for at, each in enumerate(value)]
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        below = [(f"{path}.{name}" if path else name, each) for name, each in vars(value).items() if name != "config"]
    else:
        return []
    return [row for name, each in below for row in _held(each, name, seen, depth - 1)]


# Modules of a library run as far as their names are asked for: what they enter in tables of others is asked for as a whole.
def _run_modules(model):
    for name in {type(module).__module__ for module in model.modules()}:
        if name in sys.modules:
            sys.modules[name].__dict__


def run(model, batch, length):
    """What the model keeps after `length` tokens of each of `batch` sequences: (where in its cache, tensor); None where it gives no
    cache."""
    _run_modules(model)
    with torch.no_grad():
        output = model(**_arguments(model, batch, length))
    cache = output.get("past_key_values") if isinstance(output, dict) else getattr(output, "past_key_values", None)
    return None if cache is None else _held(cache, "", set(), 6)
