"""Statements of random programs: values, errors, functions and what calls them, loops, contexts, containers."""


class Functions:
    def make_value(self):
        kind = self.r.choice(list(self.vars))
        self.bind(kind, self.of(kind, 3))

    make_value2 = make_value3 = make_value

    def make_error(self):
        r = self.r
        bad = r.choice(
            ["[1, 2][9]", "{'a': 1}['b']", "1 / 0", "int('x1')", "None.attr", "'a' + 1", "1 + 'a'", "len(5)", "undefined_name", "(1).real.b", "[].pop()",
             "{}.popitem()", "dict(a=1)(2)", "'abc'.index('z')", "[1].index(4)", "[1].remove(4)", "next(iter([]))", "max([])", "float('1,5')",
             "(lambda a: a)()", "(lambda a: a)(1, 2)", "(lambda *, k: k)(1)", "(lambda a, /: a)(a=1)", "(lambda a: a)(b=2)", "int([])", "range(1, 2, 0)",
             "'%d' % 'a'", "'%s %s' % (1,)", "'{} {}'.format(1)", "'{a}'.format(b=1)", "[][1:2:0]", "nn.Linear(2)", "nn.Linear(2, 3, 4, 5, 6, 7)",
             "nn.Embedding(3, 2, padding_idx=5)", "nn.Conv2d(3, 4, 3, groups=2)", "nn.MultiheadAttention(5, 2)", "nn.ModuleList([1])", "nn.Sequential(3)",
             "nn.ModuleDict({'a': 2})", "nn.ModuleDict({'a.b': nn.ReLU()})", "nn.Parameter(3)", "nn.Module().weight", "nn.Module().register_buffer('a.b', None)",
             "nn.Module().register_parameter('x', torch.zeros(1))", "nn.Linear(2, 2).register_buffer('weight', None)", "nn.ModuleList([nn.ReLU()])[4]",
             "setattr(nn.Linear(2, 2), 'weight', 3)", "torch.zeros(2, 3).view(4)", "torch.zeros(2) + torch.zeros(3)", "torch.cat([torch.zeros(2), torch.zeros(2, 2)])",
             "torch.zeros(2, 3)[5]", "torch.zeros(2, 3)[0, 0, 0]", "torch.zeros(2, 3) @ torch.zeros(2, 3)", "torch.zeros(2).expand(3, 4)", "torch.zeros(3).unsqueeze(5)",
             "torch.stack([torch.zeros(1), torch.zeros(2)])", "torch.zeros(2, 3).permute(0)", "torch.zeros(4).split([1, 2])", "torch.tensor([[1], [1, 2]])", "torch.empty(-1)",
             "getattr(object(), 'q')", "object().x", "setattr(object(), 'a', 1)", "{[]: 1}", "{1} + {2}", "super()", "sorted([1, 'a'])", "sum(['a'])", "iter(3)", "a, b = 1", "abs('a')",
             "isinstance(1, 2)", "issubclass(1, int)", "type('A', (1,), {})", "__import__('no_such_module')", "import_error", "raise_it(KeyError('k'))", "raise_it(ValueError)",
             "raise_it(3)", "chr(-1)", "ord('ab')", "bytes([300])", "'a'.join([1])", "''.split('')", "nn.GroupNorm(2, 3)", "getattr(nn, 'NoLayer')", "torch.no_function(1)", "torch.float99",
             "copy.copy(nn.Linear(1, 1)).nope", "enum.Enum('E', 'a b')('c')", "enum.Enum('E', 'a b')['c']", "collections.namedtuple('P', 'x y')(1)", "math.sqrt(-1)", "math.log(0)",
             "operator.itemgetter(3)([1])", "functools.partial(len)(1, 2)", "dataclasses.field(default=1, default_factory=list)", "2 ** 'a'", "-'a'", "~1.5", "[1] < 3", "None < 1", "1 @ 2"]
        )
        self.put(f"try:\n    {bad if '=' in bad.split('(')[0] else 'v_ = ' + bad}\n    result.append('no error')\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    make_error2 = make_error

    def make_generator(self):
        f, r = self.name("gen"), self.r
        shape = r.randint(0, 6)
        if shape == 0:
            self.put(f"def {f}(n):\n    for i in range(n):\n        got = yield i * {r.randint(1, 3)}\n        if got:\n            yield got + i\n    return n")
            v = self.name()
            self.put(f"{v} = {f}({r.randint(1, 4)})\nresult.append([next({v}), {v}.send({r.choice(['5', 'None', '2'])}), list({v})])")
        elif shape == 1:
            self.put(f"def {f}a():\n    yield 1\n    yield {self.of('int', 1)}\n    return {r.randint(1, 5)}\ndef {f}():\n    got = yield from {f}a()\n    yield got\n    got += yield from [{self.of('int', 0)}] or 0\n" if False else
                     f"def {f}a(k):\n    yield k\n    yield {self.of('int', 1)}\n    return k * 2\ndef {f}():\n    got = yield from {f}a({r.randint(1, 5)})\n    yield got\n    yield from ({f}a(j) for j in range(2)) if {self.of('bool', 1)} else []")
            self.put(f"result.append([x if isinstance(x, int) else list(x) for x in {f}()])")
        elif shape == 2:
            self.put(f"log = []\ndef {f}():\n    try:\n        for i in itertools.count():\n            log.append(i)\n            yield i\n    except ValueError as error:\n        log.append(str(error))\n        yield -1\n    finally:\n        log.append('end')")
            v = self.name()
            self.put(f"{v} = {f}()\nresult.append([next({v}) for _ in range({r.randint(1, 3)})])\nresult.append({r.choice([v + '.close()', v + '.throw(ValueError(7))', 'next(' + v + ')'])})\nresult.append(log[:])")
        elif shape == 3:
            self.put(f"def {f}(tree):\n    if isinstance(tree, list):\n        for each in tree:\n            yield from {f}(each)\n    else:\n        yield tree")
            self.put(f"result.append(list({f}([{self.of('int', 1)}, [{self.of('int', 0)}, [{self.of('int', 0)}], []], {self.of('list', 1)}])))")
        elif shape == 4:
            self.put(f"seen = []\ndef note(x):\n    seen.append(x)\n    return x\nresult.append(next((note(x) for x in [{self.of('int', 0)}, 4, 5] if note(x) > {r.randint(0, 4)}), None))\nresult.append(any(note(x) > {r.randint(0, 3)} for x in range(4)))\nresult.append(seen)")
        elif shape == 5:
            a, b = self.name("it"), self.name("it")
            self.put(f"{a} = (x * y for x in range({r.randint(1, 4)}) for y in range(x) if y != {r.randint(0, 2)})\n{b} = map(lambda x: x + 1, {a})\nresult.append([next({a}, 'end'), list(zip({b}, {a})), list({b})])")
        else:
            self.put(f"def {f}():\n    x = yield 'a'\n    while x is not None:\n        x = yield x {r.choice('+*')} {r.randint(1, 3)}\n    return 'done'")
            v = self.name()
            self.put(f"{v} = {f}()\nresult.append([next({v}), {v}.send({r.randint(1, 9)}), {v}.send({r.randint(1, 9)})])\ntry:\n    {v}.send(None)\nexcept StopIteration as stop:\n    result.append(stop.value)")

    def make_function(self):
        f, r = self.name("f"), self.r
        parts = r.sample(["a", f"b={self.of('int', 1)}", "*rest", f"k={self.of('int', 0)}", "**more"], r.randint(1, 5))
        order = ["a", "b", "*r", "k", "**"]
        parts.sort(key=lambda p: [p.startswith(o) for o in order].index(True))
        if "*rest" not in parts and any(p.startswith("k") for p in parts) and r.random() < 0.5:
            parts.insert([p.startswith("k") for p in parts].index(True), "*")
        names = [p.lstrip("*").split("=")[0] for p in parts if p.strip("*")]
        self.put(f"def {f}({', '.join(parts)}):\n    return ({', '.join(names)},)")
        args = r.choice(["1", "1, 2", "", "1, 2, 3", "*[1, 2]", "1, k=5", "a=1", "1, b=2, z=9", "**{'a': 3}", "1, **{'k': 2}", "*range(2), k=1"])
        self.put(f"try:\n    result.append({f}({args}))\nexcept TypeError as error:\n    result.append(str(error))")

    def make_closure(self):
        f, r = self.name("outer"), self.r
        self.put(f"def {f}(n):\n    total = n\n    def add(x):\n        nonlocal total\n        total {r.choice(['+=', '*=', '-='])} x\n        return total\n    def get():\n        return total\n    return add, get, [lambda y{r.choice(['', '=i', '=0'])}: {r.choice(['i', 'i + n', 'y'])} for i in range({r.randint(1, 3)})]")
        self.put(f"add_, get_, fs_ = {f}({self.of('int', 1)})\nadd_({r.randint(1, 5)}); add_({r.randint(1, 5)})\nresult.append(get_())\ntry:\n    result.append([g(1) for g in fs_])\nexcept TypeError as error:\n    result.append(str(error))")

    def make_decorator(self):
        f, r = self.name("dec"), self.r
        self.put(f"def {f}(n):\n    def wrap(fn):\n        {r.choice(['@functools.wraps(fn)', 'pass'])}\n        def inner(*args, **kwargs):\n            return fn(*args, **kwargs) {r.choice('+*-')} n\n        inner.tag = n\n        return inner\n    return wrap")
        g = self.name("g")
        self.put(f"@{f}({r.randint(1, 4)})\n@{f}({self.of('int', 1)})\ndef {g}(x, y=2):\n    'doc'\n    return x + y\nresult.append([{g}({r.randint(0, 5)}), {g}.__name__, {g}.tag, {g}.__doc__])")

    def make_context(self):
        c, r = self.name("ctx"), self.r
        self.put(f"""@contextlib.contextmanager
def {c}(log, name):
    log.append('in ' + name)
    try:
        yield name.upper()
    {r.choice(['except ValueError as error: log.append(str(error))', 'finally: log.append("out " + name)'])}
    {r.choice(['log.append("after")', 'pass'])}
log_ = []
try:
    with {c}(log_, 'a') as first, {c}(log_, 'b') as second{r.choice(['', ', contextlib.suppress(KeyError)', ', contextlib.nullcontext(3) as third'])}:
        log_.append(first + second)
        {r.choice(['pass', 'raise ValueError("v")', 'raise KeyError("k")', '1 / 0'])}
except Exception as error:
    log_.append(repr(error))
result.append(log_)""")

    def make_match(self):
        f, r = self.name("m"), self.r
        cases = r.sample(
            ["case [a, *rest] if a:\n            return ['list', a, rest]", "case {'k': value, **more}:\n            return ['dict', value, more]", "case int() | float() as number:\n            return ['number', number]", "case str(text):\n            return ['str', text]", "case (1, 2) | [3]:\n            return 'pair'",
             "case Pt(x=0, y=yy):\n            return ['zero', yy]", "case Pt(a, b):\n            return ['pt', a, b]", "case None | True:\n            return 'const'", "case []:\n            return 'empty'", "case -1 | 'x1':\n            return 'minus'", "case {'k': [x, _]}:\n            return x", "case bool(b):\n            return ['bool', b]", "case [[a, b], c]:\n            return c", "case {}:\n            return 'any dict'", "case [_, _]:\n            return 'two'"],
            r.randint(2, 7))
        body = "\n        ".join(cases)
        self.put(f"class Pt:\n    __match_args__ = ('x', 'y')\n    def __init__(self, x, y): self.x, self.y = x, y\ndef {f}(v):\n    match v:\n        {body}\n        case _:\n            return 'other'")
        for v in r.sample(["[1, 2]", "[0, 1]", "[]", "{'k': 1, 'j': 2}", "{'k': [4, 5]}", "3", "2.5", "'text'", "'x1'", "None", "True", "Pt(0, 5)", "Pt(1, 2)", "(1, 2)", "[3]", "-1", "{}", "[[1, 2], 3]", "range(2)", "b'ab'", self.of("list", 1), self.of("dict", 1)], 5):
            self.put(f"result.append({f}({v}))")

    def make_unpack(self):
        r = self.r
        self.put(f"try:\n    {r.choice(['a_, *b_, c_', '*a_, b_, c_', 'a_, b_, *c_', '(a_, b_), *c_', 'a_, b_, c_'])} = {r.choice([self.of('list', 1), '[1, 2, 3]', repr('abcd'), '[(1, 2), 3]', 'range(3)', '{1: 2, 3: 4, 5: 6}'])}\n    result.append([a_, b_, c_])\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    def make_loop(self):
        r = self.r
        v = self.name("acc")
        self.put(f"{v} = []\nfor i_, x_ in enumerate({self.of('list', 2)}):\n    if x_ {r.choice(['>', '<', '=='])} {r.randint(0, 6)}: {r.choice(['continue', 'break', v + '.append(-1)'])}\n    {v}.append((i_, x_))\nelse:\n    {v}.append('else')\nwhile {v} and len({v}) > {r.randint(1, 3)}:\n    {v}.pop({r.choice(['', '0'])})\nresult.append({v})")

    def make_mutate(self):
        r = self.r
        v = self.name("mut")
        self.put(f"{v} = {self.of('list', 1)}\nw_ = {v}")
        for e in r.sample([f"{v}.append({self.of('int', 1)})", f"{v}.extend({self.of('list', 1)})", f"{v}.insert({r.randint(-2, 3)}, 9)", f"{v}[1:2] = [7, 8]", f"{v}[::2] = [0] * len({v}[::2])", f"del {v}[:1]", f"{v}.sort(reverse=True)", f"{v}.reverse()", f"{v} += (1, 2)", f"{v} = {v} + [3]", f"{v} *= 2", f"{v}.clear()", f"w_ = {v}[:]"], r.randint(2, 5)):
            self.put(e)
        self.put(f"result.append([{v}, w_, w_ is {v}])")
        m = self.name("map")
        self.put(f"{m} = {self.of('dict', 1)}")
        for e in r.sample([f"{m}.update(a=1, b=2)", f"{m}.setdefault('q', []).append(1)", f"{m}.pop('a', None)", f"{m}['z'] = {self.of('int', 1)}", f"{m} |= {{'m': 3}}", f"{m} = {{v: k for k, v in {m}.items() if isinstance(v, int)}}", f"{m}.popitem() if {m} else None", f"for k_ in list({m}): {m}[str(k_) + '2'] = 0", f"del {m}[next(iter({m}))] if 0 else None" if False else f"{m}.get('zz')"], r.randint(2, 5)):
            self.put(e)
        self.put(f"result.append([{m}, list({m}), len({m})])")

    def make_collections(self):
        r = self.r
        e = r.choice(
            [f"collections.Counter({self.of('str', 1)}) + collections.Counter('aab')", "collections.OrderedDict(a=1, b=2)", f"collections.deque({self.of('list', 1)}, maxlen=2)", "sorted(collections.defaultdict(list, {'a': [1]}).items())", f"collections.namedtuple('Q', 'x y', defaults=[3])({self.of('int', 1)})",
             "collections.namedtuple('Q', 'x y')(1, 2)._replace(x=5)", f"functools.partial(max, 3)({self.of('int', 1)})", "operator.attrgetter('real')(3)", f"copy.deepcopy({self.of('dict', 1)})", f"json.loads(json.dumps({self.of('dict', 1)}))", f"json.dumps({self.of('list', 1)}, indent=1)", f"string.Template('$a').substitute(a={self.of('int', 0)})", "type('T', (dict,), {'k': 1})(a=2)", f"heapq.nsmallest(2, {self.of('list', 1)})", f"bisect.bisect([1, 3, 5], {self.of('int', 1)})",
             f"struct_({self.of('int', 0)})", "fractions.Fraction(3, 6) + 1", "list(typing.get_args(typing.Union[int, str]))", "inspect.signature(struct_).parameters['a'].default", "struct_.__code__.co_varnames", f"eval({self.of('str', 0)!r} or '1')", f"eval('a + b', {{'a': 1, 'b': {self.of('int', 0)}}})", "(3 + 4j) * 2j", "abs(3 - 4j)", "complex(1, -2)", "(1j).imag", "1j ** 2", "types.SimpleNamespace(a=1, b=[2])", "collections.UserDict(a=1)",
             "textwrap.dedent('  a\\n   b')", "list(zip(*[[1, 2], [3, 4]]))", "list(itertools.zip_longest([1], [2, 3], fillvalue=0))", "[*map(str, range(3))]", "vars(types.SimpleNamespace(x=1))", "math.prod([2, 3, 4])", "math.gcd(12, 18)", "math.isclose(0.1 + 0.2, 0.3)", "'a-b'.split('-', 1)", "sorted({'b': 1, 'a': 2}.items(), key=operator.itemgetter(1))", "bytes('é', 'utf8')", "'é'.encode().decode()", "hex(255), oct(8), bin(5)", "1_000", "0.1 + 0.2", "1e16", "round(2.5), round(3.5), round(2.675, 2)", "-7 // 2, -7 % 3, 7 // -2", "float('inf') > 1", "int(3.9)", "True + True", "'abc' < 'abd'", "(1, 2) < (1, 2, 0)", "[] is []", "None is None"])
        self.put(f"def struct_(a: int = 1, *b, c: str = 'x', **d) -> int: return a\ntry:\n    result.append(repr({e}))\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")

    make_collections2 = make_collections

    def make_text_code(self):
        r = self.r
        v = self.name("ex")
        self.put(r.choice([
            f"exec('{v} = 3 + len(result)')\nresult.append({v})",
            f"def run{v}():\n    q = {r.randint(1, 5)}\n    return eval('q * 2 + len(result)')\nresult.append(run{v}())",
            f"space_ = {{}}\nexec('def f(x):\\n    return x * 3\\ny = f(2)', space_)\nresult.append([space_['y'], space_['f'](4), sorted(k for k in space_ if k != '__builtins__')])",
            f"result.append(eval(compile('1 + 2', '<s>', 'eval')))",
            f"class X{v}:\n    a = 2\n    b = [a for _ in range(2)] if False else [i for i in range(a)]\n    c = eval('a + 1')\nresult.append([X{v}.b, X{v}.c])",
            f"globals()['{v}'] = 4\nresult.append({v})",
            f"result.append(sorted(k for k in (lambda p, q=2: locals())(1)))",
        ]))

    def make_dispatch(self):
        f = self.name("sd")
        self.put(f"@functools.singledispatch\ndef {f}(x): return 'other'\n@{f}.register\ndef _(x: int): return 'int'\n@{f}.register(list)\ndef _(x): return 'list'\n@{f}.register\ndef _(x: typing.Union[str, bytes]): return 'text'\nresult.append([{f}(v) for v in (1, True, [], 'a', b'', None, 2.0, {{}})])" if self.r.random() < 0.6 else f"@functools.lru_cache(maxsize=None)\ndef {f}(n): return n if n < 2 else {f}(n - 1) + {f}(n - 2)\nresult.append([{f}(15), {f}.cache_info().misses])")

    def make_numpy(self):
        r = self.r
        e = r.choice(["np.arange({n}).reshape(-1, 1).shape", "np.zeros(({n}, 2)).T.shape", "np.array([[1, 2], [3, 4]]).sum(axis={b}).tolist()", "np.linspace(0, 1, {n}).tolist()", "np.array([1, 2, 3])[::-1].tolist()", "np.prod([2, {n}])", "int(np.ceil({n} / 2))", "np.array([1.5, 2], dtype=np.float32).dtype", "np.concatenate([np.ones(2), np.zeros({n})]).tolist()", "(np.arange({n}) > 1).tolist()", "np.cumsum([1, 2, {n}]).tolist()", "np.array(3.5).shape", "float(np.float32(2.5))", "np.int64({n}) + 1", "np.array([3, 1, 2]).argsort().tolist()", "np.stack([np.zeros(2)] * {n}).shape", "np.where(np.arange({n}) > 1, 1, 0).tolist()", "np.outer([1, 2], [3, {n}]).tolist()", "torch.tensor(np.arange({n})).dtype", "torch.from_numpy(np.ones((2, {n}), dtype=np.float32)).shape", "np.log2(8)", "(np.array([1, 2]) * 2.5).tolist()", "np.exp(0.0)", "np.eye({n}).trace()", "np.diff([1, 4, {n}]).tolist()", "np.unique([3, 1, 3]).tolist()", "np.max([1, {n}])", "np.array([[1, 2]]).repeat(2, axis=0).tolist()", "np.sin(np.arange(2)).shape", "np.tile([1, 2], {n}).tolist()", "np.full((2, {n}), 7).tolist()", "np.array([True, False]).any()"])
        self.put(f"result.append(str({e.replace('{n}', str(r.randint(1, 4))).replace('{b}', str(r.randint(0, 1)))}))")
