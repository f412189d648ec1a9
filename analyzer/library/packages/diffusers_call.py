# Whether the components of a pipeline of diffusers fit one another: what calling it ends in, over shapes alone.  What a component raises while it
# is called says that it does not take what it is given, and where shapes meet between components torch raises a RuntimeError; what else the
# pipeline itself raises may be for want of arguments, and says nothing.

import functools
import inspect

import torch


class _Enough(Exception):
    """The components were run as far as they are asked for."""


class _Tokenizer:
    """What a tokenizer gives, by its sizes."""

    def __init__(self, own):
        self._own = own

    def __call__(self, text, *given, padding=False, max_length=None, **named):
        from transformers import BatchEncoding

        count = 1 if isinstance(text, str) else len(text)
        length = (max_length or self._own.model_max_length) if padding == "max_length" else 2
        ids = torch.zeros((count, length), dtype=torch.long)
        return BatchEncoding({"input_ids": ids, "attention_mask": torch.ones_like(ids)})

    @property
    def __class__(self):
        return type(self._own)

    def tokenize(self, text, **named):
        return [text]

    def encode(self, text, **named):
        return [0, 0]

    def __getattr__(self, name):
        return getattr(self._own, name)


class _Watch:
    """Notes which component raises, and ends the call once latents are decoded: what follows is of images."""

    def __init__(self, parts):
        self.failed = None  # component and exception
        self._running = []
        for name, part in parts.items():
            for method in ("forward", "encode", "decode"):
                if hasattr(part, method):
                    part.__dict__[method] = self._watched(name, getattr(part, method), method == "decode")

    def _watched(self, name, function, ends):
        @functools.wraps(function)
        def watched(*given, **named):
            self._running.append(name)
            try:
                answer = function(*given, **named)
            except (RuntimeError, TypeError, ValueError) as error:
                is_of_shapes = not isinstance(error, NotImplementedError)  # which may be about what was not asked for
                if self.failed is None and is_of_shapes:
                    self.failed = self._running[-1], f"{type(error).__name__}: {error}"
                raise
            self._running.pop()
            if ends and not self._running:
                raise _Enough
            return answer

        return watched


def _settle(pipeline):
    import transformers
    import transformers.masking_utils

    transformers.masking_utils.is_tracing = lambda *given: True  # a mask is made, whatever its values
    try:
        import diffusers.models.attention_dispatch as attention

        attention.__dict__  # where each way to attend enters itself in a table
    except ImportError:
        pass
    for name, part in pipeline.components.items():
        if isinstance(part, transformers.PreTrainedTokenizerBase):
            pipeline.__dict__[name] = _Tokenizer(part)


def call(pipeline):
    """The component that does not take what it is given, or "" where shapes do not fit between components, and what is raised; nothing where
    all fit."""
    models = {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
    _settle(pipeline)
    watch = _Watch(models)
    wanted = inspect.signature(type(pipeline).__call__).parameters
    usual = {"prompt": "a", "num_inference_steps": 1, "output_type": "pt", "use_resolution_binning": False, "class_labels": [0]}
    try:
        with torch.no_grad():
            pipeline(**{name: value for name, value in usual.items() if name in wanted})
    except _Enough:
        pass
    except Exception as error:
        if watch.failed is None and type(error) is not RuntimeError:
            raise
        watch.failed = watch.failed or ("", f"RuntimeError: {error}")
    return list(watch.failed or ())
