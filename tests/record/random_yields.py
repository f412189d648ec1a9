"""Statements of random programs that define generators with yields anywhere in their expressions, and send values to them."""

SETTING = """seen = []
def note(x=0, k=None):
    seen.append((x, k) if k else x)
    return x
def {f}(log, total=0):
    {body}
    yield 'end'
{v} = {f}([0, 0])
given = []
try:
    given.append(next({v}))
    for sent in {sent}:
        given.append({step})
except (StopIteration, TypeError, ValueError, AssertionError) as error:
    given.append([type(error).__name__, str(error)])
result.append([str(given), str(seen)])"""
SENT = ["[3, 'a', None, 0, 5, 1, 2, 3, 4, 5]", "range(12)", "'abcdefgh'", "[None] * 9"]
STEPS = ["{v}.send(sent)", "{v}.send(sent)", "{v}.throw(ValueError(sent)) if sent == 5 else {v}.send(sent)"]
LEAVES = ["(yield)", "(yield {n})", "(yield {s})", "{n}", "{s}", "(yield from [{n}, 2])", "note({n})"]
SHAPES = [
    "[{0}, {1}]", "({0}, *[{1}], {2})", "list({{str({0}): {1}}}.items())", "note({0})", "note({0}, k={1})", "({0} or {1})", "({0} and {1})",
    "({0} if {1} else {2})", "(not {0})", "({0} == {1})", "({0} != {1} == {2})", "(yield {0})", "[{0}][0]", "(t_ := {0})", "repr({0}).upper()",
    "str([{0}, {1}])", "[e for e in [{0}]]", "({0} in [{1}])", "str({0})[len(str({1})):]", "dict(a={0}, **{{'b': {1}}})",
]
LINES = [
    "kept = {0}", "{0}", "if {0}:\n        note('yes')\n    else:\n        yield 'no'", "total += {0}", "for each in [{0}]:\n        note(each)", "assert {0}, 'refused'",
    "while (x := {0}) and len(seen) < 9:\n        note(x)", "log[{i}] = {0}", "return {0}", "try:\n        kept = {0}\n    except (TypeError, ValueError) as error:\n        note(str(error))",
]


class Yields:
    def yielding(self, depth):
        if depth <= 0:
            return self.r.choice(LEAVES).format(n=self.of("int", 0), s=self.of("str", 0))
        return self.r.choice(SHAPES).format(*(self.yielding(depth - 1) for _ in range(3)))

    def make_yields(self):
        f, v, r = self.name("gen"), self.name(), self.r
        lines = [r.choice(LINES).format(self.yielding(r.randint(1, 3)), i=r.randint(0, 1)) for _ in range(r.randint(1, 3))]
        self.put(SETTING.format(f=f, v=v, body="\n    ".join(lines), sent=r.choice(SENT), step=r.choice(STEPS).format(v=v)))

    make_yields2 = make_yields3 = make_yields
