"""Random small programs, and what CPython and torch make of them.

    random_programs.py write COUNT SEED [STATEMENTS] > PROGRAMS  programs without answers, of up to 5 or so many parts
    PYTHONHASHSEED=0 random_programs.py record PROGRAMS fills in the answers, new and old, in place
    random_programs.py keep PROGRAMS COUNT > FEWER      those with the most kinds of syntax that the ones before lack

A file holds programs with an empty line behind each; the line "=> " is the repr of `result`, or the exception that ends the
program.  Each runs behind fixtures/python/modules_prelude.py.  Recording needs Python 3.11, torch 2.13.0 and numpy.

To look for differences: write and record a file, ask the evaluator with the target `program_answers` of the build,
`build/tests/program_answers fixtures/python/modules_prelude.py FILE > FILE.answers`, and then

    random_programs.py compare PROGRAMS                 the first place where each answer differs
"""

import ast
import os
import pathlib
import random
import signal
import sys
import warnings

from random_objects import Objects

PRELUDE = pathlib.Path(__file__).parents[2] / "fixtures/python/modules_prelude.py"
NAMES = ["alpha", "beta", "gamma", "delta", "eps", "zeta", "eta", "theta"]
WORDS = ["layer", "norm", "up_proj", "Down", "q", "mlp.gate", "x1", "", "Attn Mask", "k_v", "é"]


