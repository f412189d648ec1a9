"""Statements of random programs that define classes of all kinds and ask them."""


class Classes:
    def make_classes(self):
        a, b, c, d, r = *(self.name("C") for _ in range(4)), self.r
        self.put(f"""class {a}:
    kind = {self.of('str', 1)}
    count = 0
    def __init__(self, x{r.choice(['', '=1'])}):
        self.x = x
        type(self).count += 1
    def who(self):
        return ['{a}', self.x]
    @classmethod
    def make(cls, *args):
        return cls(*args)
    @staticmethod
    def twice(v):
        return v * 2
    def __init_subclass__(cls, tag='none', **kwargs):
        super().__init_subclass__(**kwargs)
        cls.tag = tag
class {b}({a}{r.choice(['', ", tag='b'"])}):
    def who(self):
        return ['{b}'] + super().who()
class {c}({a}{r.choice(['', ", tag='c'"])}):
    def __init__(self, *args, z=3):
        super().__init__(*args)
        self.z = z
    def who(self):
        return ['{c}', self.z] + super({c}, self).who()
class {d}({r.choice([b + ', ' + c, c + ', ' + b, b])}):
    {r.choice(['kind = 5', 'pass', 'who = lambda self: [self.kind]', '__slots__ = ()'])}""")
        self.put(f"try:\n    o_ = {d}({r.choice(['', '4', '4, 5'])})\n    result.append([o_.who(), {d}.make({r.choice(['1', ''])}).x, {d}.twice('ab'), {d}.count, {a}.count, {d}.tag, {b}.tag, o_.kind, [k.__name__ for k in {d}.__mro__], isinstance(o_, {a}), issubclass({c}, {b}), sorted(vars(o_))])\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_dunder(self):
        a, r = self.name("D"), self.r
        extra = r.sample(
            ["def __eq__(self, other):\n        return isinstance(other, {a}) and self.v == other.v", "def __lt__(self, other):\n        return self.v < other.v",
             "def __add__(self, other):\n        return {a}(self.v + getattr(other, 'v', other))", "def __radd__(self, other):\n        return {a}(other * 10 + self.v)",
             "def __getitem__(self, key):\n        if isinstance(key, slice):\n            return [key.start, key.stop, key.step]\n        if key > 3:\n            raise IndexError(key)\n        return key * self.v",
             "def __len__(self):\n        return abs(self.v)", "def __bool__(self):\n        return self.v > 2", "def __contains__(self, x):\n        return x == self.v", "def __call__(self, *a, **k):\n        return (self.v, a, k)",
             "def __iter__(self):\n        yield self.v\n        yield from range(2)", "def __getattr__(self, name):\n        if name.startswith('__'):\n            raise AttributeError(name)\n        return name + '?'", "def __hash__(self):\n        return 7",
             "def __repr__(self):\n        return f'<{{self.v}}>'", "def __str__(self):\n        return 'str'", "def __format__(self, spec):\n        return f'[{{spec}}]'", "def __neg__(self):\n        return {a}(-self.v)",
             "def __setattr__(self, name, value):\n        super().__setattr__(name, value if name == 'v' else (name, value))", "def __enter__(self):\n        self.v += 1\n        return self\n    def __exit__(self, *exc):\n        return exc[0] is ValueError",
             "def __index__(self):\n        return 2", "def __int__(self):\n        return 9", "def __mul__(self, other):\n        return NotImplemented", "def __delitem__(self, key):\n        self.v = key", "def __iadd__(self, other):\n        self.v += 100\n        return self",
             "def __missing__(self, key):\n        return key", "def __reversed__(self):\n        return iter([3, 2])", "def __matmul__(self, o):\n        return 'mm'", "def __rsub__(self, o):\n        return ['rsub', o]", "def __ne__(self, o):\n        return 'ne'"],
            r.randint(3, 9))
        body = "\n    ".join(e.replace("{a}", a).replace("{{", "{").replace("}}", "}") for e in extra)
        self.put(f"class {a}:\n    def __init__(self, v):\n        self.v = v\n    {body}")
        for e in r.sample(["x_ + x_", "5 + x_", "sum([x_, x_])", "x_[2]", "x_[1:2]", "list(x_)", "len(x_)", "bool(x_)", "3 in x_", "x_(1, k=2)", "x_.nope", "repr(x_)", "str(x_)", "f'{x_:>3}'", "f'{x_}'", "-x_", "x_ == x_",
                           "x_ < x_", "sorted([x_, D(1)])", "[0, 1, 2, 3][x_]", "int(x_)", "x_ * 2", "2 * x_", "setattr(x_, 'w', 1) or x_.w", "{x_: 1}[x_]", "x_ != 3", "1 if x_ else 2", "not x_", "x_ - 1", "1 - x_", "list(reversed(x_))",
                           "range(x_)", "x_ is x_", "x_ in [x_]", "hasattr(x_, 'v')", "[*x_]", "dict(a=x_)['a'].v", "max(x_, x_, key=lambda q: q.v).v", "'%s %r' % (x_, x_)", "x_.__class__.__name__", "torch.zeros(x_).shape", "list(range(5))[x_:]", "x_ > x_", "x_ >= 2", "x_ and 3"], r.randint(3, 8)):
            self.put(f"try:\n    x_ = {a}({r.randint(0, 4)}); D = {a}\n    v_ = {e}\n    result.append(v_.v if isinstance(v_, {a}) else v_)\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_property(self):
        a, r = self.name("P"), self.r
        self.put(f"""class Field:
    def __init__(self, start): self.start = start
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, owner=None): return self if obj is None else obj.__dict__.get(self.name, self.start)
    {r.choice(['def __set__(self, obj, value): obj.__dict__[self.name] = value + 1', 'pass'])}
class {a}:
    field = Field({r.randint(0, 9)})
    __secret = {r.randint(0, 9)}
    def __init__(self): self._v = {self.of('int', 1)}; self.__hidden = 3
    @property
    def v(self): return self._v {r.choice('+*')} 2
    @v.setter
    def v(self, value): self._v = value
    {r.choice(['@v.deleter', '@property'])}
    def {r.choice(['v', 'w'])}(self): self._v = -1
    @functools.cached_property
    def heavy(self): self._v += 1; return self._v
    def secret(self): return self.__secret + self.__hidden""")
        for e in r.sample(["p_.v", "p_.field", "p_.heavy + p_.heavy", "p_.secret()", "p_.__secret", "p_._%s__hidden" % a, "setattr(p_, 'v', 5) or p_.v", "setattr(p_, 'field', 5) or p_.field", "delattr(p_, 'v') or p_.v", "setattr(p_, 'w', 1)", "sorted(vars(p_))", "delattr(p_, 'zzz')", "type(p_).v.fget(p_)", "%s.field.name" % a], r.randint(3, 7)):
            self.put(f"try:\n    p_ = {a}()\n    result.append({e})\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_dataclass(self):
        a, r = self.name("Data"), self.r
        opts = r.choice(["", "(frozen=True)", "(order=True)", "(kw_only=True)", "(eq=False)", "(slots=True)", "(repr=False)"])
        self.put(f"@dataclasses.dataclass{opts}\nclass {a}:\n    x: int\n    y: str = {self.of('str', 0)}\n    z: list = dataclasses.field(default_factory=list{r.choice(['', ', repr=False', ', compare=False'])})\n    w: int = dataclasses.field(default={r.randint(0, 5)}, init={r.choice(['True', 'False'])})\n    {r.choice(['def __post_init__(self): ' + ('object.__setattr__(self, ' + repr('w') + ', 8)'), 'pass', 'K: typing.ClassVar[int] = 3'])}")
        for e in r.sample(["d_", "d_ == D(1)", "dataclasses.asdict(d_)", "dataclasses.replace(d_, x=5)", "[f.name for f in dataclasses.fields(d_)]", "setattr(d_, 'x', 9) or d_.x", "setattr(d_, 'q', 9) or d_.q", "D()", "D(1, 'b') < D(2)", "D(1, 2, 3, 4, 5)", "hash(d_) == hash(D(x=1))", "d_.z is D(1).z", "dataclasses.astuple(d_)", "dataclasses.is_dataclass(D)", "D(x=1, y='q').y"], r.randint(3, 6)):
            self.put(f"try:\n    D = {a}; d_ = D(x=1)\n    v_ = {e}\n    result.append(repr(v_) if {opts != '(repr=False)'} else type(v_).__name__)\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_enum(self):
        a, r = self.name("E"), self.r
        base = r.choice(["enum.Enum", "str, enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"])
        vals = ["'r'", "'g'", "'r'"] if "str" in base else r.choice([["1", "2", "1"], ["enum.auto()", "enum.auto()", "enum.auto()"], ["4", "8", "1"]])
        self.put(f"class {a}({base}):\n    RED = {vals[0]}\n    GREEN = {vals[1]}\n    BLUE = {vals[2]}\n    def low(self): return self.name.lower()\n    @property\n    def double(self): return self.value * 2")
        for e in r.sample(["list(E)", "E.RED", "E['GREEN']", f"E({vals[1] if 'auto' not in vals[1] else 2})", "E.BLUE is E.RED", "E.RED.low()", "E.RED.double", "[m.name for m in E]", "len(E)", "E.RED == E.RED.value", "str(E.GREEN)", "f'{E.GREEN}'", "E.NOPE", "E(99)", "E.RED in E", "sorted(E.__members__)", "isinstance(E.RED, int)", "{E.RED: 1}[E.RED]", "E.RED | E.GREEN", "type(E.RED).__name__", "E.RED.name + 'x'"], r.randint(3, 7)):
            self.put(f"try:\n    E = {a}\n    result.append(repr({e}))\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_exceptions(self):
        f, r = self.name("try"), self.r
        self.put(f"""class Mine({r.choice(['Exception', 'ValueError', 'KeyError'])}):
    def __init__(self, code, *rest):
        {r.choice(['super().__init__(code, *rest)', 'self.code = code', 'super().__init__(f"code {code}")'])}
def {f}(n):
    trace = []
    for i in range(3):
        try:
            trace.append(i)
            if i == n: {r.choice(['break', 'continue', 'raise Mine(i)', 'return trace', 'raise KeyError(i)', 'assert i > 5, "low"', '1 / 0'])}
        except (ValueError, ZeroDivisionError) as error:
            trace.append(type(error).__name__)
            {r.choice(['raise', 'raise Mine(9) from error', 'continue', 'pass', 'raise RuntimeError("again")'])}
        except KeyError as error:
            trace.append(str(error))
        else:
            trace.append('else')
        finally:
            trace.append('finally')
            {r.choice(['pass', 'pass', 'if i == 2: return trace', 'if i == 1: break'])}
    else:
        trace.append('done')
    return trace
try:
    result.append({f}({r.randint(0, 3)}))
except Exception as error:
    result.append([type(error).__name__, str(error), error.args, type(error.__cause__).__name__, type(error.__context__).__name__])""")

    def make_abc(self):
        a, r = self.name("A"), self.r
        self.put(f"class {a}(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n    @property\n    @abc.abstractmethod\n    def p(self): ...\nclass {a}b({a}):\n    def f(self): return 1\n    {r.choice(['p = 3', 'pass', 'p = property(lambda self: 4)'])}\nfor t_ in ({a}, {a}b):\n    try:\n        result.append([t_().f(), t_().p])\n    except TypeError as error:\n        result.append(str(error))\nclass S{a}:\n    __slots__ = ('x', {r.choice([repr('y'), repr('__dict__'), ''])})\n    def __init__(self): self.x = 1\ns_ = S{a}()\ntry:\n    s_.zz = 2\n    result.append(s_.zz)\nexcept AttributeError as error:\n    result.append(str(error))")

    def make_meta(self):
        a, r = self.name("M"), self.r
        self.put(f"class Meta{a}(type):\n    def __new__(mcs, name, bases, ns, **kw):\n        ns['made'] = name.lower()\n        return super().__new__(mcs, name, bases, ns)\n    def __call__(cls, *args):\n        o = super().__call__(*args)\n        o.stamped = {r.randint(1, 5)}\n        return o\n    def __len__(cls): return 42\n    def __getitem__(cls, k): return (cls.__name__, k)\nclass {a}(metaclass=Meta{a}):\n    def __init__(self, v): self.v = v\n    def __class_getitem__(cls, k): return 'never'\nresult.append([{a}.made, {a}(2).stamped, len({a}), {a}[1], type({a}).__name__, isinstance({a}, type)])\nclass Single{a}:\n    inst = None\n    def __new__(cls, *a):\n        if cls.inst is None: cls.inst = object.__new__(cls)\n        return cls.inst\n    def __init__(self, k=1): self.k = k\nSingle{a}(5)\nresult.append([Single{a}(3) is Single{a}(), Single{a}.inst.k])")
