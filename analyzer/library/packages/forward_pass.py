"""A forward pass over shapes: what it raises, what it keeps for the next token, and which modules run."""

import functools
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


# "model.layers" of "model.layers.3", "model.norm" of itself; None of what is deeper in a list than its entries.
def _stretch_of(name):
    parts = name.split(".")
    for at, part in enumerate(parts):
        if part.isdigit():
            return ".".join(parts[:at]) if at == len(parts) - 1 else None
    return name


# Whether it is an entry of a list of layers or a part of one.
def _is_of_layer(name):
    parts = name.split(".")
    return any(part.isdigit() for part in parts[-2:]) and not any(part.isdigit() for part in parts[:-2])


class _Watch:
    """Notes which modules run, and which puts what into the cache: the innermost that is given the cache and leaves it with more."""

    def __init__(self, model):
        self.ran, self.put, self._former = [], {}, []
        for name, module in model.named_modules():
            stretch, of_layer = _stretch_of(name), _is_of_layer(name)
            if name and (stretch is not None or of_layer):
                self._former.append((module, module.__dict__.get("forward")))
                module.forward = self._watched(module.forward, name, stretch, of_layer)

    def _watched(self, forward, name, stretch, of_layer):
        @functools.wraps(forward)
        def watched(*args, **kwargs):
            if stretch is not None and stretch not in self.ran:
                self.ran.append(stretch)
            if not of_layer:
                return forward(*args, **kwargs)
            before = self._kept(args, kwargs)
            output = forward(*args, **kwargs)
            for path, tensor in self._kept(args, kwargs).items():
                if before.get(path) is not tensor:
                    self.put.setdefault(path, name)
            return output

        return watched

    @staticmethod
    def _kept(args, kwargs):
        from transformers.cache_utils import Cache

        for given in (*args, *kwargs.values()):
            if isinstance(given, Cache):
                return dict(_held(given, "", set(), 6))
        return {}

    def leave(self):
        for module, forward in self._former:
            if forward is None:
                del module.__dict__["forward"]
            else:
                module.__dict__["forward"] = forward


def positions(model):
    """How many positions the config of the model, or of its text, says that there are, under whatever name the library has it."""
    return getattr(model.config.get_text_config(), "max_position_embeddings", None)


def _communicate(operation, *, device, dtype, tensor=None, shape=None):
    return None if shape is None else torch.empty(shape, dtype=dtype, device=device)


# A stage gets nothing from the others here but shapes.
def _stand_alone(model):
    stage = getattr(model, "_pp_stage", None)
    if stage is not None:
        stage.communicate = _communicate
        stage.broadcast_from_last = lambda tensor, **sent: tensor


def _part(output, name):
    return output.get(name) if isinstance(output, dict) else getattr(output, name, None)


def run(model, batch, length, watches=False):
    """What the model keeps after `length` tokens of each of `batch` sequences, what ran where that is watched, and what comes out: (rows,
    names, logits). A row is (where in the cache, tensor, the module that put it there); None for rows where there is no cache. Names are
    of modules outside lists, and of lists, in the order of their first call. None for logits where there are none."""
    _run_modules(model)
    _stand_alone(model)
    watch = _Watch(model) if watches else None
    trained = [module for module in model.modules() if module.training]  # from_pretrained gives a model that is not
    for module in trained:
        module.training = False
    try:
        with torch.no_grad():
            output = model(**_arguments(model, batch, length))
    finally:
        for module in trained:
            module.training = True
        if watch is not None:
            watch.leave()
    cache, logits = (_part(output, name) for name in ("past_key_values", "logits"))
    put, ran = (watch.put, watch.ran) if watch is not None else ({}, [])
    rows = None if cache is None else [(path, tensor, put.get(path)) for path, tensor in _held(cache, "", set(), 6)]
    return rows, ran, logits if isinstance(logits, torch.Tensor) else None