class Writer(Objects):
    """Writes one program: lines, and which of its variables hold what."""

    def __init__(self, rng):
        self.r = rng
        self.lines = []
        self.vars = {"int": [], "str": [], "list": [], "dict": [], "bool": []}
        self.count = 0

    def name(self, stem="v"):
        self.count += 1
        return f"{stem}{self.count}"

    def put(self, text, indent=0):
        for line in text.strip("\n").split("\n"):
            self.lines.append("    " * indent + line)

    def bind(self, kind, text):
        name = self.name()
        self.put(f"{name} = {text}")
        self.vars[kind].append(name)
        return name

    def pick(self, *choices):
        return self.r.choice(choices)

    # ---- expressions

    def of(self, kind, depth=2):
        known = self.vars[kind]
        if known and self.r.random() < (0.55 if depth <= 0 else 0.25):
            return self.r.choice(known)
        return getattr(self, kind + "_")(depth)

    def int_(self, d):
        r = self.r
        if d <= 0:
            return str(r.choice([0, 1, 2, 3, 4, 5, 7, 8, 16, -1, -3]))
        i = lambda: self.of("int", d - 1)
        return self.pick(
            lambda: f"({i()} {r.choice(['+', '-', '*', '&', '|', '^'])} {i()})",
            lambda: f"({i()} {r.choice(['//', '%'])} ({i()} or 3))",
            lambda: f"({i()} ** {r.randint(0, 3)})",
            lambda: f"({i()} << {r.randint(0, 5)} >> {r.randint(0, 3)})",
            lambda: f"len({self.of(r.choice(['list', 'str', 'dict']), d - 1)})",
            lambda: f"sum({self.of('list', d - 1)})",
            lambda: f"{r.choice(['max', 'min'])}({self.of('list', d - 1)}, default={i()})",
            lambda: f"({self.of('list', d - 1)} or [{i()}])[{r.choice(['0', '-1'])}]",
            lambda: f"({i()} if {self.of('bool', d - 1)} else {i()})",
            lambda: f"{self.of('dict', d - 1)}.get({self.of('str', d - 1)}, {i()})",
            lambda: f"{self.of('str', d - 1)}.{r.choice(['count', 'find', 'rfind'])}({self.of('str', 0)})",
            lambda: f"{self.of('list', d - 1)}.count({i()})",
            lambda: f"(lambda a, b={i()}, *c: a {r.choice('+-*')} b + len(c))({', '.join(i() for _ in range(r.randint(1, 3)))})",
            lambda: f"next(iter({self.of('list', d - 1)}), {i()})",
            lambda: f"next((x for x in {self.of('list', d - 1)} if x {r.choice(['>', '<', '%'])} {r.randint(1, 5)}), {i()})",
            lambda: f"int({self.of('bool', d - 1)})",
            lambda: f"round({i()} / {r.choice(['2', '3', '4.0'])})",
            lambda: f"abs({i()})",
            lambda: f"divmod({i()}, {r.choice([2, 3, -4])})[{r.randint(0, 1)}]",
            lambda: f"functools.reduce(lambda a, b: a {r.choice('+-*')} b, {self.of('list', d - 1)}, {i()})",
            lambda: f"int(f'{{abs({i()}) % 2}}01', {r.choice([2, 8, 10, 16])})",
            lambda: f"bin({i()}).count('1')",
            lambda: f"math.{r.choice(['floor', 'ceil', 'trunc'])}({i()} * 0.75)",
            lambda: f"(y := {i()}) + y",
            lambda: f"[{i()}, {i()}, {i()}][{r.randint(-3, 2)}]",
            lambda: f"~{i()}",
            lambda: f"sum(a * b for a, b in zip({self.of('list', d - 1)}, {self.of('list', d - 1)}))",
            lambda: f"sum(1 for c in {self.of('str', d - 1)} if c.{r.choice(['isalpha', 'isupper', 'isdigit'])}())",
        )()

    def bool_(self, d):
        r = self.r
        if d <= 0:
            return r.choice(["True", "False"])
        i = lambda: self.of("int", d - 1)
        return self.pick(
            lambda: f"({i()} {r.choice(['<', '<=', '==', '!=', '>', '>='])} {i()})",
            lambda: f"({i()} < {i()} <= {i()})",
            lambda: f"({i()} {r.choice(['in', 'not in'])} {self.of('list', d - 1)})",
            lambda: f"({self.of('str', d - 1)} {r.choice(['in', '==', '<', '>='])} {self.of('str', d - 1)})",
            lambda: f"(not {self.of('bool', d - 1)})",
            lambda: f"({self.of('bool', d - 1)} {r.choice(['and', 'or'])} {self.of('bool', d - 1)})",
            lambda: f"{r.choice(['any', 'all'])}(x {r.choice(['>', '!=', '<'])} {r.randint(0, 4)} for x in {self.of('list', d - 1)})",
            lambda: f"isinstance({self.of(r.choice(list(self.vars)), d - 1)}, {r.choice(['int', 'str', '(list, dict)', 'bool', 'collections.abc.Sized', 'collections.abc.Mapping'])})",
            lambda: f"{self.of('str', d - 1)}.{r.choice(['startswith', 'endswith'])}({r.choice(['(', '('])}{self.of('str', 0)}, 'x'))",
            lambda: f"bool({self.of(r.choice(['str', 'list', 'dict', 'int']), d - 1)})",
            lambda: f"({self.of('list', d - 1)} {r.choice(['==', '<', '!='])} {self.of('list', d - 1)})",
            lambda: f"bool(re.{r.choice(['search', 'match', 'fullmatch'])}({r.choice(['r[a-m]+', chr(39)])!r}, {self.of('str', d - 1)}))",
        )()

    def str_(self, d):
        r = self.r
        if d <= 0:
            return repr(r.choice(WORDS))
        s = lambda: self.of("str", d - 1)
        return self.pick(
            lambda: f"({s()} + {s()})",
            lambda: f"({s()} * {r.randint(0, 3)})",
            lambda: f"{s()}.{r.choice(['upper', 'lower', 'title', 'strip', 'swapcase', 'capitalize'])}()",
            lambda: f"{s()}.replace({s()}, {s()}{r.choice(['', ', 1'])})",
            lambda: f"{s()}[{r.choice(['::-1', '1:', ':-1', '::2', '-2:', '1:3'])}]",
            lambda: f"'{r.choice([',', '', '.'])}'.join({r.choice(['sorted', 'reversed', 'list'])}({s()}))",
            lambda: f"f'{{{self.of('int', d - 1)}:{r.choice(['', '03d', '+d', 'x', '>5', '^6', ',', 'b', '_', '08.2f', 'e', '%'])}}}|{{len({s()})}}'",
            lambda: "'%s-%d-%r' % (" + f"{s()}, {self.of('int', d - 1)}, {s()})",
            lambda: f"'{{}}/{{x!r:>8}}/{{0}}'.replace('{{0}}', '').format({self.of('int', d - 1)}, x={s()})",
            lambda: f"str({self.of(r.choice(['int', 'list', 'dict', 'bool']), d - 1)})",
            lambda: f"repr({self.of(r.choice(['str', 'list']), d - 1)})",
            lambda: f"{s()}.{r.choice(['partition', 'rpartition'])}('_')[{r.randint(0, 2)}]",
            lambda: f"{s()}.{r.choice(['ljust', 'rjust', 'center', 'zfill'])}({r.randint(0, 9)})",
            lambda: f"re.sub(r'{r.choice(['[aeiou]', '(.)', '_+', '^.'])}', r'{r.choice(['<>', '-', 'z'])}', {s()})",
            lambda: f"type({self.of(r.choice(list(self.vars)), d - 1)}).__name__",
            lambda: f"chr(97 + abs({self.of('int', d - 1)}) % 26)",
            lambda: f"{s()}.split({r.choice(['', repr('_'), repr('a')])})[0] if {s()}.split() else {s()}",
            lambda: f"{s()}.translate(str.maketrans('aeiou', '12345'))",
            lambda: f"{s()}.removeprefix({s()}).removesuffix('m')",
        )()

    def list_(self, d):
        r = self.r
        if d <= 0:
            return "[" + ", ".join(self.of("int", 0) for _ in range(r.randint(0, 4))) + "]"
        l = lambda: self.of("list", d - 1)
        return self.pick(
            lambda: f"[x {r.choice(['+', '*', '-', '//', '%'])} {r.randint(1, 4)} for x in {l()}]",
            lambda: f"[x + y for x in {l()}[:4] for y in range(x % 3){r.choice(['', ' if x != y', ' if (z := x * y) > 1'])}]",
            lambda: f"list(range({r.randint(-2, 2)}, {r.randint(2, 8)}, {r.choice([1, 2, 3])}))",
            lambda: f"sorted({l()}{r.choice(['', ', reverse=True', ', key=lambda x: -x', ', key=lambda x: (x % 2, x)', ', key=abs'])})",
            lambda: f"{l()}[{r.choice(['::-1', '1:', ':-1', '::2', '-2:', '1:3', ':'])}]",
            lambda: f"({l()} + {l()})",
            lambda: f"({l()} * {r.randint(0, 2)})",
            lambda: f"[*{l()}, {self.of('int', d - 1)}, *{l()}]",
            lambda: f"list(map(lambda x: x {r.choice('+*-')} {r.randint(1, 3)}, {l()}))",
            lambda: f"list(filter({r.choice(['None', 'lambda x: x > 1', 'lambda x: x % 2'])}, {l()}))",
            lambda: f"list({self.of('dict', d - 1)}.values())",
            lambda: f"[a * b for a, b in zip({l()}, {l()})]",
            lambda: f"[i * x for i, x in enumerate({l()}, {r.randint(0, 2)})]",
            lambda: f"[ord(c) for c in {self.of('str', d - 1)}]",
            lambda: f"list(dict.fromkeys({l()}))",
            lambda: f"sorted(set({l()}) {r.choice('|&-^')} set({l()}))",
            lambda: f"list(itertools.accumulate({l()}{r.choice(['', ', lambda a, b: a * b % 97', ', max'])}))",
            lambda: f"list(itertools.chain({l()}, reversed({l()})))",
            lambda: f"[len(list(g)) for k, g in itertools.groupby({l()})]",
            lambda: f"[a - b for a, b in itertools.pairwise({l()})]",
            lambda: f"list(itertools.islice(itertools.cycle({l()} or [1]), {r.randint(0, 6)}))",
            lambda: f"[sum(p) for p in itertools.{r.choice(['product', 'combinations', 'permutations'])}({l()}[:3], {r.choice(['r=2', '2'])})]".replace("product(", "product(").replace("product", "combinations"),
            lambda: f"[x for row in [{l()}, {l()}] for x in row if x {r.choice(['>', '!='])} {r.randint(0, 3)}]",
            lambda: f"torch.{r.choice(['arange(%d)' % r.randint(1, 6), 'tensor([3, 1, 2])', 'ones(3).long()', 'full((2,), 7)'])}.tolist()",
            lambda: f"list(torch.zeros({r.randint(1, 4)}, {r.randint(1, 4)}, {r.randint(1, 4)}){self.shaped()}.shape)",
        )()

    def shaped(self):
        return self.r.choice(
            [".transpose(0, 1)", ".permute(2, 0, 1)", "[0]", "[:, None]", "[..., :1]", ".sum(-1)", ".mean(0, keepdim=True)", ".flatten(1)",
             ".unsqueeze(0)", ".reshape(-1)", ".expand(5, -1, -1, -1)", ".repeat(2, 1, 1)", ".mT", ".view(-1, 1)", ".chunk(2, 1)[0]",
             ".split(1, dim=2)[-1]", ".squeeze()", ".max(dim=1).values", "[[0, 0]]", ".narrow(0, 0, 1)", ".diagonal()", ".flip(0)", "[:, :, -1:]",
             ".unbind(1)[0]", ".movedim(0, 2)", ".tile(2)", ".select(1, 0)", " @ torch.zeros(2, 2)[:1, :1].expand(1, 1)", ".roll(1, 0)"]
        )

    def dict_(self, d):
        r = self.r
        if d <= 0:
            return "{" + ", ".join(f"{w!r}: {self.of('int', 0)}" for w in r.sample(WORDS, r.randint(0, 3))) + "}"
        m = lambda: self.of("dict", d - 1)
        return self.pick(
            lambda: f"{{k + 'x': v for k, v in {m()}.items(){r.choice(['', ' if v > 0'])}}}",
            lambda: f"{{str(x): x for x in {self.of('list', d - 1)}}}",
            lambda: f"dict(zip({self.of('str', d - 1)}, {self.of('list', d - 1)}))",
            lambda: f"{{**{m()}, **{m()}}}",
            lambda: f"({m()} | {m()})",
            lambda: f"dict(collections.Counter({self.of('str', d - 1)}){r.choice(['', '.most_common(2)'])})",
            lambda: f"dict(sorted({m()}.items(), key=lambda p: p[1]))",
            lambda: f"dict({m()}, extra={self.of('int', d - 1)})",
            lambda: f"dict(collections.ChainMap({m()}, {m()}))",
            lambda: f"dict(reversed({m()}.items()))",
        )()

    # ---- statements

    def statement(self):
        kinds = [n for n in dir(self) if n.startswith("make_")]
        getattr(self, self.r.choice(kinds))()

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

    def make_abc(self):
        a, r = self.name("A"), self.r
        self.put(f"class {a}(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n    @property\n    @abc.abstractmethod\n    def p(self): ...\nclass {a}b({a}):\n    def f(self): return 1\n    {r.choice(['p = 3', 'pass', 'p = property(lambda self: 4)'])}\nfor t_ in ({a}, {a}b):\n    try:\n        result.append([t_().f(), t_().p])\n    except TypeError as error:\n        result.append(str(error))\nclass S{a}:\n    __slots__ = ('x', {r.choice([repr('y'), repr('__dict__'), ''])})\n    def __init__(self): self.x = 1\ns_ = S{a}()\ntry:\n    s_.zz = 2\n    result.append(s_.zz)\nexcept AttributeError as error:\n    result.append(str(error))")

    def make_meta(self):
        a, r = self.name("M"), self.r
        self.put(f"class Meta{a}(type):\n    def __new__(mcs, name, bases, ns, **kw):\n        ns['made'] = name.lower()\n        return super().__new__(mcs, name, bases, ns)\n    def __call__(cls, *args):\n        o = super().__call__(*args)\n        o.stamped = {r.randint(1, 5)}\n        return o\n    def __len__(cls): return 42\n    def __getitem__(cls, k): return (cls.__name__, k)\nclass {a}(metaclass=Meta{a}):\n    def __init__(self, v): self.v = v\n    def __class_getitem__(cls, k): return 'never'\nresult.append([{a}.made, {a}(2).stamped, len({a}), {a}[1], type({a}).__name__, isinstance({a}, type)])\nclass Single{a}:\n    inst = None\n    def __new__(cls, *a):\n        if cls.inst is None: cls.inst = object.__new__(cls)\n        return cls.inst\n    def __init__(self, k=1): self.k = k\nSingle{a}(5)\nresult.append([Single{a}(3) is Single{a}(), Single{a}.inst.k])")

    def make_dispatch(self):
        f = self.name("sd")
        self.put(f"@functools.singledispatch\ndef {f}(x): return 'other'\n@{f}.register\ndef _(x: int): return 'int'\n@{f}.register(list)\ndef _(x): return 'list'\n@{f}.register\ndef _(x: typing.Union[str, bytes]): return 'text'\nresult.append([{f}(v) for v in (1, True, [], 'a', b'', None, 2.0, {{}})])" if self.r.random() < 0.6 else f"@functools.lru_cache(maxsize=None)\ndef {f}(n): return n if n < 2 else {f}(n - 1) + {f}(n - 2)\nresult.append([{f}(15), {f}.cache_info().misses])")

    def make_numpy(self):
        r = self.r
        e = r.choice(["np.arange({n}).reshape(-1, 1).shape", "np.zeros(({n}, 2)).T.shape", "np.array([[1, 2], [3, 4]]).sum(axis={b}).tolist()", "np.linspace(0, 1, {n}).tolist()", "np.array([1, 2, 3])[::-1].tolist()", "np.prod([2, {n}])", "int(np.ceil({n} / 2))", "np.array([1.5, 2], dtype=np.float32).dtype", "np.concatenate([np.ones(2), np.zeros({n})]).tolist()", "(np.arange({n}) > 1).tolist()", "np.cumsum([1, 2, {n}]).tolist()", "np.array(3.5).shape", "float(np.float32(2.5))", "np.int64({n}) + 1", "np.array([3, 1, 2]).argsort().tolist()", "np.stack([np.zeros(2)] * {n}).shape", "np.where(np.arange({n}) > 1, 1, 0).tolist()", "np.outer([1, 2], [3, {n}]).tolist()", "torch.tensor(np.arange({n})).dtype", "torch.from_numpy(np.ones((2, {n}), dtype=np.float32)).shape", "np.log2(8)", "(np.array([1, 2]) * 2.5).tolist()", "np.exp(0.0)", "np.eye({n}).trace()", "np.diff([1, 4, {n}]).tolist()", "np.unique([3, 1, 3]).tolist()", "np.max([1, {n}])", "np.array([[1, 2]]).repeat(2, axis=0).tolist()", "np.sin(np.arange(2)).shape", "np.tile([1, 2], {n}).tolist()", "np.full((2, {n}), 7).tolist()", "np.array([True, False]).any()"])
        self.put(f"result.append(str({e.replace('{n}', str(r.randint(1, 4))).replace('{b}', str(r.randint(0, 1)))}))")

    # ---- modules

    def size(self):
        return f"(abs({self.of('int', 1)}) % 5 + 1)"

    def layer(self, depth=1):
        r, n = self.r, self.size
        return self.pick(
            lambda: f"nn.Linear({n()}, {n()}{r.choice(['', ', bias=False', ', dtype=torch.float16'])})",
            lambda: f"nn.Embedding({n()}, {n()})",
            lambda: f"nn.LayerNorm({n()}{r.choice(['', ', elementwise_affine=False', ', bias=False'])})",
            lambda: f"nn.BatchNorm{r.choice('12')}d({n()}{r.choice(['', ', affine=False', ', track_running_stats=False'])})",
            lambda: f"nn.Conv{r.choice('12')}d({n()}, 4, {r.choice(['3', '(2)'])}{r.choice(['', ', bias=False', ', stride=2, padding=1'])})",
            lambda: f"nn.{r.choice(['ReLU', 'GELU', 'Identity', 'Dropout', 'Tanh', 'SiLU'])}()",
            lambda: f"nn.Sequential({', '.join(self.layer(depth - 1) for _ in range(r.randint(0, 3)))})" if depth > 0 else "nn.PReLU()",
            lambda: f"nn.ModuleList([{self.layer(0)} for _ in range({n()})])",
            lambda: f"nn.ModuleDict({{k: {self.layer(0)} for k in ('a', 'b')}})",
            lambda: f"nn.ParameterList([nn.Parameter(torch.zeros(i + 1)) for i in range({n()})])",
            lambda: f"nn.{r.choice(['LSTM', 'GRU', 'RNN'])}({n()}, {n()}{r.choice(['', ', num_layers=2', ', bidirectional=True', ', bias=False'])})",
            lambda: f"nn.MultiheadAttention(4, 2{r.choice(['', ', bias=False', ', add_bias_kv=True', ', kdim=3'])})",
            lambda: f"nn.utils.parametrizations.weight_norm({'nn.Linear(2, 3)'})",
            lambda: f"nn.utils.weight_norm(nn.Linear(2, 3))" if r.random() < 0.3 else f"nn.RMSNorm({n()})",
            lambda: f"torch.jit.script(nn.Linear(2, {n()}))" if r.random() < 0.2 else f"nn.GroupNorm(1, {n()})",
            lambda: f"torch.compile(nn.Linear({n()}, 2))" if r.random() < 0.3 else f"nn.Bilinear({n()}, 2, 3)",
        )()

    def member(self, i):
        r, n = self.r, self.size
        name = r.choice(NAMES)
        tensor = lambda: r.choice([f"torch.zeros({n()})", f"torch.ones({n()}, {n()}, dtype=torch.{r.choice(['float16', 'int64', 'bool', 'bfloat16'])})", f"torch.arange({n()})", f"torch.zeros({n()}, {n()}){r.choice(['.t()', '[0]', '.unsqueeze(1)', '.half()', '.sum()'])}", "torch.tensor([1.0, 2.0])", f"torch.empty({n()}).long()"])
        return self.pick(
            lambda: f"self.{name} = {self.layer()}",
            lambda: f"self.{name} = {self.layer()}",
            lambda: f"self.{name} = nn.Parameter({tensor()}{r.choice(['', ', requires_grad=False'])})",
            lambda: f"self.register_buffer('{name}', {tensor()}{r.choice(['', ', persistent=False'])})",
            lambda: f"self.{name} = {tensor()}",
            lambda: f"self.{name} = None",
            lambda: f"self.register_parameter('{name}', {r.choice(['None', 'nn.Parameter(torch.zeros(2))'])})",
            lambda: f"self.add_module('{name}', {r.choice(['None', self.layer()])})",
            lambda: f"setattr(self, f'{name}_{{{n()}}}', {self.layer()})",
            lambda: f"object.__setattr__(self, '{name}', {self.layer(0)})",
            lambda: f"self.{name} = self.first",
            lambda: f"self.{name} = self.first.weight",
            lambda: f"self.first.{name} = self.{r.choice(NAMES)}",
            lambda: f"del self.{name}",
            lambda: f"self.__dict__['{name}'] = {self.layer(0)}",
            lambda: f"self._modules['{name}'] = {self.layer(0)}",
            lambda: f"self._parameters['{name}'] = nn.Parameter(torch.zeros(1))",
            lambda: f"self.{name} = copy.deepcopy(self.first)",
            lambda: f"self.{name} = [{self.layer(0)} for _ in range(2)]",
            lambda: f"self.{name} = nn.Buffer({tensor()}, persistent={r.choice(['True', 'False'])})",
            lambda: f"for i, child in enumerate(list(self.children())): self.add_module(f'c{{i}}', child)",
            lambda: f"self.{name} = Sub({n()}, {r.choice(['tie=self.first', 'tie=None', 'deep=True'])})",
            lambda: f"self.apply(lambda m: m.register_buffer('mark', torch.zeros(1)) if isinstance(m, nn.Linear) and not hasattr(m, 'mark') else None)",
            lambda: f"self.{r.choice(['half', 'bfloat16', 'float', 'eval', 'double'])}()",
            lambda: f"self.first.weight = nn.Parameter({tensor()})",
            lambda: f"self.first.weight.data = torch.zeros({n()}, {n()})",
            lambda: f"self.first = self.first.to(torch.{r.choice(['float16', 'bfloat16'])})",
            lambda: f"self.{name} = nn.Sequential(collections.OrderedDict([('x', {self.layer(0)}), ('y', self.first)]))",
            lambda: f"self.first, self.{name} = {self.layer(0)}, self.first",
            lambda: f"[p.requires_grad_(False) for p in self.parameters()]",
            lambda: f"self.{name} = nn.ModuleList(); self.{name}.extend([{self.layer(0)}, {self.layer(0)}]); self.{name}.insert(0, {self.layer(0)})",
            lambda: f"nn.utils.parametrize.register_parametrization(self.first, 'weight', Twice())",
            lambda: f"self.load_state_dict(self.state_dict())",
            lambda: f"self.{name} = sum(p.numel() for p in self.parameters())",
            lambda: f"self.{name} = weakref.ref(self.first)" if r.random() < 0.2 else f"self.{name} = lambda: self.first",
        )()

    def model(self):
        r = self.r
        m = self.name("Model")
        body = [f"self.first = {r.choice(['nn.Linear(2, 3)', self.layer(0)])}"] if r.random() < 0.95 else []
        members = [self.member(i) for i in range(r.randint(2, 8))]
        lines = []
        for each in members:
            roll = r.random()
            if roll < 0.12:
                lines += [f"if {self.of('bool', 2)}:", f"    {each}"]
            elif roll < 0.7:
                lines += ["try:", f"    {each}", "except Exception as error:", "    result.append(f'{type(error).__name__}: {error}')"]
            else:
                lines.append(each)
        base = "nn.Module"
        if r.random() < 0.25:
            b = self.name("Base")
            self.put(f"class {b}(nn.Module):\n    def __init__(self, n=2):\n        super().__init__()\n        self.{r.choice(NAMES)} = nn.Linear(n, n)\n        self.setup()\n    def setup(self): self.register_buffer('base', torch.zeros(1))\n    def __getattr__(self, name):\n        if name == 'dynamic': return 3\n        return super().__getattr__(name)")
            base = b
        if r.random() < 0.1:
            base += ", Mixin" if r.random() < 0.5 else ""
        if "Mixin" in base:
            self.put("class Mixin:\n    def __init__(self, *a, **k):\n        super().__init__(*a, **k)\n        self.mixed = 1")
        self.put("class Twice(nn.Module):\n    def forward(self, x): return x * 2\nclass Sub(nn.Module):\n    def __init__(self, n, tie=None, deep=False):\n        super().__init__()\n        self.w = nn.Linear(n, n)\n        if tie is not None: self.tied = tie\n        if deep: self.deep = Sub(n + 1)")
        self.put(f"class {m}({base}):\n    def __init__(self):\n        super().__init__()")
        for line in body + lines:
            self.put(line, 2)
        if r.random() < 0.15:
            self.put(f"def __setattr__(self, name, value):\n    {r.choice(['if name == ' + repr(r.choice(NAMES)) + ': return object.__setattr__(self, name, value)', 'name = name[::-1] if name in NAMES_ else name'])}\n    super().__setattr__(name, value)\n" + "", 1)
        self.put(f"NAMES_ = {NAMES!r}\nwith torch.device('meta'):\n    model_ = {m}()\nresult.append(rows(model_))")
        for e in r.sample(["[n for n, _ in model_.named_children()]", "len(list(model_.modules()))", "list(model_.state_dict())", "model_.training", "sum(p.numel() for p in model_.parameters())", "hasattr(model_, 'alpha')", "model_.first", "sorted(k for k in vars(model_) if not k.startswith('_'))", "model_.get_submodule('first')", "model_.get_parameter('first.weight').shape", "'first' in model_._modules", "[n for n, p in model_.named_parameters() if p.requires_grad]", "model_.nope", "model_.first[0]", "len(model_.first)", "type(model_.first).__name__", "next(model_.parameters()).dtype", "model_.dynamic", "next(model_.buffers()).shape", "isinstance(model_.first, nn.Module)", "model_._buffers.keys()"], r.randint(0, 4)):
            self.put(f"try:\n    v_ = {e}\n    result.append(type(v_).__name__ if isinstance(v_, nn.Module) else repr(v_))\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")


