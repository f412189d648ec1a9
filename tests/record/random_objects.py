"""More kinds of statements for random_programs.py: what is said of objects, classes written in unusual ways, arithmetic, tensors,
and what is done to modules after they are made."""

DICTS = """class Kept(nn.Module):
    def __init__(self, n=2):
        super().__init__()
        self.a = nn.Linear(n, 1)
        self.register_buffer('b', torch.zeros(n), persistent=False)
        self.plain = [n]
        self.tied = self.a.weight
    def __deepcopy__(self, memo):
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        {how}
        return new
m_ = Kept({n})"""
DICT_WAYS = [
    "nn.Module.__init__(new)\n        for k, v in self.__dict__.items(): new.__dict__[k] = copy.deepcopy(v, memo)",
    "new.__dict__.update(copy.deepcopy(self.__dict__, memo))",
    "new.__dict__ = {k: copy.deepcopy(v, memo) for k, v in self.__dict__.items()}",
    "new.__dict__.update(self.__dict__)",
]
DICT_USES = [
    "rows(copy.deepcopy(m_))", "rows(nn.ModuleList([copy.deepcopy(m_), m_]))", "sorted(k for k in m_.__dict__ if k in ('_modules', '_buffers', 'plain', 'training'))",
    "list(m_.__dict__['_modules'])", "m_.__dict__['_parameters'] is m_._parameters", "m_.__dict__['_modules'].update(z=nn.ReLU()) or rows(m_)",
    "m_.__dict__.pop('plain') and hasattr(m_, 'plain')", "m_.__dict__.update(_modules={'q': nn.Tanh()}) or rows(m_)", "m_.__dict__.setdefault('extra', 4) + m_.extra",
    "setattr(m_, '_modules', {'w': nn.ReLU()}) or [list(m_.__dict__['_modules']), rows(m_)]", "m_.__dict__.__setitem__('_buffers', {}) or rows(m_)", "vars(m_) == m_.__dict__",
    "copy.copy(m_)._modules is m_._modules", "m_.__dict__.get('nope', 3)", "m_.__dict__['a']", "'a' in m_.__dict__", "'tied' in vars(m_)", "len(copy.deepcopy(m_).__dict__['_modules'])",
    "rows(m_.half())", "m_._modules.pop('a') and rows(m_)", "m_.a.__dict__['in_features']", "m_.__dict__.update(a=5) or type(m_.a).__name__", "type(m_.__dict__['_non_persistent_buffers_set']).__name__",
]
EDITS = [
    "m_.a.bias = None", "m_.d['x'] = nn.Linear(2, 2)", "m_.d.pop('k')", "m_.d.update({'p': m_.a, 'q': nn.Tanh()})", "m_.d.update([['r', nn.ReLU()]])", "del m_.d['k']", "m_.l.append(m_.a)", "m_.l.insert(1, nn.ReLU())",
    "m_.l.extend([nn.Tanh(), m_.a])", "m_.l[0] = nn.Linear(4, 4)", "m_.l[-1] = m_.d", "del m_.l[0]", "del m_.l[:1]", "m_.l += [nn.SiLU()]", "m_.l = m_.l[::-1]", "m_.l = m_.l + m_.l", "m_.l.pop(0)", "m_.s = m_.s[1:]",
    "m_.s.append(m_.a)", "m_.s.insert(0, m_.a)", "m_.s.extend(nn.Sequential(nn.ReLU()))", "m_.s = m_.s + nn.Sequential(nn.GELU())", "m_.s = m_.s * 2", "m_.s[0] = nn.Linear(1, 1)", "del m_.s[0]", "m_.s.pop(-1)", "m_.s.name = m_.a",
    "m_.p.append(nn.Parameter(torch.zeros(3)))", "m_.p.extend([torch.ones(1)])", "m_.p[0] = torch.zeros(5)", "m_.p += [nn.Parameter(torch.zeros(2))]", "m_.p[1] = nn.Parameter(torch.ones(2))", "m_.q['z'] = torch.zeros(2)", "m_.q.pop('u')",
    "m_.q.update({'w': nn.Parameter(torch.zeros(1))})", "del m_.q['u']", "m_.q = nn.ParameterDict({'b': m_.a.weight})", "m_.register_module('t', m_.a)", "m_.add_module('l', None)", "m_.register_buffer('b', None)", "m_.register_buffer('b2', m_.b)",
    "m_.b = torch.zeros(4).half()", "m_.b = None", "m_.b.resize_(1) if False else None", "del m_.a", "del m_.b", "m_.a = m_.l[0]", "m_.a.weight = m_.l[0].weight", "m_.get_submodule('d.k').x = nn.ReLU()", "m_.to(torch.float16)", "m_.to(torch.complex64)",
    "m_.type(torch.float64)", "m_.double().float()", "m_.b = m_.b.to(torch.complex64)", "m_.to(dtype=torch.bfloat16)", "m_.apply(lambda k: setattr(k, 'seen', nn.Identity()) if isinstance(k, nn.Tanh) else None)", "m_.requires_grad_(False)",
    "m_.a.requires_grad_(False)", "m_.set_submodule('a', nn.Linear(3, 3))", "m_.set_submodule('d.k', m_.a)", "m_.a.register_forward_hook(lambda *a: None)", "m_._register_state_dict_hook(lambda *a: None)", "m_.register_load_state_dict_post_hook(lambda *a: None)",
    "m_.a.half()", "nn.utils.parametrize.register_parametrization(m_.a, 'weight', Doubled())", "nn.utils.parametrize.remove_parametrizations(m_.a, 'weight')", "nn.utils.parametrizations.weight_norm(m_.a)", "nn.utils.remove_weight_norm(m_.a)",
    "nn.utils.parametrizations.spectral_norm(m_.a)", "nn.utils.fusion.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(3).eval())", "m_.c = copy.deepcopy(m_)", "m_.c = copy.copy(m_.a)", "m_.load_state_dict(m_.state_dict(), strict=False)",
    "m_.load_state_dict({'a.weight': torch.zeros(9)})", "m_.load_state_dict({k: v for k, v in m_.state_dict().items()}, assign=True)", "m_.train(False)", "m_.a.extra = nn.Parameter(torch.zeros(1))", "m_.a.__class__ = nn.Identity", "setattr(m_, 'x.y', nn.ReLU())",
    "m_.l.extend(3)", "m_.d.update(3)", "m_.s.append(3)", "m_.p.append(3)", "m_.add_module(3, nn.ReLU())", "m_.add_module('', nn.ReLU())", "nn.init.eye_(m_.a.weight)", "m_.zero_grad()", "m_.n = nn.ModuleList(m_.children())", "m_.n = nn.Sequential(*m_.l)",
]
SEEN = [
    "rows(m_)", "[n for n, _ in m_.named_buffers()]", "list(m_.state_dict())", "repr(m_.l)", "repr(m_.d)", "repr(m_.s)", "str(m_.a)", "repr(m_.p)", "len(m_.l), len(m_.d), len(m_.s), len(m_.p), len(m_.q)", "[type(k).__name__ for k in m_.l]", "list(m_.d.keys())",
    "[n for n, k in m_.named_modules() if isinstance(k, nn.Linear)]", "'k' in m_.d", "m_.a is m_.l[0]", "[list(p.shape) for p in m_.parameters()]", "sorted(m_.q.keys())", "m_.training", "m_.get_parameter('a.weight').dtype", "m_.a.extra_repr()",
]
CLASSES = [
    ("class Outer:\n    class Inner:\n        class Deep: pass\n        def f(self): return lambda: 0\n    def g(self):\n        class Local:\n            def h(self): pass\n        def named(): pass\n        return Local, named\nL_, n_ = Outer().g()",
     ["Outer.Inner.Deep.__qualname__", "Outer.Inner.f.__qualname__", "L_.__qualname__", "L_.h.__qualname__", "n_.__qualname__", "Outer.Inner().f().__qualname__", "repr(Outer.Inner)", "repr(L_)", "L_.__name__", "Outer.Inner.__module__", "n_.__name__", "L_().h(1)", "Outer.Inner.f()"]),
    ("log_ = []\nclass Guard(type):\n    def __setattr__(cls, n, v): log_.append(n); super().__setattr__(n, v)\n    def __delattr__(cls, n): log_.append('-' + n); super().__delattr__(n)\n    @property\n    def kind(cls): return cls.__name__ + '!'\n    @kind.setter\n    def kind(cls, v): log_.append(v)\n    def __contains__(cls, x): return x == 1\n    def __iter__(cls): return iter([1, 2])\n    def __bool__(cls): return False\nclass G(metaclass=Guard):\n    x = 1\nG.y = 2\nG.kind = 'k'\ndel G.x",
     ["log_", "G.kind", "1 in G", "list(G)", "bool(G)", "hasattr(G, 'x')", "G().kind", "sorted(k for k in vars(G) if k[0] != '_')", "setattr(G, 'z', 3) or log_", "delattr(G, 'nope')", "type(G).__name__", "isinstance(G, Guard)", "G.__class__.__mro__[0].__name__"]),
    ("@dataclasses.dataclass(slots=True)\nclass S1:\n    x: int\n    y: str = 'k'\n@dataclasses.dataclass(slots=True, frozen=True)\nclass S2(S1):\n    pass" if False else "@dataclasses.dataclass(slots=True)\nclass S1:\n    x: int\n    y: str = 'k'\n    k: typing.ClassVar[int] = 3\n@dataclasses.dataclass(slots=True)\nclass S2(S1):\n    z: list = dataclasses.field(default_factory=list)\nclass S3(S1): pass\n@dataclasses.dataclass(frozen=True, slots=True)\nclass S4:\n    a: int = 1",
     ["S1(1)", "S2(1, z=[3])", "S1(1).y", "setattr(S1(1), 'q', 2)", "setattr(S3(1), 'q', 2)", "S1.__slots__", "S2.__slots__", "hasattr(S1(1), '__dict__')", "hasattr(S3(1), '__dict__')", "S4(3).a", "setattr(S4(), 'a', 2)", "dataclasses.replace(S2(1), x=5)", "copy.copy(S1(7)).x", "copy.deepcopy(S2(7, z=[[1]])).z", "S1(1) == S1(1)", "S1.k"]),
    ("class Number:\n    def __init__(self, v): self.v = v\n    def __getattr__(self, n): return n * 2\n    def __class_getitem__(cls, k): return (cls.__name__, k)\n    @classmethod\n    def of(cls, *a): return [cls.__name__, *a]\n    @staticmethod\n    def st(*a, **k): return a, k\n    def __del__(self): pass\nclass Sub(Number):\n    of = classmethod(lambda cls, x: x)\n    v = property(lambda self: 9, lambda self, x: None, doc='d')",
     ["Number(1).zz", "Number[3]", "Number.of(1)", "Sub.of(2)", "Sub(4).v", "Number.st(1, k=2)", "Sub.v.__doc__", "Number(1).v", "vars(Number(3))", "Sub.__bases__[0].__name__", "Sub.__mro__[-1].__name__", "super(Sub, Sub(1)).v", "super(Sub, Sub).of(5)", "Sub.st()", "getattr(Sub(1), 'v')", "Number.__init__(3)", "object.__new__(int)", "object.__new__(type('D', (dict,), {}))", "setattr(int, 'x', 1)", "setattr(len, 'x', 1)", "delattr([], 'append')", "setattr(None, 'x', 1)"]),
    ("class Seq:\n    def __len__(self): return 3\n    def __getitem__(self, i):\n        if i > 2: raise IndexError\n        return i * 5\nclass Never(Seq):\n    __reversed__ = None\n    __iter__ = None\n    __hash__ = None\ngen_ = (x for x in 'ab')\ndef other_(): yield 1",
     ["list(reversed(Seq()))", "list(Seq())", "10 in Seq()", "reversed(Never())", "iter(Never())", "hash(Never())", "reversed({1, 2})", "reversed(gen_)", "list(reversed({1: 2, 3: 4}))", "copy.deepcopy(gen_)", "copy.copy(other_())", "type(gen_).__name__", "type(other_()).__name__", "isinstance(gen_, types.GeneratorType)", "inspect.isgenerator(iter([]))", "inspect.isgenerator(gen_)", "hasattr(iter([]), 'send')", "isinstance(gen_, collections.abc.Iterator)", "isinstance(Seq(), collections.abc.Iterable)", "isinstance(Seq(), collections.abc.Sized)", "callable(Seq)", "callable(Seq())", "next(iter(Seq()))", "max(Seq())", "sorted(Seq(), reverse=True)", "a, b, c = Seq()" if False else "[*Seq()]", "collections.Counter(iterable=2, b=1)", "min(Seq(), key=lambda x: -x)", "list(zip(Seq(), Seq()))", "sum(Seq())", "dict(enumerate(Seq()))", "Seq()[::2]"]),
    ("def raising(kind):\n    try:\n        try: raise kind\n        except LookupError as e: raise RuntimeError('outer') from e\n        except (TypeError, ValueError): raise\n        finally: seen_.append(1)\n    except Exception as e: return [type(e).__name__, str(e), type(e.__cause__).__name__, type(e.__context__).__name__, e.__suppress_context__]\nseen_ = []",
     ["raising(KeyError('a'))", "raising(ValueError(1, 2))", "raising(IndexError())", "raising(OSError(2, 'no', 'f'))", "raising(FileNotFoundError('x'))", "OSError(17, 'a').__class__.__name__", "OSError(2, 'no', 'f').filename", "str(OSError(5, 'z', 'a', None, 'b'))", "repr(KeyError('a', 1))", "StopIteration(4).value", "raising(StopIteration(3))", "ImportError('a', name='n').name", "ValueError('a').with_traceback(None).args", "raising(UnicodeDecodeError('u', b'', 0, 1, 'r'))", "seen_", "AttributeError('m', name='n').name", "raising(AssertionError([1]))", "raising(type('Own', (KeyError,), {'__str__': lambda s: 'own'})('k'))"]),
]
ARITHMETIC = [
    "2 ** 100 % 97", "(1 << 70) >> 68", "-(2 ** 63) // 3", "(2 ** 64).bit_length()", "10 ** 20 // 7", "divmod(-10 ** 19, 3)", "int('9' * 25) + 1", "float(2 ** 80)", "2 ** -2", "(-8) ** (1 / 3)", "7 // 0.5", "-7 % 2.5", "1e308 * 10", "float('nan') == float('nan')",
    "round(-2.5)", "round(1234.567, -2)", "round(2 ** 70, -5)", "int(-3.9)", "int(1e20)", "math.isqrt(10 ** 20)", "math.comb(30, 15)", "math.fsum([0.1] * 10)", "math.log2(2 ** 100)", "math.ceil(-0.5)", "math.floor(1e17)", "math.copysign(1, -0.0)", "0.1 + 0.7", "1 / 3", "1e-7",
    "123456789.123456789", "1e22", "1e21", "5e-324", "-0.0", "hash(2 ** 61 - 1)", "hash(1.0) == hash(1)", "True + 2 ** 65", "~(2 ** 65)", "(2 ** 65) & 0xff", "(2 ** 65) ^ -1", "-1 >> 70", "1 << -1", "2 ** 1000 > 1e300", "10 ** 400 / 10 ** 399", "int('0b101', 0)", "int('-0x1f', 16)",
    "int(' 12 ')", "int('1_0')", "float('1_0.5')", "(255).to_bytes(2, 'big')", "int.from_bytes(b'\\x01\\x00', 'little')", "(2.5).is_integer()", "(0.75).as_integer_ratio()", "(10).bit_count()", "float.fromhex('0x1.8p1')", "(1.5).hex()", "pow(3, -1, 7)", "pow(2, 10, 1000)", "abs(-2 ** 63)",
    "complex('1+2j')", "(1 + 2j) ** 2", "(1 + 2j).conjugate()", "1j == 1j + 0", "sum([0.1, 0.2, 0.3])", "max(1, 1.0)", "min(True, 0)", "3 .real", "1 if 0.0 else 2", "not 1e-300", "5 // -2, 5 % -2, -5 // 2", "(-5).__floordiv__(2)", "int.__add__(1, 2)", "(3).__rsub__(10)",
]
FORMATS = [
    "'{:>10.3f}|{:<6}|{:^7}'", "'{0:08.3e}'", "'{0:+,d}'", "'{!r:>12}'", "'{:%}'", "'{:#x}'", "'{:_b}'", "'{:c}'", "'{:.2}'", "'{:g}'", "'{:=+8d}'", "'{:*^9}'", "'{:n}'", "'{:s}'", "'{:>{w}}'", "'{a.real}'", "'{a[0]}'", "'{:.0f}'", "'{:#.3g}'", "'{{}}{}'",
]
FORMATTED = ["3", "-7", "2.5", "1e10", "'ab'", "True", "None", "[1]", "(1, 2)", "65", "0.000123", "-0.0", "1234567", "'é'", "2 ** 70", "float('inf')", "1j"]
SIGNED = [
    "nn.Linear", "nn.LayerNorm", "nn.Embedding", "nn.Conv2d", "nn.MultiheadAttention", "nn.MultiheadAttention.forward", "nn.GELU", "nn.RMSNorm", "nn.LSTM", "nn.Module.to", "nn.Module.register_buffer", "nn.Sequential", "nn.ModuleList", "nn.Linear.forward",
    "nn.functional.softmax", "nn.functional.dropout", "nn.functional.scaled_dot_product_attention", "nn.functional.cross_entropy", "nn.init.trunc_normal_", "nn.init.normal_", "nn.CrossEntropyLoss", "nn.Dropout", "nn.BatchNorm2d", "nn.TransformerEncoderLayer",
    "Own", "Own.make", "Own().go", "Own.go", "functools.partial(Own, 3)", "functools.partial(own_, 1, c=2)", "own_", "functools.wraps(own_)(lambda *a: a)", "Over", "nn.ModuleDict.update", "nn.GroupNorm.forward", "nn.Softmax", "nn.PReLU", "nn.ConvTranspose1d",
]
TENSORS = [
    "x_[0]", "x_[-1, ..., 1]", "x_[:, None, 1:]", "x_[..., ::2]", "x_[[0, 1]]", "x_[torch.tensor([1, 0])]", "x_[:, [0, 2]]", "x_[x_ > 1]", "x_[True]", "x_[None]", "x_[1:1]", "x_[0, 0, 0]", "x_[:, 1, 3]", "x_[(slice(None), 0)]", "x_[[slice(None), 1]]", "x_[5]", "x_[0, 0, 0, 0]",
    "x_.view(-1, 2)", "x_.reshape(4, -1)", "x_.flatten(1, 2)", "x_.permute(2, 0, 1)", "x_.transpose(0, -1)", "x_.sum((0, 2))", "x_.mean(-1, keepdim=True)", "x_.std(0)", "x_.max(1)[0]", "x_.argmax(-1)", "x_.topk(2, -1).values", "x_.sort(1)[1]", "x_.cumsum(0)", "x_.unfold(2, 2, 1)",
    "x_.expand(5, -1, -1, -1)", "x_.repeat(1, 2, 3)", "x_.repeat_interleave(2, 1)", "x_.chunk(2, 2)[1]", "x_.split([1, 3], -1)[1]", "torch.cat([x_, x_], 1)", "torch.stack([x_, x_], -1)", "torch.einsum('abc,cd->abd', x_, x_.new_zeros(4, 5))", "x_ @ x_.mT", "x_ * x_.new_ones(4)", "x_ + 1",
    "x_ / 2", "x_ // 2", "x_ ** 2", "x_ > 1", "-x_", "x_.half() + 1.5", "x_.long() * 1.0", "x_.bool() | True", "x_.int() / 2", "torch.where(x_ > 1, x_, 0.0)", "x_.masked_fill(x_ > 1, 0)", "torch.outer(torch.arange(3), torch.arange(2.))", "torch.arange(0, 1, 0.3)", "torch.linspace(0, 1, 4)",
    "torch.full((2,), True)", "torch.full((2,), 3)", "torch.tensor([1, 2.5])", "torch.tensor([True, 2])", "torch.zeros(2, dtype=torch.int8) + torch.zeros(1, dtype=torch.uint8)", "torch.zeros(2, dtype=torch.float16) * torch.zeros(2, dtype=torch.bfloat16)", "torch.eye(3)[None]", "torch.tril(torch.ones(3, 3)).bool()",
    "torch.nn.functional.pad(x_, (1, 2))", "torch.nn.functional.one_hot(torch.arange(3), 5)", "x_.type_as(torch.zeros(1).half())", "torch.polar(torch.ones(2), torch.zeros(2))", "torch.view_as_real(torch.zeros(2, dtype=torch.complex64))", "torch.meshgrid(torch.arange(2), torch.arange(3), indexing='ij')[1]",
    "torch.zeros(True, 2)", "torch.zeros((True, 2))", "torch.zeros(2, True)", "nn.Linear(2, True).weight", "nn.Linear(True, 2).weight", "torch.zeros(2).view(3)", "torch.zeros(2, 3).t()", "torch.trapezoid(torch.zeros(2, 3))", "torch.logsumexp(x_, 1)", "torch.logsumexp(x_)", "x_.squeeze(0)", "x_.unsqueeze(-1)",
    "torch.broadcast_to(torch.zeros(3, 1), (2, 3, 4))", "torch.bucketize(torch.zeros(3), torch.arange(4.))", "torch.triu_indices(3, 3)", "x_.diagonal(0, 1, 2)", "x_.new_empty(0)", "x_.numel()", "x_.element_size()", "x_.dim()", "x_.stride()", "x_.is_contiguous()", "x_.T.shape", "x_.size(-2)", "len(x_)", "list(x_.unbind(0))[0]",
]


