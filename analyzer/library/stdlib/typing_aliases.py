# typing's own names for classes of other modules: aliases that count what stands in their brackets (type_counts.cpp).

import _typing

_PLACES = {
    "collections.abc": (
        "AsyncGenerator AsyncIterable AsyncIterator Awaitable ByteString Collection Container Coroutine Generator Hashable ItemsView Iterable "
        "Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet Reversible Sequence Sized ValuesView"
    ),
    "collections": "ChainMap Counter OrderedDict",
    "re": "Match Pattern",
}
_OTHER_NAMES = {
    "AbstractSet": ("collections.abc", "Set"),
    "AsyncContextManager": ("contextlib", "AbstractAsyncContextManager"),
    "ContextManager": ("contextlib", "AbstractContextManager"),
    "DefaultDict": ("collections", "defaultdict"),
    "Deque": ("collections", "deque"),
}
_PLACES_BY_NAME = {**{name: (place, name) for place, names in _PLACES.items() for name in names.split()}, **_OTHER_NAMES}


def __getattr__(name):
    import importlib

    if name not in _PLACES_BY_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place, there = _PLACES_BY_NAME[name]
    made = globals()[name] = _typing.alias(getattr(importlib.import_module(place), there), name)
    return made
