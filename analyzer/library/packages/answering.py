# A library asked while some of its names are answered otherwise.

import contextlib


@contextlib.contextmanager
def answering(modules, answers):
    """While it lasts, each of `modules` that has a name of `answers` has that answer for it."""
    former = [(module, name, getattr(module, name)) for module in modules for name in answers if hasattr(module, name)]
    for module, name, _ in former:
        setattr(module, name, answers[name])
    try:
        yield
    finally:
        for module, name, value in former:
            setattr(module, name, value)
