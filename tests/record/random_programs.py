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

from random_classes import Classes
from random_expressions import Expressions
from random_functions import Functions
from random_models import Models
from random_objects import Objects
from random_yields import Yields

PRELUDE = pathlib.Path(__file__).parents[2] / "fixtures/python/modules_prelude.py"


class Writer(Expressions, Functions, Classes, Models, Objects, Yields):
    """Writes one program: lines, and which of its variables hold what."""

    def statement(self):
        kinds = [n for n in dir(self) if n.startswith("make_")]
        getattr(self, self.r.choice(kinds))()


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
    except RecursionError:
        return "RecursionError: maximum recursion depth exceeded"  # more words would tell which call was one too many
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
        kind = "differs" if basis == "full" else "differs, partial"
        counts[kind] += 1
        at = next((i for i, (a, b) in enumerate(zip(told, answer)) if a != b), min(len(told), len(answer)))
        before = max(0, at - 60)
        print(f"---- {kind}: {basis}: line {text.count(chr(10), 0, text.index(program)) + 1}")
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
