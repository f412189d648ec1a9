# Stand-ins for what a model's construction needs of small modules and never waits for: locks, threads, context
# variables, text streams, textwrap, fnmatch, the tower of numbers, progress bars.
from abc import ABCMeta


def nothing(*args, **kwargs):
    return None


def zero(*args, **kwargs):
    return 0


def one(*args, **kwargs):
    return 1


def true(*args, **kwargs):
    return True


def empty_text(*args, **kwargs):
    return ""


# shutil.get_terminal_size, where there is no terminal
def get_terminal_size(fallback=(80, 24)):
    import collections

    return collections.namedtuple("terminal_size", "columns lines")(*fallback)


def identity(value, *args, **kwargs):
    return value


def identity_set(items=()):
    return set(items)


def identity_dict(*args, **kwargs):
    return dict(*args, **kwargs)


class Base:
    def __init__(self, *args, **kwargs):
        pass


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __eq__(self, other):
        return isinstance(other, Namespace) and vars(self) == vars(other)

    def __contains__(self, key):
        return key in self.__dict__

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Lock:
    def __init__(self, *args, **kwargs):
        pass

    def acquire(self, *args, **kwargs):
        return True

    def release(self, *args, **kwargs):
        return None

    def locked(self):
        return False

    def notify(self, *args):
        return None

    def notify_all(self):
        return None

    def wait(self, *args):
        return True

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class Event:
    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def clear(self):
        self._set = False

    def is_set(self):
        return self._set

    def wait(self, timeout=None):
        return self._set


class Thread:
    """A thread that is never run."""

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        self.name = name or "MainThread"
        self.daemon = bool(daemon)
        self.ident = 0

    def start(self):
        return None

    def run(self):
        return None

    def join(self, timeout=None):
        return None

    def is_alive(self):
        return False

    def cancel(self):
        return None


def current_thread():
    return Thread()


_unset = object()


class ContextVar:
    def __init__(self, name, *, default=_unset):
        self.name = name
        self._default = default
        self._value = _unset

    def __class_getitem__(cls, item):
        return cls

    def get(self, default=_unset):
        for value in (self._value, default, self._default):
            if value is not _unset:
                return value
        raise LookupError(self)

    def set(self, value):
        token = self._value
        self._value = value
        return token

    def reset(self, token):
        self._value = token


class ReferenceType:
    __module__ = "weakref"

    def __init__(self, referent, callback=None):
        self._referent = referent

    def __class_getitem__(cls, item):
        return cls

    def __call__(self):
        return self._referent

    def __eq__(self, other):
        return isinstance(other, ReferenceType) and self._referent == other._referent

    def __hash__(self):
        return hash(self._referent)


class WarningMessage:
    def __init__(self, message, category, filename="", lineno=1, file=None, line=None, source=None):
        self.message = message
        self.category = category
        self.filename = filename
        self.lineno = lineno
        self.file = file
        self.line = line
        self.source = source


# What is done with a warning: filters, the latest first, and the lists that record.
_filters = []
_recorders = []


def _action_of(text, category):
    import re

    for action, pattern, kind in _filters:
        if issubclass(category, kind) and (not pattern or re.match(pattern, text, re.I)):
            return action
    return "ignore" if issubclass(category, (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)) else "default"


def warn(message, category=None, stacklevel=1, source=None, **options):
    if not _recorders and not _filters:
        return None
    if isinstance(message, Warning):
        category = type(message)
    else:
        category = category or UserWarning
        message = category(message)
    action = _action_of(str(message), category)
    if action == "error":
        raise message
    if action != "ignore" and _recorders:
        _recorders[-1].append(WarningMessage(message, category))


def simplefilter(action, category=Warning, lineno=0, append=False):
    filterwarnings(action, "", category, append=append)


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    if module or lineno:
        return None
    row = (action, message, category)
    if append:
        _filters.append(row)
    else:
        _filters.insert(0, row)


def resetwarnings():
    _filters.clear()


class catch_warnings:
    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0, append=False):
        self._record = record
        self._row = None if action is None else (action, category)

    def __enter__(self):
        self._before = list(_filters)
        if self._row is not None:
            simplefilter(*self._row)
        if not self._record:
            return None
        self._caught = []
        _recorders.append(self._caught)
        return self._caught

    def __exit__(self, exc_type, exc_value, traceback):
        _filters[:] = self._before
        if self._record:
            _recorders.pop()