class Objects:
    """Statements that ask many small things of one setting, each answer or error on its own."""

    def ask(self, setting, expressions, count):
        if setting:
            self.put(setting)
        for each in self.r.sample(expressions, min(count, len(expressions))):
            self.put(f"try:\n    v_ = {each}\n    result.append(type(v_).__name__ if isinstance(v_, nn.Module) else v_ if isinstance(v_, list) else repr(v_))\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_module_dict(self):
        how = self.r.choice(DICT_WAYS)
        self.ask(DICTS.format(how=how, n=self.r.randint(1, 4)), DICT_USES, self.r.randint(2, 6))

    def make_edits(self):
        r = self.r
        self.put("class Doubled(nn.Module):\n    def forward(self, x): return x * 2\nclass Many(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(2, 3)\n        self.l = nn.ModuleList([nn.Linear(2, 3), nn.Linear(2, 3), nn.Tanh()])\n        self.d = nn.ModuleDict({'k': nn.Linear(1, 2), 'j': nn.ReLU()})\n        self.s = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Dropout(0.1))\n        self.p = nn.ParameterList([nn.Parameter(torch.zeros(2)), torch.zeros(1)])\n        self.q = nn.ParameterDict({'u': nn.Parameter(torch.zeros(1)), 'v': torch.ones(2)})\n        self.register_buffer('b', torch.zeros(3))\nwith torch.device('meta'):\n    m_ = Many()")
        for each in r.sample(EDITS, r.randint(2, 6)):
            self.put(f"try:\n    with torch.device('meta'):\n        {each}\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")
        self.ask("", SEEN, r.randint(1, 4))

    make_edits2 = make_edits

    def make_unusual(self):
        setting, expressions = self.r.choice(CLASSES)
        self.ask(setting, expressions, self.r.randint(3, 8))

    make_unusual2 = make_unusual

    def make_arithmetic(self):
        self.ask("", ARITHMETIC, self.r.randint(3, 8))

    def make_format(self):
        r = self.r
        asked = [f"{r.choice(FORMATS)}.format({v}, {r.choice(FORMATTED)}, {r.choice(FORMATTED)}, w=7, a={v})" for v in r.sample(FORMATTED, 5)]
        self.ask("", asked + [f"f'{{{v}:{r.choice(['>8', '08', '.3', 'e', ',', '<5', 'x'])}}}'" for v in r.sample(FORMATTED, 4) if "'" not in v], 6)

    def make_signature(self):
        r = self.r
        self.put("def own_(a, b=2, /, *args, c, d: int = 4, **more) -> str: return a\nclass Own(nn.Module):\n    def __init__(self, dim, heads=2, *, bias=True): super().__init__()\n    @classmethod\n    def make(cls, n=1): return cls(n)\n    def go(self, x, mask=None): return x\nclass Over(nn.Linear): pass\nOwn.__init__.__defaults__\nOwn_ = Own\nOwn = type('Own', (Own,), {'__init__': lambda self, dim=3, **kw: nn.Module.__init__(self)}) if False else Own")
        each = r.choice(["[(p.name, str(p.kind), p.default is p.empty) for p in inspect.signature({f}).parameters.values()]", "list(inspect.signature({f}).parameters)", "inspect.getfullargspec({f}).args", "'bias' in inspect.signature({f}).parameters", "len(inspect.signature({f}).parameters)", "repr([p.default for p in inspect.signature({f}).parameters.values() if not callable(p.default)])"])
        self.ask("", [each.replace("{f}", f.replace("Own()", "Own(1)")) for f in SIGNED], r.randint(2, 5))

    def make_tensor(self):
        r = self.r
        asked = r.sample(TENSORS, r.randint(3, 8))
        self.put("x_ = torch.zeros(2, 3, 4)\ndef told_(v): return (str(v.dtype), list(v.shape)) if isinstance(v, torch.Tensor) else v")
        for each in asked:
            self.put(f"try:\n    result.append(told_({each}))\nexcept Exception as error:\n    result.append(type(error).__name__)")

    make_tensor2 = make_tensor
