"""Record what CPython makes of blocks of Python: python3 tests/record/blocks.py FILE...

A file holds blocks with an empty line between them.  A block is a program; its last line may be an expression behind ">>> ".  The line
behind "=> " is the expression's repr, None where there is no expression, or the exception that ends the program.  This script
writes those lines, new and old; the evaluator must give the same.  It needs what the blocks import: huggingface_hub, numpy and
packaging of the versions that analyzer/library/host/environment.cpp names.
"""

import os
import sys
import tempfile
import warnings

import huggingface_hub, numpy, packaging  # without them, "No module named" would be recorded

warnings.simplefilter("ignore")


def answer(program, expression):
    scope = {"__name__": "program"}
    sys.modules["program"] = type(sys)("program")
    sys.modules["program"].__dict__.update(scope)
    scope = sys.modules["program"].__dict__
    try:
        exec(compile(program, "program", "exec", dont_inherit=True), scope)
        return repr(eval(expression, scope)) if expression else "None"
    except Exception as error:
        text = str(error)
        name = type(error).__name__
        return (f"{name}: {text}" if text else name).replace("\n", "\\n")


paths = [os.path.abspath(path) for path in sys.argv[1:]]
scratch = tempfile.TemporaryDirectory()  # what blocks write goes here
os.chdir(scratch.name)
for path in paths:
    with open(path) as handle:
        blocks = handle.read().rstrip("\n").split("\n\n")
    recorded = []
    for block in blocks:
        lines = block.split("\n")
        if lines[-1].startswith("=> "):
            lines.pop()
        expression = lines[-1][4:] if lines[-1].startswith(">>> ") else ""
        program = "\n".join(lines[:-1] if expression else lines)
        recorded.append("\n".join(lines) + "\n=> " + answer(program, expression))
    with open(path, "w") as handle:
        handle.write("\n\n".join(recorded) + "\n")