class ProxyType:
    def __init__(self, referent, callback=None):
        object.__setattr__(self, "_referent", referent)

    def __getattr__(self, name):
        return getattr(object.__getattribute__(self, "_referent"), name)

    def __setattr__(self, name, value):
        setattr(object.__getattribute__(self, "_referent"), name, value)

    def __delattr__(self, name):
        delattr(object.__getattribute__(self, "_referent"), name)

    def __call__(self, *args, **kwargs):
        return object.__getattribute__(self, "_referent")(*args, **kwargs)

    def __eq__(self, other):
        return object.__getattribute__(self, "_referent") == other

    def __bool__(self):
        return bool(object.__getattribute__(self, "_referent"))

    def __str__(self):
        return str(object.__getattribute__(self, "_referent"))

    def __len__(self):
        return len(object.__getattribute__(self, "_referent"))

    def __getitem__(self, key):
        return object.__getattribute__(self, "_referent")[key]

    def __iter__(self):
        return iter(object.__getattribute__(self, "_referent"))

    __hash__ = None


class finalize:
    def __init__(self, obj, func, *args, **kwargs):
        self.alive = True

    def detach(self):
        return None


class StringIO:
    def __init__(self, initial_value="", newline="\n"):
        self._text = initial_value

    def write(self, text):
        self._text += text
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def getvalue(self):
        return self._text

    def read(self, size=-1):
        return self._text

    def seek(self, *args):
        return 0

    def flush(self):
        return None

    def close(self):
        return None

    def __iter__(self):
        return iter(self._text.splitlines(True))

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class BytesIO(StringIO):
    def __init__(self, initial_bytes=b""):
        self._text = initial_bytes


def _margin(line):
    return line[: len(line) - len(line.lstrip(" \t"))]


def dedent(text):
    lines = [line if line.strip() else "" for line in text.split("\n")]
    margin = None
    for line in lines:
        if line:
            indent = _margin(line)
            if margin is None:
                margin = indent
            while not indent.startswith(margin):
                margin = margin[:-1]
    return "\n".join(line[len(margin or "") :] for line in lines)


def indent(text, prefix, predicate=None):
    def wanted(line):
        return line.strip() if predicate is None else predicate(line)

    return "".join(prefix + line if wanted(line) else line for line in text.splitlines(True))


def fnmatch(name, pattern):
    import re

    expression = ""
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "*":
            expression += ".*"
        elif c == "?":
            expression += "."
        elif c == "[" and "]" in pattern[i + 1 :]:
            end = pattern.index("]", i + 1)
            inside = pattern[i:end].replace("\\", "\\\\")
            expression += "[" + ("^" + inside[1:] if inside.startswith("!") else inside) + "]"
            i = end + 1
        else:
            expression += re.escape(c)
    return re.fullmatch("(?s:" + expression + ")", name) is not None


def fnmatch_filter(names, pattern):
    return [name for name in names if fnmatch(name, pattern)]


def iskeyword(text):
    return text in (
        "False None True and as assert async await break class continue def del elif else except finally for from global if "
        "import in is lambda nonlocal not or pass raise return try while with yield"
    ).split(" ")


class Number(metaclass=ABCMeta):
    _abc_registry = (int, float, complex)


class Complex(Number):
    _abc_registry = (int, float, complex)


class Real(Complex):
    _abc_registry = (int, float)


class Rational(Real):
    _abc_registry = (int,)


class Integral(Rational):
    _abc_registry = (int,)


def getclosurevars(func):
    from collections import namedtuple
    import inspect

    if inspect.ismethod(func):
        func = func.__func__
    if not inspect.isfunction(func):
        raise TypeError(f"{func!r} is not a Python function")
    code, scope = func.__code__, func.__globals__
    around = {name: cell.cell_contents for name, cell in zip(code.co_freevars, func.__closure__ or ())}
    builtin = vars(__import__("builtins"))
    told, own, unbound = {}, {}, set()
    for name in code.co_names:
        if name in scope:
            told[name] = scope[name]
        elif name in builtin:
            own[name] = builtin[name]
        else:
            unbound.add(name)
    return namedtuple("ClosureVars", "nonlocals globals builtins unbound")(around, told, own, unbound)


