"""Fill fixtures/upstream/torch-2.13.0/*.txt with what torch 2.13.0 answers: PYTHONHASHSEED=0 python tests/record/torch_answers.py

Needs the CPU build of torch 2.13.0 in the environment, and numpy.  Everything behind " => " is replaced; lines that are empty
or begin with "#" stay.  An answer that depends on chance is a mistake in the case.
"""

import os
import pathlib
import sys
import warnings

import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "upstream" / "torch-2.13.0"


def answer(expression, namespace):
    try:
        return repr(eval(expression, namespace))
    except Exception as error:
        text = str(error).strip().split("\n")[0]
        return f"raises {type(error).__name__}: {text}" if text else f"raises {type(error).__name__}"


def main():
    if torch.__version__.split("+")[0] != "2.13.0":
        sys.exit(f"the tables are those of torch 2.13.0, not {torch.__version__}")
    if os.environ.get("PYTHONHASHSEED") != "0":
        sys.exit("the order of sets is that under PYTHONHASHSEED=0")
    warnings.simplefilter("ignore")
    prelude = (FOLDER / "prelude.py").read_text()
    for table in sorted(FOLDER.glob("*.txt")):
        lines = []
        for line in table.read_text().splitlines():
            if not line or line.startswith("#"):
                lines.append(line)
                continue
            namespace = {"__name__": "cases"}
            exec(prelude, namespace)
            expression = line.split(" => ")[0].rstrip()
            given = answer(expression, namespace)
            if "\n" in given:
                sys.exit(f"{expression}: the answer has several lines; ask for its .tolist()")
            lines.append(f"{expression} => {given}")
        table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
