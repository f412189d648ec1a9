"""What a writer of random programs has: its lines, its variables, and expressions of the kinds of values that these hold."""

NAMES = ["alpha", "beta", "gamma", "delta", "eps", "zeta", "eta", "theta"]
WORDS = ["layer", "norm", "up_proj", "Down", "q", "mlp.gate", "x1", "", "Attn Mask", "k_v", "é"]


class Expressions:
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