class Fraction(Rational):
    def __init__(self, numerator=0, denominator=None):
        import math

        if isinstance(numerator, str):
            top, _, bottom = numerator.partition("/")
            if "." in top:
                whole, _, digits = top.partition(".")
                numerator, denominator = int(whole + digits), 10 ** len(digits)
            else:
                numerator, denominator = int(top), int(bottom or 1)
        elif isinstance(numerator, float):
            numerator, denominator = numerator.as_integer_ratio()
        elif isinstance(numerator, Fraction) and denominator is None:
            numerator, denominator = numerator.numerator, numerator.denominator
        if denominator is None:
            denominator = 1
        if denominator == 0:
            raise ZeroDivisionError(f"Fraction({numerator}, 0)")
        divisor = math.gcd(numerator, denominator) * (-1 if denominator < 0 else 1)
        self.numerator = numerator // divisor
        self.denominator = denominator // divisor

    def _pair(self, other):
        return other if isinstance(other, Fraction) else Fraction(other)

    def __add__(self, other):
        if isinstance(other, float):
            return float(self) + other
        other = self._pair(other)
        return Fraction(
            self.numerator * other.denominator + other.numerator * self.denominator, self.denominator * other.denominator
        )

    __radd__ = __add__

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        if isinstance(other, float):
            return float(self) * other
        other = self._pair(other)
        return Fraction(self.numerator * other.numerator, self.denominator * other.denominator)

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, float):
            return float(self) / other
        other = self._pair(other)
        return Fraction(self.numerator * other.denominator, self.denominator * other.numerator)

    def __rtruediv__(self, other):
        return other / float(self) if isinstance(other, float) else self._pair(other) / self

    def __floordiv__(self, other):
        other = self._pair(other)
        return (self.numerator * other.denominator) // (self.denominator * other.numerator)

    def __mod__(self, other):
        return self - self._pair(other) * (self // other)

    def __pow__(self, exponent):
        if isinstance(exponent, int):
            if exponent >= 0:
                return Fraction(self.numerator**exponent, self.denominator**exponent)
            return Fraction(self.denominator**-exponent, self.numerator**-exponent)
        return float(self) ** float(exponent)

    def __neg__(self):
        return Fraction(-self.numerator, self.denominator)

    def __abs__(self):
        return Fraction(abs(self.numerator), self.denominator)

    def __int__(self):
        return int(self.numerator / self.denominator) if abs(self.numerator) < 2**50 else self.numerator // self.denominator

    def __float__(self):
        return self.numerator / self.denominator

    def __floor__(self):
        return self.numerator // self.denominator

    def __ceil__(self):
        return -(-self.numerator // self.denominator)

    def __bool__(self):
        return self.numerator != 0

    def __hash__(self):
        prime = 2**61 - 1  # numbers hash modulo this one
        if self.denominator % prime == 0:
            number = 314159
        else:
            number = abs(self.numerator) * pow(self.denominator, prime - 2, prime) % prime
        return -2 if self.numerator < 0 and number == 1 else -number if self.numerator < 0 else number

    def __eq__(self, other):
        if isinstance(other, float):
            return float(self) == other
        if not isinstance(other, (int, Fraction)):
            return NotImplemented
        other = self._pair(other)
        return self.numerator == other.numerator and self.denominator == other.denominator

    def __lt__(self, other):
        other = self._pair(other)
        return self.numerator * other.denominator < other.numerator * self.denominator

    def __le__(self, other):
        return self < other or self == other

    def __gt__(self, other):
        return not self <= other

    def __ge__(self, other):
        return not self < other

    def __str__(self):
        return str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"

    def __repr__(self):
        return f"Fraction({self.numerator}, {self.denominator})"


class tqdm:
    def __init__(self, iterable=None, *args, **kwargs):
        self._iterable = [] if iterable is None else iterable
        self.n = 0

    def __iter__(self):
        return iter(self._iterable)

    def __len__(self):
        return len(self._iterable)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None

    def update(self, n=1):
        self.n += n

    def close(self):
        return None

    def set_description(self, *args, **kwargs):
        return None

    def set_postfix(self, *args, **kwargs):
        return None

    def refresh(self):
        return None

    @classmethod
    def write(cls, *args, **kwargs):
        return None


def trange(*args, **kwargs):
    return tqdm(range(*args))