def write(rng, statements=5):
    writer = Writer(rng)
    writer.put("result = []")
    for _ in range(rng.randint(1, statements)):
        writer.statement()
    for kind, names in writer.vars.items():
        for name in names:
            if rng.random() < 0.5:
                writer.put(f"result.append({name})")
    if rng.random() < 0.6:
        writer.model()
    return "\n".join(writer.lines)


def answer(program):
    sys.stderr = sys.stdout = open(os.devnull, "w")
    space = {"__name__": "program"}
    sys.modules["program"] = module = type(sys)("program")
    module.__dict__.update(space)
    try:
        exec(compile(PRELUDE.read_text(), "prelude", "exec", dont_inherit=True), module.__dict__)
        exec(compile(program, "program", "exec", dont_inherit=True), module.__dict__)
        return repr(module.__dict__["result"]).replace("\n", "\\n")
    except Exception as error:
        text = str(error)
        name = type(error).__name__
        return (f"{name}: {text}" if text else name).replace("\n", "\\n")


def answers_apart(programs):
    """The answers, made in a process of its own; those of a process that dies or does not end are asked for one by one."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20 + len(programs))
        with os.fdopen(writer, "w") as pipe:
            for program in programs:
                pipe.write(answer(program) + "\n")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read().split("\n")[:-1]
    os.waitpid(child, 0)
    if len(told) == len(programs):
        return told
    return [""] if len(programs) == 1 else [one for program in programs for one in answers_apart([program])]


def programs_of(path):
    found = []
    for block in pathlib.Path(path).read_text().rstrip("\n").split("\n\n"):
        lines = block.split("\n")
        found.append(("\n".join(line for line in lines if not line.startswith("=> ")), next((l for l in lines if l.startswith("=> ")), "")))
    return found


def traits(program):
    """Kinds of nodes one below the other, names of what is called, and which exceptions came of it."""
    found = set()
    for node in ast.walk(ast.parse(program)):
        for child in ast.iter_child_nodes(node):
            found.add((type(node).__name__, type(child).__name__))
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        if isinstance(node, ast.Name):
            found.add(node.id.rstrip("0123456789_"))
    return found


def compare(path):
    ours = [line.split("\t", 1) for line in pathlib.Path(path + ".answers").read_text().split("\n")]
    text = pathlib.Path(path).read_text()
    counts = {"equal": 0, "differs, partial": 0, "differs": 0}
    for (program, told), (basis, answer) in zip(programs_of(path), ours):
        told = told[3:]
        if told == answer:
            counts["equal"] += 1
            continue
        kind = "differs, partial" if basis == "partial" else "differs"
        counts[kind] += 1
        at = next((i for i, (a, b) in enumerate(zip(told, answer)) if a != b), min(len(told), len(answer)))
        before = max(0, at - 60)
        print(f"---- {kind}: line {text.count(chr(10), 0, text.index(program)) + 1}")
        print(f"  {told[before:at]} >>> {told[at:at + 120]}\n  {'':{min(at, 60)}} <<< {answer[at:at + 120]}")
    print(counts)


def main():
    command, *rest = sys.argv[1:] or [""]
    if command == "write":
        rng = random.Random(int(rest[1]))
        print("\n\n".join(write(rng, *map(int, rest[2:])) for _ in range(int(rest[0]))))
    elif command == "record":
        if sys.version_info[:2] != (3, 11) or os.environ.get("PYTHONHASHSEED") != "0":
            sys.exit("the order of sets is that of CPython 3.11 under PYTHONHASHSEED=0")
        warnings.simplefilter("ignore")
        import torch._dynamo  # noqa: F401: what takes long to import is there for every process

        exec(PRELUDE.read_text(), {})
        for path in rest:
            programs = [program for program, _ in programs_of(path)]
            batches = [programs[i : i + 20] for i in range(0, len(programs), 20)]
            answers = zip(programs, [told for batch in batches for told in answers_apart(batch)])
            recorded = [f"{program}\n=> {told}" for program, told in answers if told and "0x7" not in told and not told.startswith("SyntaxError")]
            pathlib.Path(path).write_text("\n\n".join(recorded) + "\n")
    elif command == "keep":
        left, known, kept = [(p, a, traits(p)) for p, a in programs_of(rest[0])], set(), []
        while left and len(kept) < int(rest[1]):
            best = max(left, key=lambda each: len(each[2] - known) / (200 + len(each[0]) + len(each[1])))
            left.remove(best)
            known |= best[2]
            kept.append(f"{best[0]}\n{best[1]}")
        print("\n\n".join(kept))
    elif command == "compare":
        compare(rest[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
